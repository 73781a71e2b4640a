import warnings

import gymnasium as gym
import numpy as np
import pytest
from balance import Balance
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env as check_for_sb3

import envs  # noqa: F401 - registers the tasks
from envs.gym import TaskGymEnv, TaskVectorEnv
from envs.registry import gymnasium_id, make_task
from envs.task import TaskConfig
from envs.tasks.hand_reach import HandReachConfig

ID = "optimus/HandReach-v0"
SHORT = HandReachConfig(episode_seconds=4 / 18)  # 4 control steps
CPU = {"backend": "cpu"}


def make_vector(num_envs, **kwargs):
    return gym.make_vec(ID, num_envs, vectorization_mode="vector_entry_point", threads=1, **CPU, **kwargs)


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_the_id_is_the_tasks_name():
    assert gymnasium_id("hand-reach") == ID


def test_gymnasium_finds_nothing_wrong():
    env = gym.make(ID, **CPU)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # spaces without bounds are what encoders and positions have
        warnings.filterwarnings("ignore", message=".*(minimum|maximum) value.*infinity")
        check_env(env.unwrapped, skip_render_check=True)


def test_one_world_runs_to_its_time_limit():
    env = gym.make(ID, config=SHORT, **CPU)
    observation, info = env.reset(seed=1)
    assert info == {}
    assert set(observation) == {"proprioception", "command", "tracking"}
    for step in range(1, 5):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert isinstance(reward, float)
        assert reward < 0
        assert (terminated, truncated) == (False, step == 4)
    assert info["length"] == 4
    assert info["diverged"] is False
    assert {"return", "success", "distance/thumb"} <= set(info)


def test_one_world_with_a_nan_action_says_so_and_can_be_reset():
    env = TaskGymEnv(make_task("hand-reach", SHORT), **CPU)
    env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.step(np.full(27, np.nan))
    assert (terminated, truncated, info["diverged"], reward) == (True, False, True, 0.0)
    assert all(np.isfinite(group).all() for group in observation.values())
    observation, _ = env.reset()
    assert all(np.isfinite(group).all() for group in observation.values())


def test_privileged_is_there_only_for_those_who_ask():
    env = make_vector(2)
    assert (
        set(env.reset()[0])
        == set(env.single_observation_space.spaces)
        == {"proprioception", "command", "tracking"}
    )
    asked = make_vector(2, groups=("command", "privileged"))
    assert set(asked.reset()[0]) == {"command", "privileged"}
    assert asked.reset()[0]["privileged"].shape == asked.observation_space["privileged"].shape == (2, 5)


def test_the_vector_env_declares_itself_as_gymnasium_wants():
    env = make_vector(3, config=SHORT)
    assert isinstance(env, gym.vector.VectorEnv)
    assert isinstance(env.unwrapped, TaskVectorEnv)
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert env.num_envs == 3
    assert env.spec is not None
    assert env.spec.id == ID
    assert env.single_action_space == gym.spaces.Box(-1.0, 1.0, (27,), np.float32)
    assert env.action_space.shape == (3, 27)
    observation, info = env.reset(seed=0)
    assert info == {}
    assert env.observation_space.contains(observation)
    env.action_space.seed(0)
    for _ in range(10):
        observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        for array, dtype in ((reward, np.float64), (terminated, np.bool_), (truncated, np.bool_)):
            assert isinstance(array, np.ndarray)
            assert (array.shape, array.dtype) == ((3,), dtype)
    env.close()


def test_spaces_are_those_of_the_single_env():
    single = gym.make(ID, **CPU)
    vector = make_vector(2)
    assert vector.single_observation_space == single.observation_space
    assert vector.single_action_space == single.action_space


def test_a_seed_repeats_everything():
    def play(seed):
        env = make_vector(4, config=SHORT)
        env.action_space.seed(7)
        rows = [env.reset(seed=seed)[0]]
        for _ in range(9):
            observation, reward, *_ = env.step(env.action_space.sample())
            rows.append(observation | {"reward": reward})
        return rows

    first, again, other = play(3), play(3), play(4)
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert not any(same(a, b) for a, b in zip(first, other, strict=True))
    worlds = first[0]["command"]
    assert len(np.unique(worlds, axis=0)) == 4
    # after a time limit all four have new targets
    assert not (first[5]["command"] == worlds).any()


def test_a_list_of_seeds_is_refused():
    with pytest.raises(ValueError, match="list of seeds"):
        make_vector(2).reset(seed=[1, 2])


def test_arrays_handed_out_are_not_written_again():
    env = make_vector(2, config=SHORT)
    handed = [env.reset(seed=0)[0]]
    for _ in range(6):
        handed.append(env.step(np.ones((2, 27), np.float32))[0])
    kept = [{k: v.copy() for k, v in observation.items()} for observation in handed]
    env.step(-np.ones((2, 27), np.float32))
    assert all(same(a, b) for a, b in zip(handed, kept, strict=True))


def until_one_of_three_ends(env):
    """Push the second of three carts until its pole falls: what that step returned."""
    env.reset(seed=0)
    push = np.zeros((3, 1), np.float32)
    push[1] = 1
    while True:
        result = env.step(push)
        assert not result[3].any()
        if result[2].any():
            return result


def assert_same_layout(ours, theirs):
    """Keys, masks, shapes and kinds of numbers, through nested dicts."""
    assert set(ours) == set(theirs)
    for key, reference in theirs.items():
        value = ours[key]
        assert type(value) is type(reference), key
        if isinstance(reference, dict):
            assert_same_layout(value, reference)
        elif key.startswith("_"):
            assert np.array_equal(value, reference), key
            assert value.dtype == bool
        else:
            assert (value.shape, value.dtype) == (reference.shape, reference.dtype), key


def test_infos_have_the_layout_of_gymnasiums_own_vector_env():
    config = TaskConfig(episode_seconds=5)
    ours = TaskVectorEnv(Balance(config), 3, threads=1, **CPU)
    theirs = SyncVectorEnv(
        [lambda: TaskGymEnv(Balance(config), **CPU)] * 3, autoreset_mode=AutoresetMode.SAME_STEP
    )
    observation, _, terminated, _, info = until_one_of_three_ends(ours)
    reference_observation, _, reference_terminated, _, reference = until_one_of_three_ends(theirs)
    assert terminated.tolist() == reference_terminated.tolist() == [False, True, False]
    assert observation.keys() == reference_observation.keys()
    assert_same_layout(info, reference)
    for final, other in zip(info["final_obs"], reference["final_obs"], strict=True):
        assert type(final) is type(other)  # None where no episode ended
    last, other = info["final_obs"][1], reference["final_obs"][1]
    assert {k: (v.shape, v.dtype) for k, v in last.items()} == {
        k: (v.shape, v.dtype) for k, v in other.items()
    }
    assert abs(last["proprioception"][1]) > 0.3 > abs(observation["proprioception"][1, 1])
    assert info["final_info"]["length"][[0, 2]].tolist() == [0, 0]
    assert info["final_info"]["length"][1] > 1


def test_a_step_without_an_end_has_no_infos():
    env = make_vector(2, config=SHORT)
    env.reset()
    assert env.step(np.zeros((2, 27), np.float32))[4] == {}


def test_gymnasiums_statistics_wrapper_reads_the_episodes():
    env = gym.wrappers.vector.RecordEpisodeStatistics(make_vector(2, config=SHORT))
    env.reset(seed=0)
    total = np.zeros(2)
    for _ in range(4):
        _, reward, _, truncated, info = env.step(np.zeros((2, 27), np.float32))
        total += reward
    assert truncated.all()
    np.testing.assert_allclose(info["episode"]["r"], total)
    np.testing.assert_allclose(info["final_info"]["return"], total, rtol=1e-6)
    assert info["episode"]["l"].tolist() == info["final_info"]["length"].tolist() == [4, 4]


def test_stable_baselines3_finds_nothing_wrong():
    check_for_sb3(gym.make(ID, **CPU), skip_render_check=True)


def test_stable_baselines3_trains_on_the_registered_env():
    env = gym.make(ID, **CPU)
    learner = PPO("MultiInputPolicy", env, n_steps=128, batch_size=64, n_epochs=2, seed=0, device="cpu")
    before = {k: v.clone() for k, v in learner.policy.state_dict().items()}
    learner.learn(256)
    assert learner.num_timesteps == 256
    assert [episode["l"] for episode in learner.ep_info_buffer] == [36] * 7
    after = learner.policy.state_dict()
    assert all(value.isfinite().all() for value in after.values())
    assert not before["action_net.weight"].equal(after["action_net.weight"])
    action, _ = learner.predict(env.reset(seed=0)[0], deterministic=True)
    assert env.action_space.contains(action)
