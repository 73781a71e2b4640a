"""What a task may ask of a physics engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import mujoco
import torch
from torch import Tensor


class PhysicsOverflowError(RuntimeError):
    """A buffer for contacts or constraints was too small; the message names the setting to raise.

    The engine drops what does not fit, so the states that follow are wrong: this is never ignored.
    """


class Physics(Protocol):
    """`nworld` independent simulations of one model, stepped together.

    Attributes:
        model: the backend's own copy of the model; editing it does not change the simulations.
        nworld: number of simulations.
        device: where the fields live.
        dtype: the fields' floating-point type.
    """

    model: mujoco.MjModel
    nworld: int
    device: torch.device
    dtype: torch.dtype

    def field(self, name: str) -> Tensor:
        """Return a live view of an `mjData` field, without a copy.

        State fields (`qpos`, `qvel`, `act`, `ctrl`, `mocap_pos`, `mocap_quat`, `xfrc_applied`,
        `qacc_warmstart`, `time`, …) may be written: the next call steps from what was written. The others
        are outputs of the last call, and to be read only. Units are MuJoCo's: m, rad, s, N, N·m.

        Do not read what MuJoCo computes only when a sensor asks for it (`cacc`, `cfrc_int`, `cfrc_ext`,
        `subtree_linvel`, `subtree_angmom`): give the model the sensor and read `sensordata`.

        Ask for a field of the last physics step (`actuator_force`, …) before that step: one that is first asked for
        afterwards may not hold it yet.

        Args:
            name: the field's name in `mjData`.

        Returns:
            (nworld, ...) tensor, the same one at every call.

        Raises:
            ValueError: if this backend has no field of that name.
        """
        ...

    def expand(self, name: str) -> Tensor:
        """Give every world its own values of an `mjModel` field; return them as a live view, without a copy.

        They may be written: the next call computes with them. `reset`, `get_state` and `set_state` leave them alone.

        Args:
            name: the field's name in `mjModel`, such as `actuator_gainprm`.

        Returns:
            (nworld, ...) tensor, the model's values at first, the same one at every call.

        Raises:
            ValueError: if this backend has no such field for each world.
        """
        ...

    def model_of(self, world: int) -> mujoco.MjModel:
        """Return a copy of the model that one world runs on, with its own values of the fields that `expand` gave out.

        Args:
            world: its index.
        """
        ...

    def step(self, nstep: int = 1) -> None:
        """Advance every world by `nstep` physics steps with the controls as they stand.

        Afterwards position- and velocity-dependent fields describe the new state; acceleration-dependent
        ones (`actuator_force`, `qacc`, accelerometers, …) the last physics step.

        Raises:
            PhysicsOverflowError: if contacts or constraints were dropped.
        """
        ...

    def trace(self, nstep: int, names: Sequence[str]) -> dict[str, Tensor]:
        """Do as `step`, and return what went on in each physics step.

        Args:
            nstep: physics steps.
            names: fields of `mjData`.

        Returns:
            (nworld, nstep, ...) of each field: state (`qpos`, `act`, …) as a step left it, all else as it was computed
            in that step, from the state at its start. A world that diverges repeats its last rows.

        Raises:
            PhysicsOverflowError: if contacts or constraints were dropped.
        """
        ...

    def forward(self, worlds: Tensor | None = None) -> None:
        """Bring all derived fields up to date with the state, which stays as it is.

        Args:
            worlds: (n,) int64 indices of the worlds whose state was written; None for all. A backend may
                recompute more worlds than these.

        Raises:
            PhysicsOverflowError: if contacts or constraints were dropped.
        """
        ...

    def reset(self, worlds: Tensor | None = None) -> None:
        """Put worlds at the model's defaults: `qpos0`, all else zero, mocap bodies at their places.

        Derived fields need `forward` afterwards.

        Args:
            worlds: (n,) int64 indices; None for all.
        """
        ...

    def diverged(self) -> Tensor:
        """Tell which worlds hold a state that means nothing anymore.

        Returns:
            (nworld,) bool: the position or velocity is not finite, or the engine reported a bad position,
            velocity, acceleration, control or inertia since the world's last `reset`.
        """
        ...

    def get_state(self) -> Tensor:
        """Return a copy of the whole integration state, for checkpoints.

        Returns:
            (nworld, nstate): one `mjSTATE_INTEGRATION` row per world, warmstart included.
        """
        ...

    def set_state(self, state: Tensor) -> None:
        """Restore what `get_state` returned and clear the record of reported bad states.

        On CPU the worlds continue to the bit. Derived fields need `forward` afterwards.

        Args:
            state: (nworld, nstate).

        Raises:
            ValueError: if the shape is another one.
        """
        ...
