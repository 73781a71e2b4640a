"""Learning from pixels, end to end and from a teacher: repeatable, resumable, and without cheating."""

from functools import partial

import gymnasium as gym
import pytest
import torch

from envs.env import TaskEnv
from envs.registry import TASKS, make_task
from orchestrator.cli.main import main
from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.evaluation.policy import load_policy, make_env
from orchestrator.evaluation.rollouts import run_episodes
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import Trainer

TINY = [
    "worlds=4",
    "threads=1",
    "steps=16",
    "checkpoint_every=8",
    "backend=cpu",
    "network.actor_hidden=[8]",
    "network.critic_hidden=[8]",
]
SEEING = [
    *TINY,
    "network.vision.channels=[4, 4]",
    "network.vision.embedding=8",
    "network.vision.memory=8",
    "task_config.cameras={cameras: [{name: front, width: 16, height: 16}, {name: side, width: 16, height: 16}]}",
    "task_config.episode_seconds=0.5",
]
PPO = [*SEEING, "ppo.rollout_steps=2", "ppo.minibatches=2"]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "teacher"
    keys = [*TINY, "ppo.rollout_steps=2"]
    settings = [part for key in keys for part in ("--set", key)]
    assert main(["train", "hand-reach", "--run-dir", str(path), *settings]) == 0
    return path


def configs(teacher):
    student = [
        *SEEING,
        f"distillation.teacher={teacher}",
        "distillation.rollout_steps=2",
        "distillation.minibatches=2",
    ]
    return {
        "ppo": load_config("hand-reach-visual", PPO, TrainConfig),
        "student": load_config("hand-reach-student", student, TrainConfig),
    }


@pytest.mark.parametrize("kind", ["ppo", "student"])
def test_a_resumed_run_is_the_run_that_would_have_been(teacher, kind):
    config = configs(teacher)[kind]
    whole = Trainer(config)
    for _ in range(2):
        whole.iterate()
    tensors, state = whole.state()
    kept = {name: tensor.clone() for name, tensor in tensors.items()}
    expected = [whole.iterate() for _ in range(2)]
    again = Trainer(config)
    again.load_state(kept, state)
    for figures in expected:
        found = again.iterate()
        assert {k: v for k, v in found.items() if not k.startswith("time/")} == pytest.approx(
            {k: v for k, v in figures.items() if not k.startswith("time/")}, rel=0, abs=0, nan_ok=True
        )
    weights = again.model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in whole.model.state_dict().items())


def test_a_student_is_taught_by_the_teacher_and_knows_nothing_privileged(teacher):
    trainer = Trainer(configs(teacher)["student"])
    rollout, _ = trainer.collector.collect(2)
    assert rollout.taught is not None
    assert rollout.taught.shape == rollout.mean.shape
    assert (rollout.taught.std(dim=1) > 0).any()
    before = trainer.model.actor.act(trainer.collector.observation)
    noise = {**trainer.collector.observation}
    for hidden in ("sought", "privileged"):
        noise[hidden] = 1e3 * torch.randn_like(noise[hidden])
    assert torch.equal(trainer.model.actor.act(noise), before)


@pytest.mark.parametrize(
    ("name", "hidden"), [("hand-reach", "command"), ("hand-grasp", "object"), ("hand-reorient", "object")]
)
def test_what_a_teacher_reads_is_what_its_own_task_tells(name, hidden):
    blind = make_task(f"{name}-visual")
    blind = type(blind)(blind.config.model_copy(update={"cameras": None}))
    told_all = TASKS[name].config_type
    same = {key: getattr(blind.config, key) for key in told_all.model_fields}
    env = TaskEnv(make_task(name, told_all(**same)), 3, seed=5, backend="cpu", threads=1)
    expected = env.reset()
    other = TaskEnv(blind, 3, seed=5, backend="cpu", threads=1)
    left = other.reset()
    told = other.task.teacher_observe()
    assert told.keys() == expected.keys()
    assert hidden in told
    for group, values in told.items():
        assert torch.equal(values, expected[group]), group
    assert hidden not in left
    assert torch.equal(left["sought"], told[hidden])
    assert left["privileged"].shape[1] == sum(
        told[group].shape[1] for group in told if group not in (*blind.kept, hidden)
    )


def test_a_run_from_pixels_can_be_evaluated(teacher, tmp_path):
    config = configs(teacher)["ppo"]
    settings = [part for key in PPO for part in ("--set", key)]
    assert main(["train", "hand-reach-visual", "--run-dir", str(tmp_path / "run"), *settings]) == 0
    policy = load_policy(RunDirectory.open(tmp_path / "run"))
    outcomes = run_episodes(make_env(config, worlds=2, seed=0), policy.model.actor, 2)
    assert outcomes.count == 2


@pytest.mark.parametrize(
    ("task", "keys", "message"),
    [("hand-reach", TINY, "has no teacher"), ("hand-reach-visual", SEEING, "expected a run directory")],
)
def test_a_teacher_that_cannot_teach_is_refused(task, keys, message, tmp_path):
    config = load_config(task, [*keys, f"distillation.teacher={tmp_path / 'none'}"], TrainConfig)
    with pytest.raises(InputError, match=message):
        Trainer(config)


def test_gymnasium_gets_the_video_as_bytes(teacher):
    config = configs(teacher)["ppo"].task_config
    worlds = gym.make_vec(
        "optimus/HandReachVisual-v0",
        num_envs=2,
        vectorization_mode="vector_entry_point",
        config=config,
        seed=0,
    )
    observation, _ = worlds.reset(seed=0)
    assert observation.keys() == {"proprioception", "pixels"}
    assert worlds.observation_space.contains(observation)
    stepped, *_ = worlds.step(worlds.action_space.sample())
    assert (stepped["pixels"] != observation["pixels"]).any()


def test_episodes_are_the_same_where_nobody_looks():
    keys = [*PPO, "task_config.cameras.looks={brightness: [0.5, 1.0], exposure: [0.8, 1.2]}"]
    config = load_config("hand-reach-visual", keys, TrainConfig)
    seen, unseen = (make_env(config, worlds=4, seed=0, threads=1, unseen=blind) for blind in (False, True))
    assert unseen.rig is None
    for _ in range(3):
        first, second = seen.reset(), unseen.reset()
        pixels = first.pop("pixels")
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first)
    seen.seed(5)
    before = seen.reset()["pixels"]
    assert not torch.equal(before, pixels)
    seen.seed(5)
    assert torch.equal(seen.reset()["pixels"], before)


def test_pictures_that_no_learner_reads_are_not_drawn_and_change_nothing():
    config = load_config(
        "hand-reach-visual", [*SEEING, "task_config.episode_seconds=0.166666667"], TrainConfig
    )
    task = partial(make_task, config.task, config.task_config)
    full, spared = (TaskEnv(task(), 2, seed=0, threads=1, final_pixels=drawn) for drawn in (True, False))
    full.reset()
    spared.reset()
    for _ in range(6):
        action = torch.rand(2, full.action_size)
        expected, step = full.step(action), spared.step(action)
        assert torch.equal(step.observation["pixels"], expected.observation["pixels"])
    assert set(expected.final_observation) - set(step.final_observation) == {"pixels"}
