"""Plays an agent's episodes into a MuJoCo Studio viewer, in real time."""

import time

import mujoco
import numpy as np
import torch
from mujoco.studio import messages, plugin, sim  # pyright: ignore[reportAttributeAccessIssue] - made at import

from envs.env import TaskEnv
from orchestrator.evaluation.rollouts import Agent, Remembering
from orchestrator.evaluation.scene import between
from orchestrator.evaluation.trajectories import mocap_poses

_HOLD_SECONDS = 0.8
"""How long the end of an episode stays in view."""

_NAP_SECONDS = 1 / 120
"""Between two looks at the clock: twice as often as a screen draws."""


class EpisodePlayer(plugin.SimPlugin):
    """Lets an agent act in one world and shows each state when it is due.

    Between two control steps the viewer sees interpolated positions. Studio's pause, speed and reset are
    obeyed; its physics options are not, as the scene shown is a copy.

    Args:
        env: one world, made with `autoreset=False`.
        agent: acts in it.
    """

    def __init__(self, env: TaskEnv, agent: Agent) -> None:
        self._env = env
        self._agent = agent
        self._period = env.task.config.rates.control_period
        self._paused = False
        self._speed = 1.0
        self._last = time.perf_counter()
        self._start()

    @messages.handler
    def on_step(self, event: messages.StepEvent) -> None:
        """Move on by the wall-clock time that has passed, and show where that is."""
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        if not self._paused:
            # a stall (a suspended process, a slow step) is not caught up with
            self._clock += min(passed * self._speed, 2 * self._period)
        while self._clock >= self._period and not self._ended:
            self._clock -= self._period
            self._advance()
        if self._ended and self._clock >= _HOLD_SECONDS:
            self._start()
        self._show(event.model, event.data)
        time.sleep(_NAP_SECONDS)

    @messages.handler
    def on_step_control(self, event: messages.StepControlSnapshot) -> None:
        """Pause and speed (percent of real time), as set in the viewer."""
        self._paused = event.pause_state != sim.PauseState.UNPAUSED
        self._speed = event.speed / 100

    @messages.handler
    def on_pause(self, event: messages.RequestPauseEvent) -> None:
        """The viewer asks for a pause, or for its end."""
        self._paused = event.pause_state != sim.PauseState.UNPAUSED

    @messages.handler
    def on_reset(self, event: messages.ResetEvent) -> None:
        """Start the next episode."""
        self._start()

    @messages.handler
    def on_load_model(self, event: messages.LoadModelEvent) -> bool:
        """Keep the scene: the agent knows no other."""
        return True

    def _start(self) -> None:
        self._observation = self._env.reset()
        self._memory = self._agent.remember(1) if isinstance(self._agent, Remembering) else None
        self._clock = 0.0
        self._steps = 0
        self._ended = False
        self._after = self._before = self._qpos()

    def _advance(self) -> None:
        with torch.no_grad():
            step = self._env.step(self._agent.act(self._observation, self._memory))
        self._observation = step.observation
        self._steps += 1
        self._before, self._after = self._after, self._qpos()
        if not np.isfinite(self._after).all():
            self._start()
        elif len(step.ended):
            self._ended = True

    def _show(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        fraction = 1.0 if self._ended else self._clock / self._period
        data.qpos[:] = between(model, self._before, self._after, min(fraction, 1.0))
        data.time = self._steps * self._period
        poses = mocap_poses(self._env.task)[0].cpu().numpy()
        data.mocap_pos[:], data.mocap_quat[:] = poses[:, :3], poses[:, 3:]

    def _qpos(self) -> np.ndarray:
        return self._env.physics.field("qpos")[0].double().cpu().numpy().copy()
