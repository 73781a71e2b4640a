"""Physics on CUDA devices, in single precision: MuJoCo Warp. Also runs on Warp's CPU device, slowly."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import mujoco
import numpy as np
import torch
from mujoco.batch import DATA_FIELDS
from torch import Tensor

from envs.physics.protocol import PhysicsOverflowError
from envs.warp_runtime import ContactType, mjw, wp

INTEGRATION = int(mujoco.mjtState.mjSTATE_INTEGRATION)
"""What a state is made of."""

_HOLDING = (int(mujoco.mjtEq.mjEQ_CONNECT), int(mujoco.mjtEq.mjEQ_WELD))

# what to raise when a buffer was full; the solver's iteration limits are no buffers and stay out
_REMEDIES = {
    mjw.OverflowType.NEFC: "njmax",
    mjw.OverflowType.NJMAX_NNZ: "njmax",
    mjw.OverflowType.BROADPHASE: "nconmax",
    mjw.OverflowType.NARROWPHASE: "nconmax",
    mjw.OverflowType.CCD: "nconmax",
    mjw.OverflowType.CONTACT_MATCH: "the model's custom numeric contact_sensor_maxmatch",
    mjw.OverflowType.HFIELD: "the size of the height field's cells",
    mjw.OverflowType.EPA_HORIZON: "the simplicity of the colliding meshes (EPA horizon)",
    mjw.OverflowType.TACTILE: "the size of the tactile sensors' cells",
}


class WarpPhysics:
    """`envs.physics.Physics` on `mujoco_warp`: float32, CUDA graphs, no copies.

    On CUDA, results vary in the last bits from run to run, as atomic additions have no fixed order.

    Attributes:
        sizes: of the buffers, `nconmax` and `njmax`.
        device_model: MuJoCo Warp's, with each world's own values of the fields that were expanded.
    """

    dtype = torch.float32

    def __init__(
        self,
        model: mujoco.MjModel,
        nworld: int,
        device: str | None = None,
        nconmax: int | None = None,
        njmax: int | None = None,
    ) -> None:
        """Make `nworld` simulations at the model's defaults.

        Args:
            model: copied.
            nworld: number of simulations.
            device: "cuda:0", "cpu", …; None for Warp's default, which is the first GPU if there is one.
            nconmax: contacts per world on average, pairs that only come close included; None for an estimate
                from random poses.
            njmax: constraints (joint limits, friction, contact directions, equalities) in any world; None
                for an estimate likewise.
        """
        self.model = copy.copy(model)
        # MuJoCo Warp never resets by itself, and refuses the flag that forbids it
        self.model.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
        self.nworld = nworld
        self._wp_device = wp.get_device(device)
        self.device = torch.device(wp.device_to_torch(self._wp_device))
        with wp.ScopedDevice(self._wp_device):
            self.device_model = mjw.put_model(self.model)
            self.device_model.opt.warn_overflow = 0  # read from the data below instead
            if nconmax is None or njmax is None:
                estimate = _estimate_buffers(self.model, self.device_model)
                nconmax = nconmax or estimate[0]
                njmax = njmax or estimate[1]
            self.sizes = {"nconmax": nconmax, "njmax": njmax}
            self._data = mjw.make_data(self.model, nworld=nworld, nconmax=nconmax, njmax=njmax)
            nstate = mujoco.mj_stateSize(self.model, INTEGRATION)
            self._state = wp.empty((nworld, nstate), dtype=float)
            self._mask = wp.zeros(nworld, dtype=bool)
        self._overflow = wp.to_torch(self._data.overflow)
        self._holds = bool(np.isin(self.model.eq_type, _HOLDING).any())
        self._fields: dict[str, Tensor] = {}
        self._expanded: dict[str, Tensor] = {}
        self._graphs: dict[str, wp.Graph] = {}
        self.forward()

    def field(self, name: str) -> Tensor:
        """See `Physics.field`."""
        if name not in self._fields:
            array = getattr(self._data, name, None) if name in DATA_FIELDS else None
            if not isinstance(array, wp.array) or array.shape[0] != self.nworld:
                raise ValueError(f"{name} is not a field that MuJoCo Warp keeps for each world")
            tensor = wp.to_torch(array)
            # rotation matrices have 9 numbers in mjData
            self._fields[name] = tensor.flatten(-2) if array.dtype is wp.mat33 else tensor
        return self._fields[name]

    def expand(self, name: str) -> Tensor:
        """See `Physics.expand`."""
        if name not in self._expanded:
            array = getattr(self.device_model, name, None)
            # fields that may differ between worlds have an axis for them, of size 1 while they do not
            if not isinstance(array, wp.array) or array.shape[0] != 1 or not hasattr(self.model, name):
                raise ValueError(f"{name} is not a field that MuJoCo Warp can keep for each world")
            values = np.repeat(array.numpy(), self.nworld, axis=0)
            with wp.ScopedDevice(self._wp_device):
                own = wp.array(values, dtype=array.dtype)
            setattr(self.device_model, name, own)
            self._graphs.clear()  # they were captured with the shared values
            self._expanded[name] = wp.to_torch(own)
        return self._expanded[name]

    def model_of(self, world: int) -> mujoco.MjModel:
        """See `Physics.model_of`."""
        model = copy.copy(self.model)
        for name, values in self._expanded.items():
            getattr(model, name)[:] = values[world].numpy(force=True).reshape(getattr(model, name).shape)
        return model

    def step(self, nstep: int = 1) -> None:
        """See `Physics.step`."""
        self._run(f"step {nstep}", lambda: self._step(nstep))
        self._check_overflow()

    def trace(self, nstep: int, names: Sequence[str]) -> dict[str, Tensor]:
        """See `Physics.trace`."""
        rows: dict[str, list[Tensor]] = {name: [] for name in names}
        for _ in range(nstep):
            self._run("substep", self._substep)
            for name, row in rows.items():
                row.append(self.field(name).clone())
        self._run("look", self._look)
        self._check_overflow()
        return {name: torch.stack(row, dim=1) for name, row in rows.items()}

    def forward(self, worlds: Tensor | None = None) -> None:
        """See `Physics.forward`; all worlds are recomputed."""
        self._run("forward", self._forward)
        self._check_overflow()

    def reset(self, worlds: Tensor | None = None) -> None:
        """See `Physics.reset`."""
        mask = wp.to_torch(self._mask)
        mask[:] = worlds is None
        if worlds is not None:
            mask[worlds.to(self.device)] = True
        self._run("reset", lambda: mjw.reset_data(self.device_model, self._data, self._mask))

    def contacts(self) -> dict[str, np.ndarray]:
        """The contacts of all worlds in no order: `worldid` (n,), `geom` (n, 2), `dist` and `includemargin` (n,) m."""
        contact = self._data.contact
        count = min(int(self._data.nacon.numpy()[0]), self._data.naconmax)
        physical = (contact.type.numpy()[:count] & ~int(ContactType.SENSOR)) != 0
        names = ("worldid", "geom", "dist", "includemargin")
        return {name: getattr(contact, name).numpy()[:count][physical] for name in names}

    def diverged(self) -> Tensor:
        """See `Physics.diverged`; a bad acceleration or control shows until the next step only."""
        # MuJoCo Warp reports no bad states: the same bound as MuJoCo's, which NaN fails too
        sound = [
            (self.field(name).abs() < mujoco.mjMAXVAL).all(1) for name in ("qpos", "qvel", "qacc", "ctrl")
        ]
        return ~torch.stack(sound).all(0)

    def get_state(self) -> Tensor:
        """See `Physics.get_state`."""
        with wp.ScopedDevice(self._wp_device):
            # Warp's array2d is a type for kernels, which no array has in Python's eyes
            mjw.get_state(self.device_model, self._data, self._state, INTEGRATION)  # pyright: ignore[reportArgumentType]
        return wp.to_torch(self._state).clone()

    def set_state(self, state: Tensor) -> None:
        """See `Physics.set_state`."""
        if state.shape != self._state.shape:
            raise ValueError(f"state must have shape {self._state.shape}, got {tuple(state.shape)}")
        wp.to_torch(self._state).copy_(state)
        with wp.ScopedDevice(self._wp_device):
            mjw.set_state(self.device_model, self._data, self._state, INTEGRATION)  # pyright: ignore[reportArgumentType]

    def _step(self, nstep: int) -> None:
        for _ in range(nstep):
            self._substep()
        self._look()

    def _substep(self) -> None:
        self._catch_up()
        mjw.step(self.device_model, self._data)

    def _forward(self) -> None:
        self._catch_up()
        mjw.forward(self.device_model, self._data)

    def _catch_up(self) -> None:
        """Velocities of bodies, from which MuJoCo Warp builds welds and connects before it computes them anew.

        Without this it would take those of the state before: accelerations of held bodies off by up to 5 m/s².
        """
        if self._holds:
            mjw.kinematics(self.device_model, self._data)
            mjw.com_pos(self.device_model, self._data)
            mjw.com_vel(self.device_model, self._data)

    def _look(self) -> None:
        # as mjw.step1, but without clearing the sensors: those of accelerations keep the last step's values
        mjw.fwd_position(self.device_model, self._data, factorize=False)
        mjw.sensor_pos(self.device_model, self._data)
        mjw.fwd_velocity(self.device_model, self._data)
        mjw.sensor_vel(self.device_model, self._data)

    def _run(self, name: str, launch: Callable[[], None]) -> None:
        """Launch kernels; on CUDA as a graph that is captured the first time.

        Warp's stream and torch's default stream wait for each other, as both are blocking streams.
        """
        with wp.ScopedDevice(self._wp_device):
            if not self._wp_device.is_cuda:
                launch()
                return
            if name not in self._graphs:
                with wp.ScopedCapture() as capture:
                    launch()
                assert capture.graph is not None
                self._graphs[name] = capture.graph
            wp.capture_launch(self._graphs[name])

    def _check_overflow(self) -> None:
        # waits for the device: dropped contacts must not go on unseen
        flags = int(np.bitwise_or.reduce(self._overflow.numpy(force=True)))
        remedies = [remedy for bit, remedy in _REMEDIES.items() if flags & bit]
        if remedies:
            settings = ", ".join(dict.fromkeys(remedies))
            sizes = ", ".join(f"{name}={size}" for name, size in self.sizes.items())
            raise PhysicsOverflowError(
                f"contacts or constraints were dropped; raise {settings} (now {sizes})"
            )


def _estimate_buffers(model: mujoco.MjModel, device_model: mjw.Model, nworld: int = 32) -> tuple[int, int]:
    """Estimate `nconmax` and `njmax`: twice what random poses within the joints' ranges need."""
    pairs = int(device_model.nxn_geom_pair_filtered.shape[0])
    probe = mjw.make_data(model, nworld=nworld, nconmax=min(1024, 8 * pairs) + 16, njmax=1)
    poses = np.tile(model.qpos0, (nworld, 1))
    hinges = np.isin(model.jnt_type, (mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE))
    ranged = hinges & model.jnt_limited.astype(bool)
    low, high = model.jnt_range[ranged].T
    poses[:, model.jnt_qposadr[ranged]] = np.random.default_rng(0).uniform(low, high, (nworld, len(low)))
    probe.qpos.assign(poses)
    mjw.fwd_kinematics(device_model, probe)
    mjw.collision(device_model, probe)
    contacts = min(int(probe.nacon.numpy()[0]), probe.naconmax)
    candidates = max(contacts, int(probe.ncollision.numpy()[0]))
    nconmax = 16 + 2 * candidates // nworld
    worlds = probe.contact.worldid.numpy()[:contacts]
    most = 8 + 2 * int(np.bincount(worlds, minlength=nworld).max())
    return nconmax, _fixed_rows(model) + most * _rows_per_contact(model)


def _fixed_rows(model: mujoco.MjModel) -> int:
    """Constraint rows that need no contact, at most: equalities, dry friction, limits."""
    equalities = 6 * model.neq
    friction = (model.dof_frictionloss > 0).sum() + (model.tendon_frictionloss > 0).sum()
    limits = model.jnt_limited.sum() + model.tendon_limited.sum()
    return int(equalities + friction + limits)


def _rows_per_contact(model: mujoco.MjModel) -> int:
    """Constraint rows of one contact, at most."""
    dimension = int(np.concatenate([[1], model.geom_condim, model.pair_dim]).max())
    pyramid = model.opt.cone == mujoco.mjtCone.mjCONE_PYRAMIDAL
    return max(1, 2 * (dimension - 1)) if pyramid else dimension
