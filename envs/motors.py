"""A robot's gearmotors beside the physics: their currents, heat and energy, on any backend."""

from collections.abc import Sequence

import mujoco
import torch
from torch import Tensor

from envs.physics import Physics
from hand_model.gearmotors import CONSTANT, DAMPING, MOST_VOLTAGE, RESISTANCE, STIFFNESS, Gearmotor
from hand_model.heat import MotorHeat

_POSITION = 1
"""`ctrlspec` of a position input."""
_DCMOTOR = int(mujoco.mjtBias.mjBIAS_DCMOTOR)
_IMPLICIT = (mujoco.mjtIntegrator.mjINT_IMPLICIT, mujoco.mjtIntegrator.mjINT_IMPLICITFAST)
_CLOSE = 1e-6
"""Share within which a torque counts as at its limit: single precision."""
_SIGMA0 = 5
"""Place in its `dynprm`."""
_TRACED, _BOOKED = ("actuator_force", "actuator_velocity", "act"), ("actuator_length",)
"""Fields that currents follow from, and what the energy account needs beside them."""

ENERGY_TERMS = ("terminals", "winding", "friction", "gearhead", "joint", "stored")
"""Where a motor's energy comes from (the first) and goes to; `EnergyLedger` says how each is measured."""


class Motors:
    """Steps the physics and follows every motor through each physics step.

    The engine knows a motor's resistance and largest torque; heat changes both. So after each control step the windings
    advance with the mean square of their currents, and the resistance that they have then and the torque that the
    driver still allows are written to each world's model.

    Args:
        physics: the worlds; their integrator is an implicit one.
        gearmotors: one for each dcmotor of the model, in its order. These come before any other actuators, have a
            position input, and are the ones that are followed.
        ambient: temperature of the air, °C.
        ledger: whether to account for the energy, which costs time.

    Raises:
        ValueError: a model without such actuators or integrator, or another number of gearmotors.

    Attributes:
        heat: temperatures of windings and housings.
        current: (nworld, nu) A, in the last physics step.
        energy: electrical, (nworld,) J, drawn by all motors since the last reset; what they give back counts against
            it.
        peak: temperature of the hottest winding since then, (nworld,) °C.
        ledger: the energy account; none unless asked for.
    """

    def __init__(
        self,
        physics: Physics,
        gearmotors: Sequence[Gearmotor],
        ambient: float = 22.0,
        ledger: bool = False,
    ) -> None:
        model = physics.model
        dcmotors = model.actuator_biastype == _DCMOTOR
        if len(gearmotors) != dcmotors.sum() or not dcmotors[: len(gearmotors)].all():
            raise ValueError(
                f"expected the first actuators to be dcmotors, with a gearmotor for each of {dcmotors.sum()}, "
                f"got {len(gearmotors)}"
            )
        self.physics = physics
        self.heat = MotorHeat(gearmotors, physics.nworld, physics.device, ambient)
        count = self._count = len(gearmotors)
        self.current = torch.zeros(physics.nworld, count, dtype=physics.dtype, device=physics.device)
        self.energy = torch.zeros(physics.nworld, dtype=physics.dtype, device=physics.device)
        self.peak = torch.full_like(self.heat.winding[:, 0], ambient)
        self._timestep = model.opt.timestep
        self._range = physics.expand("actuator_forcerange")[:, :count]
        self._drivers = _Drivers(physics, count)
        self._speed = physics.field("actuator_velocity")[:, :count]

        def column(values: object) -> Tensor:
            return torch.as_tensor(values, dtype=physics.dtype, device=physics.device)

        self._efficiency = column([g.efficiency for g in gearmotors])
        self._bearable = column(model.actuator_forcerange[:count, 1])
        self.ledger = EnergyLedger(physics, gearmotors) if ledger else None
        self._write()

    def step(self, nstep: int) -> None:
        """Advance every world by `nstep` physics steps, and the temperatures by as much time."""
        drivers, seconds = self._drivers, self._timestep
        drivers.look()
        names = (*_TRACED, *(_BOOKED if self.ledger else ()))
        trace = self.physics.trace(nstep, names)
        # activations are the dcmotors' alone
        trace |= {name: trace[name][..., : self._count] for name in names if name != "act"}
        begun = trace["actuator_velocity"]
        gained = torch.cat([begun[:, 1:], self._speed[:, None]], dim=1) - begun
        way = (begun + gained / 2) * seconds
        drag = drivers.drag(trace["act"])
        currents = drivers.currents(trace["actuator_force"] + drag, begun, gained, self._range[:, None, :, 1])
        square = currents.square()
        heat = drivers.resistance * square.sum(1) * seconds
        work = drivers.constant * (currents * way).sum(1)
        self.energy += ((heat + work) / self._efficiency).sum(1)
        if self.ledger:
            voltage = drivers.voltages(currents, trace["actuator_length"], begun, gained)
            self.ledger.book(currents, voltage, drag, way, gained, begun)
        self.current = currents[:, -1]
        self.heat.advance(square.mean(1).double(), nstep * seconds)
        self.peak = torch.maximum(self.peak, self.heat.winding.amax(1))
        self._write()

    def overheated(self) -> Tensor:
        """Worlds in which a winding is at its limit or above, (nworld,) bool: only where a driver does not derate."""
        return (self.heat.winding > self.heat.limit + 1.0).any(1)

    def reset(self, worlds: Tensor) -> None:
        """Cool the motors of worlds (n,) int64 down."""
        self.heat.reset(worlds)
        self.current[worlds] = 0
        self.energy[worlds] = 0
        self.peak[worlds] = self.heat.ambient
        self._write()

    def state_dict(self) -> dict[str, Tensor]:
        """What the next step depends on."""
        tensors = {
            "winding": self.heat.winding,
            "housing": self.heat.housing,
            "peak": self.peak,
            "energy": self.energy,
        }
        return {name: tensor.clone() for name, tensor in tensors.items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        self.heat.winding = state["winding"].clone()
        self.heat.housing = state["housing"].clone()
        self.peak, self.energy = state["peak"].clone(), state["energy"].clone()
        self._write()

    def _write(self) -> None:
        """Tell each world's model how its windings are."""
        self._drivers.resistance[:] = self.heat.resistance().to(self.physics.dtype) * self._efficiency
        limit = self.heat.current_limit().to(self.physics.dtype) * self._drivers.constant
        limit = torch.minimum(limit, self._bearable)
        self._range[..., 0] = -limit
        self._range[..., 1] = limit


class _Drivers:
    """The drivers and their motors' friction as the engine has them, at the motors' shafts.

    The engine takes a step with the torque at its start, and the implicit integrators correct it by how it changes
    with the speed: what acts is the torque at the start plus slope times the speed gained. Resistance, constant and
    voltages are all multiplied by the efficiency (`Gearmotor.drive`). Tensors of physics steps are (nworld, nstep, nu).

    Attributes:
        constant: torque constant, (nu,) N·m/A.
        resistance: each world's, (nworld, nu) Ω; a live view.
    """

    def __init__(self, physics: Physics, count: int) -> None:
        model = physics.model
        if (model.actuator_ctrlspec[:count] != _POSITION).any():
            raise ValueError("motors are followed only where all dcmotors have a position input")
        if model.opt.integrator not in _IMPLICIT:
            raise ValueError("motors are followed only under an implicit integrator, such as implicitfast")

        def column(values: object, kind: torch.dtype = physics.dtype) -> Tensor:
            return torch.as_tensor(values, dtype=kind, device=physics.device)

        gain = column(model.actuator_gainprm[:count])
        self.constant, self._stiffness, self._damping, self._most = (
            gain[:, i] for i in (CONSTANT, STIFFNESS, DAMPING, MOST_VOLTAGE)
        )
        self._low, self._high = column(model.actuator_ctrlrange[:count]).unbind(1)
        self.resistance = physics.expand("actuator_gainprm")[:, :count, RESISTANCE]
        self._ctrl, self._act = physics.field("ctrl")[:, :count], physics.field("act")
        # a motor like `Gearmotor`'s keeps one activation, its bristles' deflection; one without friction none
        self._bristles = column(model.actuator_actadr[:count].clip(min=0), torch.int64)
        self._bristle_stiffness = column(model.actuator_dynprm[:count, _SIGMA0])

    def look(self) -> None:
        """Take in the worlds as the coming physics steps find them."""
        self._command = torch.minimum(torch.maximum(self._ctrl, self._low), self._high).unsqueeze(1)
        self._begun = self._act.clone()

    def drag(self, act: Tensor) -> Tensor:
        """What friction took from the torque in each physics step, N·m.

        Args:
            act: activations as the steps left them, (nworld, nstep, na).
        """
        if not act.shape[2]:
            return torch.zeros((*act.shape[:2], len(self.constant)), dtype=act.dtype, device=act.device)
        begun = torch.cat([self._begun[:, None], act[:, :-1]], dim=1)
        return self._bristle_stiffness * begun.index_select(2, self._bristles)

    def currents(self, torque: Tensor, speed: Tensor, gained: Tensor, limit: Tensor) -> Tensor:
        """Current in each physics step, A.

        Args:
            torque: electrical, at the start of each step, N·m.
            speed: at the start of each step, rad/s.
            gained: speed gained in it, rad/s.
            limit: the driver's torque limit, N·m.
        """
        resistance = self.resistance[:, None]
        wanted = resistance / self.constant * torque + self.constant * speed
        self._full = wanted.abs() >= self._most * (1 - _CLOSE)
        self._limited = torque.abs() >= limit * (1 - _CLOSE)
        slope = torch.where(self._full, -self.constant.square() / resistance, -self._damping)
        return (torque + torch.where(self._limited, 0.0, slope) * gained) / self.constant

    def voltages(self, current: Tensor, length: Tensor, speed: Tensor, gained: Tensor) -> Tensor:
        """What the terminals had in each physics step, V: by the control law, within the limits.

        Args:
            current: A.
            length: shaft angle at the start of each step, rad.
            speed: at the start of each step, rad/s.
            gained: speed gained in it, rad/s.
        """
        resistance, mean = self.resistance[:, None], speed + gained / 2
        torque = self._stiffness * (self._command - length) - self._damping * (speed + gained)
        wanted = resistance / self.constant * torque + self.constant * mean
        free = torch.where(self._full, self._most * wanted.sign(), wanted)
        # at its current limit a driver lowers the voltage
        return torch.where(self._limited, resistance * current + self.constant * mean, free)


class EnergyLedger:
    """Where the energy of each motor went since the start, each term summed on its own over physics steps.

    - `terminals`, in: the driver's voltage, by its control law and its limits, times the current;
    - `winding`: resistance times current squared;
    - `friction`: the bristles' force times the shaft's way; what the bristles store comes back from it;
    - `gearhead`: what losses on the way to the joint take of the torque, times the way;
    - `joint`: the engine's torque past what accelerates the rotor, times the way: work done on the robot;
    - `stored`: change of the rotor's kinetic energy.

    Way is mean speed times time. A driver at its full voltage is the one that the engine's step gets wrong, by half the
    speed gained: the account closes as steps get short, within 1% of the terminals' at 1/1800 s with hands like this
    project's.

    Args:
        physics: the worlds.
        gearmotors: one for each actuator.

    Attributes:
        terms: (nworld, nu) J by name of the term.
    """

    def __init__(self, physics: Physics, gearmotors: Sequence[Gearmotor]) -> None:
        self._timestep = physics.model.opt.timestep
        count = len(gearmotors)
        self._resistance = physics.expand("actuator_gainprm")[:, :count, RESISTANCE]

        def column(values: object) -> Tensor:
            return torch.as_tensor(values, dtype=physics.dtype, device=physics.device)

        self._constant = column(physics.model.actuator_gainprm[:count, CONSTANT])
        self._efficiency = column([g.efficiency for g in gearmotors])
        self._rotor = column([g.inertia for g in gearmotors])
        zero = torch.zeros(physics.nworld, count, dtype=physics.dtype, device=physics.device)
        self.terms = {name: zero.clone() for name in ENERGY_TERMS}

    @property
    def balance(self) -> Tensor:
        """What came in and is not accounted for, (nworld, nu) J."""
        rest = self.terms["terminals"].clone()
        for name in ENERGY_TERMS[1:]:
            rest -= self.terms[name]
        return rest

    def book(
        self, current: Tensor, voltage: Tensor, drag: Tensor, way: Tensor, gained: Tensor, speed: Tensor
    ) -> None:
        """Book physics steps, all (nworld, nstep, nu), at the shaft.

        Args:
            current: A.
            voltage: V.
            drag: friction, N·m.
            way: rad.
            gained: speed gained, rad/s.
            speed: at the start of each step, rad/s.
        """
        eta, seconds = self._efficiency, self._timestep
        force = self._constant * current - drag  # past all losses
        booked = {
            "terminals": voltage / eta * current * seconds,
            "winding": self._resistance[:, None] / eta * current.square() * seconds,
            "friction": drag / eta * way,
            "gearhead": (1 / eta - 1) * force * way,
            "joint": (force - self._rotor * gained / seconds) * way,
            "stored": self._rotor * ((speed + gained).square() - speed.square()) / 2,
        }
        for name, steps in booked.items():
            self.terms[name] += steps.sum(1)
