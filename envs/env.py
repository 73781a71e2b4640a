"""`TaskEnv`: a task stepped over many worlds in torch, without NumPy on the way."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from envs.cameras.rig import Rig
from envs.motors import Motors
from envs.physics import Backend, make_physics
from envs.task import PIXELS, Observation, Task

SPLITS = ("train", "heldout")
"""Disjoint families of random streams: nothing drawn in one can be drawn in the other by seed."""


TERM = "term/"
"""Begins the names of the figures that say what each reward term added to an episode's return."""


@dataclass(frozen=True)
class Step:
    """What one control step returned.

    Attributes:
        observation: groups of every world, after the reset of those whose episode ended; always finite.
        reward: (nworld, nterm) float32.
        terminated: (nworld,) bool, the episode ended for good: no value lies beyond.
        truncated: (nworld,) bool, the time limit cut the episode: bootstrap from `final_observation`.
        diverged: (nworld,) bool, terminated because the state left the finite numbers: the reward, 0, means nothing.
        ended: (n,) int64, worlds whose episode ended in this step, ascending.
        final_observation: groups of the `ended` worlds' last observation, each (n, size); without pixels where the
            env was made so.
        episode: figures of the ended episodes, each (n,): `return` (summed over terms), `length` (steps),
            `success`, `diverged`, `term/NAME` (each reward term's share of the return), with heat `energy_j`,
            `peak_winding_celsius` and `overheated`, and the task's own metrics.
    """

    observation: Observation
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    diverged: Tensor
    ended: Tensor
    final_observation: Observation
    episode: dict[str, Tensor]


class TaskEnv:
    """Many worlds of one task, with same-step automatic reset.

    A world whose state or action is no longer a number is ended, counted in `diverged_total` and reset; the others
    go on.

    Args:
        task: the task, not yet bound to worlds.
        nworld: number of parallel worlds.
        seed: of the episodes' random draws.
        split: `train` or `heldout`; the two never share a random stream.
        backend: `auto`, `cpu` or `warp`.
        threads: CPU threads of the physics; 0 takes all.
        autoreset: start a new episode in the step that ends one; without it the caller resets.
        final_pixels: whether final observations have the pixels, which have to be drawn for nobody else.
    """

    def __init__(
        self,
        task: Task,
        nworld: int,
        *,
        seed: int = 0,
        split: str = "train",
        backend: Backend = "auto",
        threads: int = 0,
        autoreset: bool = True,
        final_pixels: bool = True,
    ) -> None:
        if split not in SPLITS:
            raise ValueError(f"split: expected one of {SPLITS}, got {split!r}")
        self.task = task
        self.split = split
        self.autoreset, self.final_pixels = autoreset, final_pixels
        rates = task.config.rates
        self.physics = make_physics(task.compile_scene(), nworld, backend=backend, threads=threads)
        self.motors = Motors(self.physics, task.gearmotors()) if task.config.heat else None
        task.motors, task.split = self.motors, split
        self.generator = torch.Generator()
        self.rig: Rig | None = None
        self.seed(seed)
        task.bind(self.physics, self.generator)
        task.update()
        if (given := tuple(task.observe())) != task.groups:
            raise ValueError(f"task {task.name!r} declares the groups {task.groups} but observes {given}")
        self.rig = self._make_rig(threads)
        self.nworld = nworld
        self.nterm = len(task.reward_terms)
        self.action_size = task.action_size
        self.device = self.physics.device
        self.diverged_total = 0
        self._substeps = rates.substeps
        self._limit = task.config.episode_steps
        self._clock = torch.zeros(nworld, dtype=torch.int64, device=self.device)
        self._length = torch.zeros_like(self._clock)
        self._lost = torch.zeros(nworld, dtype=torch.bool, device=self.device)
        self._return = torch.zeros(nworld, self.nterm, dtype=torch.float64, device=self.device)

    def seed(self, seed: int) -> None:
        """Restart the random streams of the episodes and of how they look from `seed`, within this env's split."""
        word = int(np.random.SeedSequence(seed).generate_state(1)[0])
        # torch's CPU generator knows 32 bits of a seed: the lowest one keeps the splits apart
        own = word & ~1 | SPLITS.index(self.split)
        self.generator.manual_seed(own)
        if self.rig:
            self.rig.seed(own)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the observation groups."""
        return (*self.task.groups, PIXELS) if self.rig else self.task.groups

    def observe(self) -> Observation:
        """Observation groups of every world as it stands."""
        return self.task.observe() | ({PIXELS: self.rig.observe()} if self.rig else {})

    def reset(self, worlds: Tensor | None = None) -> Observation:
        """Start a new episode in `worlds` (n,) int64, by default in every world."""
        self._reset(torch.arange(self.nworld, device=self.device) if worlds is None else worlds)
        return self.observe()

    @property
    def reward_terms(self) -> tuple[str, ...]:
        """Names of the reward's columns."""
        return self.task.reward_terms

    def credit(self) -> Tensor:
        """Which reward terms an action dimension can influence, (nterm, action_size) bool."""
        return self.task.credit()

    def stagger(self) -> None:
        """Spread the worlds' clocks evenly over an episode, so that they don't all end in the same step."""
        self._clock[:] = torch.arange(self.nworld, device=self.device) % self._limit

    def step(self, action: Tensor) -> Step:
        """Advance every world by one control period.

        Args:
            action: (nworld, action_size), clipped to [-1, 1].

        Raises:
            ValueError: the action has another shape.
        """
        if action.shape != (self.nworld, self.action_size):
            raise ValueError(f"action: expected {(self.nworld, self.action_size)}, got {tuple(action.shape)}")
        task = self.task
        # a task may remember actions: none that is NaN gets there
        task.control(torch.nan_to_num(action.clamp(-1.0, 1.0)))
        self._advance()
        task.update()
        self._clock += 1
        self._length += 1
        diverged = self.physics.diverged() | action.isnan().any(dim=1)
        reward = torch.where(diverged[:, None], 0.0, task.reward())
        self._return += reward
        terminated = task.terminated() | diverged
        if self.motors:
            terminated |= self.motors.overheated()
        truncated = (self._clock >= self._limit) & ~terminated
        observation = self.observe()
        ended = (terminated | truncated).nonzero().squeeze(1)
        final: Observation = {}
        episode: dict[str, Tensor] = {}
        if len(ended):
            final = {
                k: v[ended] if k == PIXELS else torch.nan_to_num(v[ended])
                for k, v in observation.items()
                if k != PIXELS or self.final_pixels or not self.autoreset
            }
            episode = self._episode(ended, diverged)
            self.diverged_total += int((diverged & ~self._lost).sum())
            self._lost |= diverged
            if self.autoreset:
                self._reset(ended)
                observation = self.observe()
            else:
                observation = {k: v.index_copy(0, ended, final[k]) for k, v in observation.items()}
        return Step(observation, reward, terminated, truncated, diverged, ended, final, episode)

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, as named tensors."""
        state = {
            "physics": self.physics.get_state(),
            "clock": self._clock.clone(),
            "length": self._length.clone(),
            "return": self._return.clone(),
            "generator": self.generator.get_state(),
            "diverged_total": torch.tensor(self.diverged_total),
        }
        state |= {f"task.{k}": v.clone() for k, v in self.task.state.items()}
        state |= {f"shared.{k}": v.clone() for k, v in self.task.shared.items()}
        if self.motors:
            state |= {f"motors.{k}": v for k, v in self.motors.state_dict().items()}
        if self.rig:
            state |= {f"rig.{k}": v for k, v in self.rig.state_dict().items()}
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> Observation:
        """Go on from `state_dict`; returns the observation at that moment."""
        self.physics.set_state(state["physics"])
        self._clock.copy_(state["clock"])
        self._length.copy_(state["length"])
        self._return.copy_(state["return"])
        self.generator.set_state(state["generator"])
        self.diverged_total = int(state["diverged_total"])
        for name, tensor in self.task.state.items():
            tensor.copy_(state[f"task.{name}"])
        for name, tensor in self.task.shared.items():
            tensor.copy_(state[f"shared.{name}"])
        self.task.restore()
        for name, part in (("motors.", self.motors), ("rig.", self.rig)):
            if part:
                part.load_state_dict(
                    {k.removeprefix(name): v for k, v in state.items() if k.startswith(name)}
                )
        self.physics.forward()
        self.task.update()
        return self.observe()

    def _make_rig(self, threads: int) -> Rig | None:
        config = self.task.config
        if config.cameras is None:
            return None
        picture, goals = self.task.build_picture().compile(), self.task.goal_points
        return Rig(
            self.physics,
            picture,
            config.cameras,
            config.rates,
            goals,
            self.generator.initial_seed(),
            threads,
            self.task.shaped,
            self.task.mounting,
        )

    def _advance(self) -> None:
        """One control period of physics, with the cameras' frames in it."""
        moving = self.motors or self.physics
        if self.rig is None:
            moving.step(self._substeps)
            return
        unseen = torch.zeros_like(self._lost)
        if self.autoreset and not self.final_pixels:
            unseen = self._clock + 1 >= self._limit
        for _ in range(self.rig.frames):
            moving.step(self._substeps // self.rig.frames)
            self.rig.capture(unseen)

    def _reset(self, worlds: Tensor) -> None:
        self.task.renew(worlds)
        self.physics.reset(worlds)
        if self.motors:
            self.motors.reset(worlds)
        self.task.reset(worlds)
        self.physics.forward(worlds)
        self.task.update()
        if self.rig:
            self.rig.reset(worlds)
        self._clock[worlds] = 0
        self._length[worlds] = 0
        self._lost[worlds] = False
        self._return[worlds] = 0.0

    def _episode(self, ended: Tensor, diverged: Tensor) -> dict[str, Tensor]:
        figures = {
            "return": self._return[ended].sum(dim=1),
            "length": self._length[ended].clone(),
            "success": (self.task.success() & ~diverged)[ended],
            "diverged": diverged[ended],
        }
        if self.motors:
            figures["overheated"] = self.motors.overheated()[ended]
            figures["energy_j"] = self.motors.energy[ended].clone()
            figures["peak_winding_celsius"] = self.motors.peak[ended].clone()
        terms = self._return[ended].unbind(1)
        figures |= {f"{TERM}{name}": term for name, term in zip(self.task.reward_terms, terms, strict=True)}
        return figures | {k: v[ended].clone() for k, v in self.task.metrics().items()}
