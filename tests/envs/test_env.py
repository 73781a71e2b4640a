import itertools

import pytest
import torch
from balance import FALLEN, balance_env

from envs.agents import RandomAgent
from envs.env import TaskEnv
from envs.registry import make_task
from envs.tasks import HandReachConfig

NAN = float("nan")


def hand_env(nworld, **kwargs):
    return TaskEnv(make_task("hand-reach"), nworld, threads=1, backend="cpu", **kwargs)


def still(env):
    return torch.zeros(env.nworld, env.action_size)


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def random_actions(env, steps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(steps, env.nworld, env.action_size, generator=generator) - 1


def signature(step):
    """Everything a step returned, flat."""
    fields = ("reward", "terminated", "truncated", "ended")
    flat = {name: getattr(step, name) for name in fields}
    for name in ("observation", "final_observation", "episode"):
        flat |= {f"{name}.{k}": v for k, v in getattr(step, name).items()}
    return flat


both = pytest.mark.parametrize("make_env", [balance_env, hand_env], ids=["balance", "hand-reach"])


def test_the_time_limit_truncates_and_starts_anew():
    env = balance_env(3, seconds=0.5)
    env.reset()
    for _ in range(8):
        assert not len(env.step(still(env)).ended)
    before = env.physics.field("time").clone()
    step = env.step(still(env))
    assert step.truncated.tolist() == [True] * 3
    assert not step.terminated.any()
    assert step.episode["length"].tolist() == [9] * 3
    assert before.tolist() == pytest.approx([8 / 18] * 3)
    assert env.physics.field("time").tolist() == [0] * 3
    # the next episode is a whole one
    lengths = [env.step(still(env)).episode.get("length") for _ in range(9)]
    assert lengths[:-1] == [None] * 8
    assert lengths[-1].tolist() == [9] * 3


def test_the_last_observation_is_of_the_old_episode_and_the_next_of_the_new_one():
    env, unlimited = balance_env(4, seconds=0.5), balance_env(4, seconds=10)
    assert equal(env.reset(), unlimited.reset())
    for action in 0.05 * random_actions(env, 9):
        step, reference = env.step(action), unlimited.step(action)
    assert len(step.ended) == 4
    assert equal(step.final_observation, reference.observation)
    assert not equal(step.observation, reference.observation)
    assert (step.observation["proprioception"][:, 2:] == 0).all()  # at rest, as episodes begin
    assert torch.equal(step.reward, reference.reward)


def test_a_fallen_pole_ends_its_own_episode_only():
    env = balance_env(3)
    env.reset()
    push = torch.tensor([[0.0], [1.0], [0.0]])
    total = torch.zeros(2)
    length, step = 0, None
    while step is None or not len(step.ended):
        step = env.step(push)
        total += step.reward[1]
        length += 1
    assert step.ended.tolist() == [1]
    assert step.terminated.tolist() == [False, True, False]
    assert not step.truncated.any()
    assert {k: len(v) for k, v in step.final_observation.items()} == dict.fromkeys(step.observation, 1)
    assert step.final_observation["proprioception"][0, 1].abs() > FALLEN
    assert step.observation["proprioception"][1, 1].abs() < FALLEN
    assert step.episode["length"].tolist() == [length]
    assert step.episode["return"].item() == pytest.approx(total.sum().item(), rel=1e-5)
    assert step.episode["angle"].item() > FALLEN
    assert step.episode["success"].tolist() == step.episode["diverged"].tolist() == [False]
    assert env.diverged_total == 0


def test_falling_at_the_time_limit_is_termination():
    free = balance_env(1, seconds=10)
    free.reset()
    push = torch.ones(1, 1)
    falls_at = next(i for i in itertools.count(1) if free.step(push).terminated.any())
    env = balance_env(1, seconds=falls_at / 18)
    env.reset()
    steps = [env.step(push) for _ in range(falls_at)]
    assert (bool(steps[-1].terminated), bool(steps[-1].truncated)) == (True, False)


def test_without_autoreset_worlds_stay_where_they_ended():
    env = balance_env(2, seconds=0.5, autoreset=False)
    env.reset()
    for _ in range(9):
        step = env.step(still(env))
    assert step.ended.tolist() == [0, 1]
    assert equal(step.final_observation, step.observation)
    assert env.physics.field("time").tolist() == pytest.approx([0.5] * 2)


def test_staggered_worlds_end_evenly():
    env = balance_env(18, seconds=0.5)
    env.reset()
    env.stagger()
    ends = [env.step(still(env)).ended.tolist() for _ in range(9)]
    assert all(len(worlds) == 2 for worlds in ends)
    assert sorted(itertools.chain(*ends)) == list(range(18))


@both
def test_actions_are_clipped(make_env):
    env, other, third = (make_env(4, seed=3) for _ in range(3))
    for each in (env, other, third):
        each.reset()
    for action in random_actions(env, 6):
        sign = action.sign()
        step = env.step(sign)
        assert equal(step.observation, other.step(7 * sign).observation)
        assert equal(step.observation, third.step(float("inf") * sign).observation)
    assert not equal(step.observation, env.step(0.5 * sign).observation)


@both
def test_seeds_and_splits_draw_their_own_episodes(make_env):
    def starts(seed, split):
        env = make_env(32, seed=seed, split=split)
        rounds = [env.reset() for _ in range(3)]
        return torch.cat([torch.cat([r["proprioception"], r["command"]], dim=1) for r in rounds])

    drawn = {(seed, split): starts(seed, split) for seed in (0, 1) for split in ("train", "heldout")}
    for (seed, split), rows in drawn.items():
        assert torch.equal(rows, starts(seed, split))
        assert len(rows.unique(dim=0)) == len(rows)
    for a, b in itertools.combinations(drawn.values(), 2):
        assert len(torch.cat([a, b]).unique(dim=0)) == len(a) + len(b)


def test_seeding_restarts_the_stream():
    env = hand_env(3, seed=5)
    first = env.reset()
    assert not equal(env.reset(), first)
    env.seed(5)
    assert equal(env.reset(), first)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="'test'"):
        balance_env(1, split="test")


@both
def test_a_restored_env_continues_to_the_bit(make_env):
    env = make_env(6, seed=1)
    env.reset()
    env.stagger()
    actions = random_actions(env, 60)
    for action in actions[:20]:
        step = env.step(action)
    saved = env.state_dict()
    frozen = {name: tensor.clone() for name, tensor in saved.items()}
    later = [signature(env.step(action)) for action in actions[20:]]
    assert equal(saved, frozen)
    other = make_env(6, seed=99)
    other.reset()
    other.step(actions[0])
    assert equal(other.load_state_dict(saved), step.observation)
    for action, expected in zip(actions[20:], later, strict=True):
        assert equal(signature(other.step(action)), expected)
    assert sum(len(s["ended"]) for s in later) >= 6  # with resets on the way
    assert equal(other.state_dict(), env.state_dict())


def break_position(env, world):
    env.physics.field("qpos")[world, 0] = NAN
    return still(env)


def break_velocity(env, world):
    env.physics.field("qvel")[world] = float("inf")
    return still(env)


def break_action(env, world):
    action = still(env)
    action[world, 0] = NAN
    return action


broken = pytest.mark.parametrize("harm", [break_position, break_velocity, break_action])


@both
@broken
def test_a_diverged_world_is_reset_and_counted_and_disturbs_no_other(make_env, harm):
    env, undisturbed = make_env(5), make_env(5)
    assert equal(env.reset(), undisturbed.reset())
    others = [0, 1, 2, 4]
    for _ in range(2):
        env.step(still(env))
        undisturbed.step(still(env))
    step, reference = env.step(harm(env, 3)), undisturbed.step(still(env))
    assert step.ended.tolist() == [3]
    assert step.terminated.tolist() == [False, False, False, True, False]
    assert not step.truncated.any()
    assert step.episode["diverged"].tolist() == [True]
    assert step.episode["success"].tolist() == [False]
    assert step.episode["return"].isfinite().all()
    assert step.reward[3].tolist() == [0.0] * env.nterm
    assert all(group.isfinite().all() for group in step.final_observation.values())
    assert env.diverged_total == 1
    for _ in range(5):
        for name, group in step.observation.items():
            assert group.isfinite().all(), name
            assert torch.equal(group[others], reference.observation[name][others]), name
        assert torch.equal(step.reward[others], reference.reward[others])
        assert all(tensor.isfinite().all() for tensor in env.task.state.values())
        step, reference = env.step(still(env)), undisturbed.step(still(env))
    assert env.diverged_total == 1
    assert env.physics.get_state().isfinite().all()


@broken
def test_a_diverged_world_that_is_not_reset_shows_no_nan(harm):
    env = hand_env(2, autoreset=False)
    env.reset()
    step = env.step(harm(env, 1))
    assert step.episode["diverged"].tolist() == [True]
    assert all(group.isfinite().all() for group in step.observation.values())
    assert all(group.isfinite().all() for group in env.reset().values())
    assert not len(env.step(still(env)).ended)


def test_every_world_may_diverge_again_and_again():
    env = balance_env(4)
    env.reset()
    for _ in range(3):
        env.physics.field("qpos")[:] = NAN
        step = env.step(still(env))
        assert step.ended.tolist() == [0, 1, 2, 3]
        assert all(group.isfinite().all() for group in step.observation.values())
    assert env.diverged_total == 12
    assert int(env.state_dict()["diverged_total"]) == 12


@both
def test_observations_are_finite_float32_of_one_size(make_env):
    env = make_env(16)
    agent = RandomAgent(env.action_size)
    observation = env.reset()
    sizes = {name: group.shape for name, group in observation.items()}
    for _ in range(80):
        step = env.step(agent.act(observation))
        observation = step.observation
        assert {name: group.shape for name, group in observation.items()} == sizes
        assert all(group.dtype is torch.float32 and group.isfinite().all() for group in observation.values())
        assert step.reward.shape == (16, env.nterm)
        assert step.reward.isfinite().all()
    assert env.diverged_total == 0


WINDINGS = slice(81, 108)  # behind angles, errors and speeds of 27 joints


class TestHeat:
    def env(self, nworld=3, **config):
        config = HandReachConfig(heat=True, episode_seconds=0.5, **config)
        env = TaskEnv(make_task("hand-reach", config), nworld, seed=0, backend="cpu")
        env.reset()
        return env

    def test_windings_are_observed_and_energy_is_counted(self):
        env, generator = self.env(), torch.Generator().manual_seed(0)
        observation = env.task.observe()
        assert observation["proprioception"].shape == (3, 96 + 27)
        assert not observation["proprioception"][:, WINDINGS].any()
        for _ in range(9):
            step = env.step(2 * torch.rand(3, 27, generator=generator) - 1)
        assert (step.episode["energy_j"] > 0).all()
        assert (step.episode["peak_winding_celsius"] > 22).all()
        assert (step.final_observation["proprioception"][:, WINDINGS].amax(1) > 0).all()
        assert not step.observation["proprioception"][:, WINDINGS].any()  # a new episode begins cold

    def test_it_goes_on_from_its_state_to_the_bit(self):
        envs = self.env(), self.env()
        actions = 2 * torch.rand(6, 3, 27, generator=torch.Generator().manual_seed(1)) - 1
        for action in actions[:3]:
            envs[0].step(action)
        envs[1].load_state_dict(envs[0].state_dict())
        for action in actions[3:]:
            one, other = (env.step(action) for env in envs)
            assert torch.equal(one.observation["proprioception"], other.observation["proprioception"])
        assert torch.equal(envs[0].motors.energy, envs[1].motors.energy)

    def test_an_overheated_winding_ends_the_episode(self):
        env = self.env()
        env.motors.heat.winding[1, 5] = env.motors.heat.limit[5] + 5
        step = env.step(torch.zeros(3, 27))
        assert step.terminated.tolist() == [False, True, False]
        assert step.episode["overheated"].tolist() == [True]
        assert step.episode["peak_winding_celsius"].item() > env.motors.heat.limit[5]

    def test_a_task_without_gearmotors_cannot_have_heat(self):
        task = balance_env(1).task
        task.config = task.config.model_copy(update={"heat": True})
        with pytest.raises(ValueError, match="knows no gearmotors"):
            TaskEnv(task, 1, backend="cpu")
