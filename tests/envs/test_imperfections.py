"""Hands whose motors are weak, late, loose and badly measured."""

import pytest
import torch

from envs.env import TaskEnv
from envs.randomization import RandomizationConfig, Schedule
from envs.registry import make_task
from envs.tasks import HandGraspConfig, HandInsertConfig, HandReachConfig, HandTurnConfig
from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.training.config import TrainConfig

WORN = RandomizationConfig(
    mass=(0.7, 1.3),
    torque=(0.7, 1.2),
    stiffness=(0.8, 1.2),
    delay=(0.0, 2.0),
    backlash=(0.0, 0.03),
    encoder_noise=(0.0, 0.01),
)
CONFIGS = {
    "hand-reach": HandReachConfig,
    "hand-turn": HandTurnConfig,
    "hand-grasp": HandGraspConfig,
    "hand-insert": HandInsertConfig,
}
every_task = pytest.mark.parametrize("name", CONFIGS)


def make(randomization, nworld=4, name="hand-reach", **config):
    task = make_task(name, CONFIGS[name](randomization=randomization, **config))
    return TaskEnv(task, nworld, threads=1, backend="cpu")


def drive(env, steps, size=0.3):
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        step = env.step(size * (2 * torch.rand(env.nworld, env.action_size, generator=generator) - 1))
    return step


@every_task
def test_worn_hands_run_and_go_on_from_a_checkpoint(name):
    env = make(WORN, name=name)
    env.reset()
    step = drive(env, 5)
    assert all(group.isfinite().all() for group in step.observation.values())
    other = make(WORN, name=name)
    other.load_state_dict(env.state_dict())
    for field in ("body_mass", "actuator_gainprm"):
        assert torch.equal(env.physics.expand(field), other.physics.expand(field))
    ends = [(drive(e, 3), e.physics.get_state())[1] for e in (env, other)]
    torch.testing.assert_close(*ends, rtol=0, atol=1e-9)


def test_only_the_hand_differs_not_what_it_holds_nor_what_carries_it():
    env = make(WORN, 16, "hand-grasp")
    env.reset()
    model, expand = env.physics.model, env.physics.expand
    weight = expand("body_mass") / torch.as_tensor(model.body_mass).clamp(min=1e-12)
    palm, slide = model.body("palm").id, model.body("carrier_x").id
    torch.testing.assert_close(weight[:, palm].float(), env.task.robot.randomizer["mass"])
    assert (weight[:, slide] == 1).all()
    gain = expand("actuator_gainprm")
    assert (gain[:, model.actuator("carrier_x").id] == gain[0, model.actuator("carrier_x").id]).all()
    assert gain[:, model.actuator("index_pip_flexion").id, 1].std() > 0
    # objects keep the masses that they were made with
    alike = make(RandomizationConfig(), 16, "hand-grasp")
    alike.reset()
    thing = [i for i in range(1, model.nbody) if model.body_dofnum[i] == 6]
    assert len(thing) == 1
    assert torch.equal(alike.physics.expand("body_mass")[:, thing], expand("body_mass")[:, thing])


def test_targets_arrive_as_late_as_drawn():
    env = make(RandomizationConfig(delay=(2.0, 2.0)))
    env.reset()
    ctrl = env.physics.field("ctrl")
    still = ctrl.clone()
    for late in (True, True, False):
        drive(env, 1)
        assert torch.equal(ctrl, still) == late


def test_encoders_read_half_the_play_beside_the_joints_and_noise():
    env = make(RandomizationConfig(backlash=(0.04, 0.04)), 32)
    env.reset()
    drive(env, 3)
    error = env.task.robot.encoder_error()
    torch.testing.assert_close(error.abs(), torch.full_like(error, 0.02))
    noisy = make(RandomizationConfig(encoder_noise=(0.02, 0.02)), 200)
    noisy.reset()
    read = torch.stack([noisy.task.proprioception()[:, :27] for _ in range(4)])
    spread = read.var(0).mean(0).sqrt() * noisy.task._span / 2
    torch.testing.assert_close(spread, torch.full_like(spread, 0.02), rtol=0.1, atol=0)


def test_weaker_motors_press_less():
    pressed = []
    for share in (1.0, 0.5):
        env = make(RandomizationConfig(torque=(share, share), stiffness=(share, share)), 2)
        env.reset()
        for _ in range(20):
            env.step(torch.ones(2, env.action_size))
        pressed.append(env.physics.field("actuator_force").abs().mean())
    assert pressed[1] < 0.7 * pressed[0]


def test_ranges_widen_where_episodes_succeed_and_the_metrics_say_how_far():
    wide = RandomizationConfig(torque=(0.5, 1.5), schedule=Schedule(episodes=1, steps=2))
    env = make(wide, 8, episode_seconds=2 / 18)
    env.task.success = lambda: torch.ones(8, dtype=torch.bool)
    env.reset()
    entropies = []
    for _ in range(20):
        step = env.step(torch.zeros(8, env.action_size))
        if step.episode:
            entropies.append(float(step.episode["randomization_entropy"][0]))
    assert entropies[0] < -1
    assert entropies[-1] == 0.0
    torque = env.task.robot.randomizer["torque"]
    assert torque.max() - torque.min() > 0.3


@pytest.mark.parametrize("name", ["friction", "gyro_noise", "push"])
def test_what_a_hand_has_not_is_refused_in_one_line(name):
    with pytest.raises(InputError, match=rf"randomization.{name}: this task's robot has none") as refused:
        load_config("hand-reach", [f"task_config.randomization.{name}=[0.9,1.1]"], TrainConfig)
    assert "\n" not in str(refused.value)


def test_nothing_changes_where_nothing_is_drawn():
    env = make(RandomizationConfig())
    env.reset()
    drive(env, 2)
    setpoint = env.task.state["setpoint"]
    expected = env.task._joints.controls(setpoint).to(env.physics.dtype)
    assert torch.equal(env.physics.field("ctrl"), expected)
    assert (env.task.robot.encoder_error() == 0).all()
