"""Hands that follow a script, for tests that need something grasped or inserted."""

import torch

from envs.env import TaskEnv
from envs.referees.recorder import Recorder
from envs.registry import make_task
from envs.tasks import HandGraspConfig, HandInsertConfig


def grasp(worlds=40, recorded=(), hold=3.4, **config):
    """Descend on the object, close, lift, hold. The env, and recordings of some of its worlds."""
    config = HandGraspConfig(rates={"physics_hz": 144}, spread=0.0, askew=0.0, **config)
    env = TaskEnv(make_task("hand-grasp", config), worlds, threads=1, backend="cpu", autoreset=False)
    env.reset()
    recorder, task = Recorder(env, recorded), env.task
    names, step = task._synergies.names, task._synergies.step
    up = names.index("carrier_z")
    target = task.state["values"].clone()

    def go(steps):
        for _ in range(steps):
            env.step(((target - task.state["values"]) / step).clamp(-1, 1))
            recorder.note()

    target[:, up] = task._middle[:, 2].clamp(max=0.03) - 0.088
    go(5)
    target[:, names.index("close")], target[:, names.index("thumb_across")] = 1.0, 0.5
    go(12)
    target[:, up] = 0.07
    go(13 + round(18 * hold))
    return env, [recorder.recording(i) for i in range(len(recorded))]


def insert(worlds=8, recorded=(), seconds=5.0, **config):
    """Servo the pin's end to the hole's axis, and lower it while it is there."""
    config = HandInsertConfig(rates={"physics_hz": 216}, **config)
    env = TaskEnv(make_task("hand-insert", config), worlds, threads=1, backend="cpu", autoreset=False)
    env.reset()
    recorder, task = Recorder(env, recorded), env.task
    names, step = task._synergies.names, task._synergies.step
    for _ in range(round(18 * seconds)):
        wanted = torch.zeros(worlds, env.action_size)
        for name, gain, off in (
            ("carrier_x", -0.4, task._end[:, 0]),
            ("carrier_y", -0.4, task._end[:, 1]),
            ("carrier_pitch", 0.3, task._axis[:, 0]),
            ("wrist_pronation", 0.3, task._axis[:, 1]),
        ):
            wanted[:, names.index(name)] = gain * off
        straight = (task._miss < 0.002) & (task._axis[:, :2].norm(dim=1) < 0.06)
        lower = (straight | (task._depth > 0)) & (task._depth < 0.022)
        wanted[:, names.index("carrier_z")] = torch.where(lower, -0.5 * step[names.index("carrier_z")], 0.0)
        env.step((wanted / step).clamp(-1, 1))
        recorder.note()
    return env, [recorder.recording(i) for i in range(len(recorded))]
