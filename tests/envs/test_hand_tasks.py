"""What holds for every task in which the hand moves an object."""

import warnings

import gymnasium as gym
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.registry import gymnasium_id, make_task
from envs.task import DEPLOYABLE_GROUPS
from envs.tasks import HandGraspConfig, HandInsertConfig, HandReorientConfig, HandTurnConfig
from hand_model import HandConfig
from orchestrator.config_files import load_config
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

CONFIGS = {
    "hand-turn": HandTurnConfig,
    "hand-reorient": HandReorientConfig,
    "hand-grasp": HandGraspConfig,
    "hand-insert": HandInsertConfig,
}
OBJECTS = {"hand-turn": "bolt", "hand-reorient": "cube"}
every_task = pytest.mark.parametrize("name", CONFIGS)
fixed_forearm = pytest.mark.parametrize("name", OBJECTS)


def make_env(name, nworld, *, env=None, **config):
    config = CONFIGS[name](**{"episode_seconds": 1.0} | config)
    options = {"threads": 1, "backend": "cpu", "split": "heldout"} | (env or {})
    return TaskEnv(make_task(name, config), nworld, **options)


def random_actions(env, steps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(steps, env.nworld, env.action_size, generator=generator) - 1


def run(env, agent):
    observation = env.reset()
    while True:
        step = env.step(agent.act(observation))
        observation = step.observation
        if len(step.ended) == env.nworld or step.truncated.any():
            return step.episode


@every_task
def test_gymnasium_finds_nothing_wrong(name):
    env = gym.make(gymnasium_id(name), backend="cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # spaces without bounds are what encoders and positions have
        warnings.filterwarnings("ignore", message=".*(minimum|maximum) value.*infinity")
        check_env(env.unwrapped, skip_render_check=True)


@every_task
def test_an_actor_reads_only_what_a_robot_can_measure(name):
    config = load_config(name, [], TrainConfig)
    assert set(config.network.actor_groups) <= set(DEPLOYABLE_GROUPS)
    assert "privileged" in config.network.critic_groups


@every_task
def test_the_same_seed_gives_the_same_episodes_and_objects(name):
    runs = []
    for _ in range(2):
        env = make_env(name, 6, env={"seed": 3})
        rows = [env.reset()["privileged"].clone()]
        for action in random_actions(env, 20):
            step = env.step(action)
            rows += [step.observation["proprioception"].clone(), step.reward]
        runs.append(rows)
    assert all(torch.equal(a, b) for a, b in zip(*runs, strict=True))
    other = make_env(name, 6, env={"seed": 4}).reset()["privileged"]
    assert not torch.isclose(other[:, 0], runs[0][0][:, 0]).all()


@every_task
def test_a_saved_env_goes_on_to_the_bit(name):
    env = make_env(name, 4)
    env.reset()
    actions = random_actions(env, 25)
    for action in actions[:10]:
        env.step(action)
    saved = env.state_dict()
    ends = []
    for fresh in (env, make_env(name, 4)):
        fresh.load_state_dict(saved)
        for action in actions[10:]:  # across a reset
            step = fresh.step(action)
        ends.append((step.observation["proprioception"], step.reward))
    assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))


@fixed_forearm
def test_objects_differ_from_world_to_world_within_their_spans(name):
    env = make_env(name, 64)
    config = getattr(env.task.config, "knob", None) or env.task.config.cube
    objects = env.task._objects
    for figure in ("size", "friction", "density"):
        low, high = getattr(config, figure)
        drawn = getattr(objects, figure)
        assert low <= drawn.min() < low + 0.2 * (high - low), figure
        assert high - 0.2 * (high - low) < drawn.max() <= high, figure
    assert (env.physics.expand("geom_friction")[..., 0] <= 1).all()
    model = env.physics.model_of(5)
    body = model.body("knob" if name == "hand-turn" else "cube")
    expected = float(objects.density[5] / 1000 * objects.size[5] ** 3) * env.physics.model.body(body.id).mass
    assert body.mass == pytest.approx(expected)


@every_task
def test_no_episode_begins_deep_inside_something(name):
    env = make_env(name, 128)
    env.reset()
    still = torch.zeros(128, env.action_size)
    before = env.physics.field("qpos").clone()
    env.step(still)
    # what was pushed out of something would have jumped
    assert env.physics.field("qvel").abs().max() < 30
    assert (env.physics.field("qpos") - before).abs().max() < 0.5


@every_task
@pytest.mark.parametrize("kind", ["zero", "random"])
def test_agents_that_learned_nothing_fail(name, kind):
    env = make_env(name, 32, episode_seconds=4.0, env={"autoreset": False})
    agent = ZeroAgent(env.action_size) if kind == "zero" else RandomAgent(env.action_size, seed=1)
    assert not run(env, agent)["success"].any()


@fixed_forearm
def test_no_reward_and_no_success_where_the_object_stands_still(name):
    """Whatever the hand does: the object is put back at every step."""
    env = make_env(name, 8, episode_seconds=10.0)
    env.reset()
    model = env.physics.model
    joint = model.joint(OBJECTS[name])
    dof = joint.dofadr[0]
    place = slice(joint.qposadr[0], joint.qposadr[0] + (7 if name == "hand-reorient" else 1))
    held = env.physics.field("qpos")[:, place].clone()
    gained = 0.0
    for action in random_actions(env, 30):
        env.task.control(action)
        env.physics.step(env.task.config.rates.substeps)
        env.physics.field("qpos")[:, place] = held
        env.physics.field("qvel")[:, dof : dof + 6] = 0.0
        env.physics.forward()
        env.task.update()
        gained = env.task.reward()[:, 0].abs().max().item() + gained
    assert gained < 1e-4
    assert not env.task.success().any()


@every_task
@pytest.mark.parametrize("side", ["left", "right"])
def test_both_hands_with_heat_and_touch_run(name, side):
    hand = HandConfig(side=side, touch=True)
    env = make_env(name, 2, hand=hand, heat=True)
    plain = make_env(name, 2)
    size = env.reset()["proprioception"].shape[1]
    assert size == plain.reset()["proprioception"].shape[1] + 27 + 3 * env.task._touch.count
    for action in random_actions(env, 20):
        step = env.step(action)
    assert step.observation["proprioception"].isfinite().all()
    assert (env.motors.peak >= 22).all()


@pytest.mark.parametrize("name", [name for name in CONFIGS if name != "hand-insert"])
def test_a_coupled_hand_begins_with_its_followers_where_they_belong(name):
    env = make_env(name, 2, hand=HandConfig(transmission="coupled"))
    env.reset()
    model, qpos = env.physics.model, env.physics.field("qpos")
    tip, middle = (qpos[:, model.joint(f"index_{j}_flexion").qposadr[0]] for j in ("dip", "pip"))
    torch.testing.assert_close(tip, middle * 2 / 3, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", ["hand-turn", pytest.param("hand-grasp", marks=pytest.mark.slow)])
def test_both_backends_move_alike(name):
    ends = []
    for backend in ("cpu", "warp"):
        env = make_env(name, 3, env={"backend": backend, "seed": 4})
        env.reset()
        for action in random_actions(env, 4):
            step = env.step(action)
        ends.append((step.observation["proprioception"], step.observation["privileged"], step.reward))
    for cpu, warp in zip(*ends, strict=True):
        torch.testing.assert_close(warp, cpu, atol=0.01, rtol=0.01)


@every_task
def test_a_short_training_runs(name):
    overrides = ["worlds=16", "threads=1", "ppo.rollout_steps=4", "ppo.minibatches=2"]
    trainer = Trainer(load_config(name, overrides, TrainConfig))
    for _ in range(3):
        metrics = trainer.iterate()
    assert trainer.steps == 3 * 64
    terms = {f"reward/{term}" for term in trainer.env.task.reward_terms}
    assert terms <= set(metrics)


def test_the_hand_that_reorients_goes_where_actions_say_and_back():
    """A full action sends each target to its place about the start pose, no faster than a step allows; none, back."""
    env = make_env("hand-reorient", 1, spread=0.0, episode_seconds=10.0)
    env.reset()
    bowl = env.task.state["setpoint"].clone()
    limits = torch.as_tensor(env.physics.model.jnt_range[:27], dtype=torch.float32)
    span = (limits[:, 1] - limits[:, 0]).max()
    places = {}
    for action in (1.0, -1.0, 0.0):
        for _ in range(12):
            before = env.task.state["setpoint"].clone()
            env.step(torch.full((1, env.action_size), action))
            moved = env.task.state["setpoint"] - before
            assert moved.abs().max() <= env.task.config.step_fraction * span + 1e-6
        torch.testing.assert_close(env.task.state["setpoint"], before)
        places[action] = before
    assert (places[1.0] >= bowl).all()
    assert (places[-1.0] <= bowl).all()
    assert (places[1.0] - places[-1.0]).min() > 0.05
    torch.testing.assert_close(places[0.0], bowl)


@pytest.mark.slow
@every_task
def test_observations_stay_finite_over_a_million_steps(name):
    env = make_env(name, 500, episode_seconds=10.0)
    agent = RandomAgent(env.action_size)
    observation = env.reset()
    for _ in range(2000):
        step = env.step(agent.act(observation))
        observation = step.observation
        assert all(group.isfinite().all() for group in observation.values())
        assert step.reward.isfinite().all()
    assert env.diverged_total == 0
