"""Worlds that differ, and ranges that widen."""

import math

import mujoco
import pytest
import torch
from pydantic import ValidationError

from envs.cameras.config import CameraConfig, CamerasConfig
from envs.env import TaskEnv
from envs.physics import make_physics
from envs.randomization import RandomizationConfig, Randomizer, Schedule
from envs.registry import make_task
from envs.tasks.hand_reach import HandReachConfig
from envs.tasks.hand_reach_visual import HandReachVisualConfig

CART = """
<mujoco>
  <option integrator="implicitfast"/>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1"/>
    <body name="cart" pos="0 0 .2">
      <joint name="slide" type="slide" axis="1 0 0"/>
      <geom name="wheel" type="sphere" size=".1" mass="2" friction="0.8 0.01 0.001" priority="1"/>
    </body>
  </worldbody>
  <actuator>
    <dcmotor name="slide" joint="slide" motorconst="0.1" resistance="1" controller="3 0 0.5 0 0 0" input="pos"/>
  </actuator>
</mujoco>
"""


def worlds(config, nworld=64, backend="cpu"):
    physics = make_physics(mujoco.MjModel.from_xml_string(CART), nworld, backend=backend)
    randomizer = Randomizer(physics, config, torch.Generator().manual_seed(0), ["wheel"])
    return physics, randomizer


def everywhere(randomizer, success=True, nworld=64):
    randomizer.draw(torch.arange(nworld), torch.full((nworld,), success))


@pytest.mark.parametrize("backend", ["cpu", "warp"])
def test_models_get_what_was_drawn(backend):
    config = RandomizationConfig(
        mass=(0.5, 1.5), friction=(0.5, 1.0), torque=(0.8, 1.2), stiffness=(0.7, 1.3)
    )
    physics, randomizer = worlds(config, 8, backend)
    everywhere(randomizer, nworld=8)
    model = physics.model
    for _ in range(2):  # scales are of the model's own values, not of the last ones
        everywhere(randomizer, nworld=8)
    mass, gain = physics.expand("body_mass"), physics.expand("actuator_gainprm")

    def close(found, nominal, name):
        torch.testing.assert_close(found.float().cpu(), nominal * randomizer[name].cpu(), rtol=1e-5, atol=0)

    close(mass[:, 1], 2.0, "mass")
    close(physics.expand("geom_friction")[:, model.geom("wheel").id, 0], 0.8, "friction")
    assert (physics.expand("geom_friction")[:, model.geom("floor").id, 0] == 1.0).all()
    close(gain[:, 0, 1], 0.1, "torque")
    close(gain[:, 0, 4], 3.0, "stiffness")
    close(gain[:, 0, 6], 0.5, "stiffness")
    assert randomizer["mass"].std() > 0.1


def test_heavier_worlds_are_slower():
    physics, randomizer = worlds(RandomizationConfig(mass=(0.5, 2.0)), 32)
    everywhere(randomizer, nworld=32)
    physics.field("ctrl")[:] = 1.0
    physics.step(20)
    way = physics.field("qpos")[:, 0]
    order = randomizer["mass"].argsort()
    assert (way[order].diff() < 0).all()


def test_draws_fill_the_range_and_stay_in_it():
    _, randomizer = worlds(RandomizationConfig(push=(20.0, 80.0)), 2000)
    everywhere(randomizer, nworld=2000)
    push = randomizer["push"]
    assert 20 <= push.min() < 21
    assert 79 < push.max() <= 80
    assert push.mean() == pytest.approx(50, abs=2)


def test_what_does_not_differ_is_nominal():
    _, randomizer = worlds(RandomizationConfig())
    everywhere(randomizer)
    assert randomizer.names == []
    assert (randomizer["mass"] == 1).all()
    assert (randomizer["delay"] == 0).all()
    assert randomizer.entropy() == 0


def test_a_schedule_starts_at_the_nominal_values():
    _, randomizer = worlds(RandomizationConfig(mass=(0.5, 2.0), push=(0.0, 100.0), schedule=Schedule()))
    everywhere(randomizer)
    assert (randomizer["mass"] == 1).all()
    assert (randomizer["push"] == 0).all()
    assert randomizer.entropy() == pytest.approx(math.log(1e-3))


def test_success_widens_to_the_ends_and_failure_narrows_again():
    schedule = Schedule(steps=5, episodes=10)
    _, randomizer = worlds(RandomizationConfig(mass=(0.5, 2.0), push=(0.0, 100.0), schedule=schedule))
    entropy = randomizer.entropy()
    for _ in range(60):
        everywhere(randomizer, success=True)
    assert randomizer.shared["bounds"].tolist() == [[0.5, 2.0], [0.0, 100.0]]
    assert randomizer.entropy() == pytest.approx(0)
    assert entropy < -5
    for _ in range(60):
        everywhere(randomizer, success=False)
    assert randomizer.shared["bounds"].tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_only_the_boundary_that_was_tried_moves():
    schedule = Schedule(steps=5, episodes=1)
    _, randomizer = worlds(RandomizationConfig(mass=(0.5, 2.0), push=(0.0, 100.0), schedule=schedule))
    randomizer.state["boundary"][:] = -1
    randomizer.state["boundary"][0] = 1  # the heaviest
    randomizer._judge(torch.arange(64), torch.ones(64, dtype=torch.bool))
    assert randomizer.shared["bounds"].tolist() == [[1.0, pytest.approx(1.2)], [0.0, 0.0]]


def test_middling_success_leaves_boundaries_where_they_are():
    schedule = Schedule(steps=5, episodes=300)
    _, randomizer = worlds(RandomizationConfig(mass=(0.5, 2.0), schedule=schedule))
    randomizer.shared["bounds"][:] = torch.tensor([[0.8, 1.2]])
    for _ in range(60):
        randomizer.draw(torch.arange(64), torch.arange(64) % 4 > 0)
    assert randomizer.shared["bounds"][0].tolist() == [pytest.approx(0.8), pytest.approx(1.2)]


OFF = {"camera_position": (0.0, 0.05), "camera_attitude": (0.0, 0.2)}


def seeing(**randomization):
    config = HandReachVisualConfig(
        episode_seconds=1 / 18,
        cameras=CamerasConfig(cameras=(CameraConfig(name="front", width=16, height=16),)),
        tolerance=1.0,  # so that every episode ends well
        randomization=RandomizationConfig(**OFF, **randomization),
    )
    return TaskEnv(make_task("hand-reach-visual", config), 8, seed=0, backend="cpu", threads=1)


def test_cameras_leave_their_mounts_as_a_policy_copes():
    env = seeing(schedule=Schedule(steps=2, episodes=4))
    env.reset()
    mounts = env.rig.looks.state["cam_pos"].clone()
    assert (mounts == mounts[0]).all()
    entropy = []
    for _ in range(24):
        entropy.append(env.step(torch.zeros(8, env.action_size)).episode["randomization_entropy"][0].item())
    assert entropy[0] < -6
    assert entropy[-1] == pytest.approx(0)
    away = (env.rig.looks.state["cam_pos"] - mounts).norm(dim=-1)[:, 0]
    torch.testing.assert_close(away, env.task.robot.randomizer["camera_position"])
    assert away.max() > 0.01


def test_cameras_that_are_off_are_as_far_off_after_a_restart():
    env, other = seeing(), seeing()
    env.reset()
    env.step(torch.zeros(8, env.action_size))
    other.load_state_dict(env.state_dict())
    steps = [made.step(torch.zeros(8, env.action_size)).observation["pixels"] for made in (env, other)]
    assert torch.equal(*steps)


def test_who_has_no_cameras_cannot_have_them_off():
    with pytest.raises(ValidationError, match=r"randomization.camera_position: this task's robot has none"):
        HandReachConfig(randomization=RandomizationConfig(**OFF))


def test_restored_state_writes_the_same_models():
    config = RandomizationConfig(mass=(0.5, 2.0))
    physics, randomizer = worlds(config)
    everywhere(randomizer)
    other_physics, other = worlds(config)
    for name, tensor in randomizer.state.items():
        other.state[name].copy_(tensor)
    other.write(torch.arange(64))
    assert torch.equal(physics.expand("body_mass"), other_physics.expand("body_mass"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"mass": (1.5, 0.5)}, "mass: expected two numbers, ascending"),
        ({"mass": (0.0, 1.0)}, "mass: expected two numbers, ascending and positive"),
        ({"push": (-1.0, 10.0)}, "push: expected"),
        ({"delay": (0.0, 9.0)}, "delay: expected at most 3 control steps, got 9"),
        ({"camera_position": (0.0, 0.2)}, "camera_position: expected at most 0.1 m, got 0.2"),
        ({"camera_attitude": (0.0, 2.0)}, "camera_attitude: expected at most 0.5 rad, got 2"),
        ({"push": (50.0, 100.0), "schedule": {}}, "push: a schedule starts at 0"),
        ({"schedule": {"narrow_below": 0.95}}, "narrow_below: expected less than"),
    ],
)
def test_ranges_that_mean_nothing_are_refused(given, says):
    with pytest.raises(ValidationError, match=says):
        RandomizationConfig(**given)
