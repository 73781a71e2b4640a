"""Physics on CPU threads, in double precision: MuJoCo's own batch."""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import mujoco
import numpy as np
import torch
from mujoco.batch import Batch, SimulationError
from torch import Tensor

from envs.cpus import available_cpus
from envs.physics.protocol import PhysicsOverflowError

_FULL = [int(mujoco.mjtWarning.mjWARN_CONTACTFULL), int(mujoco.mjtWarning.mjWARN_CNSTRFULL)]
_BAD = [i for i in range(int(mujoco.mjtWarning.mjNWARNING)) if i not in _FULL]


class CpuPhysics:
    """`envs.physics.Physics` on `mujoco.batch.Batch`: float64, C++ threads, no copies.

    Results do not depend on the number of threads. Each world keeps an `mjData` of its own, about 0.2 MB for a hand.
    """

    device = torch.device("cpu")
    dtype = torch.float64

    def __init__(self, model: mujoco.MjModel, nworld: int, threads: int = 0) -> None:
        """Make `nworld` simulations at the model's defaults.

        Args:
            model: copied; the copy has MuJoCo's automatic reset turned off, so that a world that diverges
                stays as it is until it is seen.
            nworld: number of simulations.
            threads: number of threads, the caller's included; 0 for every CPU this process may use.
        """
        self.model = copy.copy(model)
        self.model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
        self.nworld = nworld
        # not persistent: one mjData per thread instead of per world, 1/60 of the memory at the same speed
        # persistent: a step goes on from the stages that the one before ended with, so they are computed once
        self._batch = Batch(self.model, nworld, threads or available_cpus(), persistent=True)
        self._counts = self._batch.warning[:, :, 1]
        self._fields: dict[str, Tensor] = {}
        self._expanded: dict[str, Tensor] = {}
        self.reset()

    def field(self, name: str) -> Tensor:
        """See `Physics.field`. An output asked for the first time is computed from the state as it stands."""
        if name not in self._fields:
            array = self._batch.bind(name).view()
            if not array.flags.writeable:
                # an output, marked read-only: torch has no such mark and would warn
                array.flags.writeable = True
                self.forward()  # it is zero until the next call
            self._fields[name] = torch.from_numpy(array)
        return self._fields[name]

    def expand(self, name: str) -> Tensor:
        """See `Physics.expand`."""
        if name not in self._expanded:
            self._expanded[name] = torch.from_numpy(self._batch.expand(name).view())
        return self._expanded[name]

    def model_of(self, world: int) -> mujoco.MjModel:
        """See `Physics.model_of`."""
        return self._batch.get_model(world)

    def step(self, nstep: int = 1) -> None:
        """See `Physics.step`."""
        with self._guarded():
            self._batch.step(nstep=nstep, stage=int(mujoco.mjtStage.mjSTAGE_VEL))

    def trace(self, nstep: int, names: Sequence[str]) -> dict[str, Tensor]:
        """See `Physics.trace`."""
        with self._guarded():
            records = self._batch.rollout(nstep, record=list(names))
            self._batch.forward(stage=int(mujoco.mjtStage.mjSTAGE_VEL))
        return {name: torch.from_numpy(records[name]) for name in names}

    def forward(self, worlds: Tensor | None = None) -> None:
        """See `Physics.forward`."""
        with self._guarded():
            self._batch.forward(_ids(worlds), stage=int(mujoco.mjtStage.mjSTAGE_ACC))

    def reset(self, worlds: Tensor | None = None) -> None:
        """See `Physics.reset`."""
        self._batch.reset(_ids(worlds), stage=int(mujoco.mjtStage.mjSTAGE_NONE))

    def diverged(self) -> Tensor:
        """See `Physics.diverged`."""
        # one number that is not finite makes a sum that is not
        bad = ~(self.field("qpos").sum(1) + self.field("qvel").sum(1)).isfinite()
        return bad | torch.from_numpy(self._counts[:, _BAD].any(1)) if self._counts.any() else bad

    def get_state(self) -> Tensor:
        """See `Physics.get_state`."""
        return torch.from_numpy(self._batch.state.copy())

    def set_state(self, state: Tensor) -> None:
        """See `Physics.set_state`."""
        if state.shape != self._batch.state.shape:
            raise ValueError(f"state must have shape {self._batch.state.shape}, got {tuple(state.shape)}")
        self._batch.state[:] = state.numpy(force=True)
        self._counts[:] = 0

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Run the engine: no text about bad states, which are counted; an error for full buffers."""
        with _quiet_engine():
            try:
                yield
            except SimulationError as error:
                if "size memory" in str(error):
                    raise self._overflow(" ".join(str(error).split())) from error
                raise
        if self._counts.any() and (full := self._counts[:, _FULL]).any():
            world = int(full.any(1).argmax())
            raise self._overflow(f"contacts or constraints were dropped, first in world {world}")

    def _overflow(self, what: str) -> PhysicsOverflowError:
        return PhysicsOverflowError(
            f"{what}; raise the model's memory (MjSpec.memory, <size memory>), now {self.model.narena} bytes"
        )


def _ids(worlds: Tensor | None) -> np.ndarray | None:
    """Return sorted, unique indices, as the batch wants them."""
    return None if worlds is None else np.unique(worlds.numpy(force=True))


@functools.cache
def _quiet() -> mujoco.MjLogConfig:
    """A setting that logs nothing; made once, as every step needs it."""
    quiet = mujoco.MjLogConfig.get()
    quiet.logto_console = quiet.logto_file = False
    return quiet


_quiet_lock = threading.Lock()
_quiet_depth = 0
_quiet_before: mujoco.MjLogConfig | None = None


@contextmanager
def _quiet_engine() -> Iterator[None]:
    """Keep the engine from printing a line, and writing it to a file, for each step of a diverged world.

    The setting is the process's: it is put back when the last of the threads in here leaves.
    """
    global _quiet_depth, _quiet_before
    with _quiet_lock:
        if not _quiet_depth:
            _quiet_before = mujoco.MjLogConfig.get()
            _quiet().set()
        _quiet_depth += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_depth -= 1
            if not _quiet_depth and _quiet_before is not None:
                _quiet_before.set()
