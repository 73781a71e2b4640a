"""`humanoid-place`: parts as they are said to be, a hand that goes where it is told, and what counts as placed."""

import functools
import math

import mujoco
import numpy as np
import pytest
import torch
from going_on import assert_repeats_and_goes_on, assert_stays_finite
from gymnasium.utils.env_checker import check_env
from tampering import tampered

from envs.agents import RandomAgent, ZeroAgent
from envs.env import TaskEnv
from envs.gym import TaskGymEnv
from envs.humanoid import HumanoidConfig
from envs.referees.place import judge_place
from envs.referees.recorder import Recorder
from envs.registry import make_task
from envs.task import DEPLOYABLE_GROUPS
from envs.tasks import PlaceConfig
from envs.tasks.place.parts import SHAPES
from hand_model import HandConfig
from orchestrator.config_files import load_config
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

COUPLED = HandConfig(transmission="coupled")
VARIANTS = {
    "right arm": PlaceConfig().robot,
    "upper, right hand": HumanoidConfig(moves="upper", hands="right", hand=COUPLED),
    "upper, 27 joints": HumanoidConfig(moves="upper"),
}


def make(nworld=4, autoreset=False, **config):
    task = make_task("humanoid-place", PlaceConfig(**config))
    return TaskEnv(task, nworld, threads=1, backend="cpu", split="heldout", autoreset=autoreset)


class Hand:
    """Tells the grip where to go, step by step, and writes down what comes of it."""

    def __init__(self, env, recorded=()):
        self.env, self.task = env, env.task
        env.reset()
        self.recorder = Recorder(env, recorded)
        self.fastest = 0.45 / 18

    def go(self, place, closing, steps, speed=1.0):
        for _ in range(steps):
            way = (place() - self.task.state["grip"]) / self.fastest
            action = torch.cat([speed * way.clamp(-1, 1), torch.full((self.env.nworld, 1), closing)], dim=1)
            self.step = self.env.step(action)
            self.recorder.note()

    def part(self, above):
        """Over the part, or around it, with what the arm hangs through added."""
        return lambda: (
            self.task.part + torch.tensor([0, 0, above]) + 0.3 * (self.task.state["grip"] - self.task.grip)
        )

    def raised(self, by):
        place = self.task.state["grip"] + torch.tensor([0, 0, by])
        return lambda: place

    def mark(self, height):
        grip = self.task.state["grip"]
        return lambda: torch.cat([grip[:, :2] + self.task.to_mark, height[:, None]], dim=1)


@functools.cache
def placing():
    """Parts that were taken and set down by a plan without any learning, and the recording of the first."""
    hand = Hand(make(8), [0])
    hand.go(hand.part(0.15), -1.0, 14)
    hand.go(hand.part(0.02), -1.0, 12, 0.5)
    hand.go(hand.part(0.02), 1.0, 8)
    gripped = hand.task.state["grip"][:, 2].clone()
    hand.go(hand.raised(0.15), 1.0, 10, 0.7)
    lifted = hand.task.height.clone()
    hand.go(hand.mark(gripped + 0.14), 1.0, 24, 0.7)
    hand.go(hand.mark(gripped - 0.005), 1.0, 12, 0.7)
    hand.go(hand.mark(gripped - 0.025), 1.0, 6, 0.7)
    for tenths in range(9, -1, -1):
        hand.go(hand.raised(0.0), tenths / 10, 1)
    hand.go(hand.raised(0.0), 0.0, 6)
    hand.go(hand.raised(0.17), -1.0, 24, 0.5)
    return hand, lifted, hand.recorder.recording(0)


def test_gymnasium_finds_no_fault():
    task = make_task("humanoid-place", PlaceConfig(episode_seconds=1.0))
    check_env(TaskGymEnv(task, backend="cpu"), skip_render_check=True)


def test_an_actor_reads_only_what_a_robot_can_measure():
    config = load_config("humanoid-place", [], TrainConfig)
    assert set(config.network.actor_groups) <= set(DEPLOYABLE_GROUPS)
    assert config.evaluated.rates.physics_hz == 2 * config.task_config.rates.physics_hz


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_acts_and_senses_alike(variant):
    env = make(2, robot=VARIANTS[variant])
    observation = env.reset()
    assert env.action_size == 4
    assert observation["object"].shape[1] == make(1).reset()["object"].shape[1]
    for _ in range(3):
        step = env.step(torch.zeros(2, 4))
    assert step.reward.isfinite().all()
    assert not step.diverged.any()
    assert (env.task.grip - env.task.state["grip"]).norm(dim=1).max() < 0.03


def test_a_robot_without_a_right_hand_is_refused():
    with pytest.raises(ValueError, match="for a hand that places"):
        PlaceConfig(robot=HumanoidConfig(moves="upper", hands="locked"))
    with pytest.raises(ValueError, match="the left hand rides on an arm"):
        HumanoidConfig(moves="right_arm")


def test_each_part_weighs_and_turns_as_its_shape_does():
    env = make(24)
    parts = env.task._parts
    assert set(parts.shape.tolist()) == {0, 1, 2}
    for world in range(6):
        kind = list(SHAPES.values())[parts.shape[world]]
        half = [*(share * float(parts.size[world]) for share in kind.half), float(parts.half_height[world])]
        spec = mujoco.MjSpec()
        shape = mujoco.mjtGeom.mjGEOM_CYLINDER if kind.round else mujoco.mjtGeom.mjGEOM_BOX
        size = [half[0], half[2], 0] if kind.round else half
        spec.worldbody.add_body(name="part").add_geom(
            type=shape, size=size, density=float(parts._density[world])
        )
        expected, found = spec.compile().body("part"), env.physics.model_of(world).body("part")
        assert found.mass[0] == pytest.approx(expected.mass[0])
        assert sorted(found.inertia) == pytest.approx(sorted(expected.inertia))


def test_parts_stand_in_the_bin_and_stay_there():
    env = make(16)
    env.reset()
    before = env.task.part.clone()
    for _ in range(9):
        env.step(torch.zeros(16, 4))
    assert (env.task.part - before).abs().max() < 2e-3
    assert env.task.off.all()
    assert (env.task.upright > 0.999).all()


def test_the_grip_goes_where_it_is_told_and_the_hand_closes():
    env = make(2)
    env.reset()
    goal = torch.tensor([0.34, -0.15, 1.32])
    for _ in range(30):
        way = (goal - env.task.state["grip"]) / (0.45 / 18)
        env.step(torch.cat([way.clamp(-1, 1), torch.ones(2, 1)], dim=1))
    # the arm hangs through by what its weight does to its position loops
    torch.testing.assert_close(env.task.grip, goal.expand(2, 3), rtol=0, atol=0.03)
    angles = env.physics.field("qpos")[:, env.task._joints.position].float()
    index = env.task._joints.names.index("right_middle_mcp_flexion")
    assert (angles[:, index] > math.radians(35)).all()


@pytest.mark.parametrize("agent", [ZeroAgent(4), RandomAgent(4, seed=1)], ids=["zero", "random"])
def test_agents_that_know_nothing_place_nothing(agent):
    env = make(16, episode_seconds=2.0)
    observation = env.reset()
    for _ in range(36):
        step = env.step(agent.act(observation))
    assert not env.task.success().any()
    assert step.reward.isfinite().all()


def test_a_plan_takes_parts_over_the_wall_and_sets_them_down():
    hand, lifted, _ = placing()
    assert (lifted > 0.08).float().mean() > 0.7
    assert hand.task.success().float().mean() > 0.5
    assert hand.step.reward.isfinite().all()


def test_the_referee_finds_what_the_task_says():
    hand, _, recording = placing()
    verdict = judge_place(recording)
    assert verdict.faults == []
    assert verdict.success == bool(hand.task.success()[0])
    np.testing.assert_allclose(verdict.distance, hand.task.to_mark[0].norm(), atol=1e-3)
    assert verdict.height > 0.08
    assert not judge_place(recording, tolerance=0.001).success


def test_the_referee_sees_a_part_that_flew():
    recording = placing()[2]
    address = int(recording.model.joint("part").qposadr[0])

    def fly(data):
        data.qpos[address] += 0.02

    assert (
        "the recorded states do not follow from each other"
        in judge_place(tampered(recording, fly, 20)).faults
    )


def test_one_seed_gives_the_same_steps_twice_and_a_saved_state_goes_on():
    actions = torch.rand(12, 3, 4, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert_repeats_and_goes_on(make, actions)


def test_a_short_training_run_learns_without_faults():
    keys = ["worlds=8", "ppo.rollout_steps=4", "ppo.minibatches=2", "threads=1", "backend=cpu"]
    trainer = Trainer(load_config("humanoid-place", keys, TrainConfig))
    metrics = trainer.iterate()
    assert math.isfinite(metrics["loss/value"])


@pytest.mark.slow
def test_observations_stay_finite_over_a_million_random_steps():
    assert_stays_finite(make(1000, autoreset=True))
