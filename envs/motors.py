"""A robot's gearmotors beside the physics: their currents, heat and energy, on any backend."""

from collections.abc import Sequence

import torch
from torch import Tensor

from envs.physics import Physics
from hand_model.gearmotors import Gearmotor
from hand_model.heat import MotorHeat

_R, _K, _KP, _KD, _VMAX = 0, 1, 4, 6, 7
"""Places in a dcmotor's `gainprm`."""
_SIGMA0, _SIGMA1 = 5, 6
"""Places in its `dynprm`."""
_COULOMB = 3
"""Place in its `biasprm`."""

ENERGY_TERMS = ("terminals", "winding", "friction", "gearhead", "joint", "stored")
"""Where a motor's energy comes from (the first) and goes to; `EnergyLedger` says how each is measured."""


class Motors:
    """Steps the physics and follows every motor through each physics step.

    The engine knows a motor's resistance and largest torque; heat changes both. So after each control step the windings
    advance with the mean square of their currents, and the resistance that they have then and the torque that the
    driver still allows are written to each world's model.

    Args:
        physics: the worlds.
        gearmotors: one for each actuator of the model, in its order.
        ambient: temperature of the air, °C.
        ledger: whether to account for the energy, which costs time.

    Attributes:
        heat: temperatures of windings and housings.
        current: (nworld, nu) A, in the last physics step.
        energy: electrical, drawn by all motors since the last reset, (nworld,) J; what they give back counts against it.
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
        if len(gearmotors) != model.nu:
            raise ValueError(f"expected a gearmotor for each of {model.nu} actuators, got {len(gearmotors)}")
        self.physics = physics
        self.heat = MotorHeat(gearmotors, physics.nworld, physics.device, ambient)
        self.current = torch.zeros(physics.nworld, model.nu, dtype=physics.dtype, device=physics.device)
        self.energy = torch.zeros(physics.nworld, dtype=physics.dtype, device=physics.device)
        self.peak = torch.full_like(self.heat.winding[:, 0], ambient)
        self._timestep = model.opt.timestep
        self._gain = physics.expand("actuator_gainprm")
        self._range = physics.expand("actuator_forcerange")

        def column(values: object) -> Tensor:
            return torch.as_tensor(values, dtype=physics.dtype, device=physics.device)

        self._efficiency = column([g.efficiency for g in gearmotors])
        self._constant = column(model.actuator_gainprm[:, _K])
        self._bearable = column(model.actuator_forcerange[:, 1])
        self._friction = _Bristles(physics)
        self.ledger = EnergyLedger(physics, gearmotors) if ledger else None
        self._write()

    def step(self, nstep: int) -> None:
        """Advance every world by `nstep` physics steps, and the temperatures by as much time."""
        length = self.physics.field("actuator_length")
        square, turned = torch.zeros_like(self.current), torch.zeros_like(self.current)
        for _ in range(nstep):
            friction, start = self._friction.force(), length.clone()
            if self.ledger:
                self.ledger.before(friction)
            self.physics.step()
            self.current = (self.physics.field("actuator_force") + friction) / self._constant
            square += self.current.square()
            turned += self.current * (length - start)
            if self.ledger:
                self.ledger.after(self.current, self._gain[..., _R])
        heat = self._gain[..., _R] * square * self._timestep
        self.energy += ((heat + self._constant * turned) / self._efficiency).sum(1)
        self.heat.advance((square / nstep).double(), nstep * self._timestep)
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
        tensors = {"winding": self.heat.winding, "housing": self.heat.housing, "peak": self.peak, "energy": self.energy}
        return {name: tensor.clone() for name, tensor in tensors.items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        self.heat.winding = state["winding"].clone()
        self.heat.housing = state["housing"].clone()
        self.peak, self.energy = state["peak"].clone(), state["energy"].clone()
        self._write()

    def _write(self) -> None:
        """Tell each world's model how its windings are."""
        self._gain[..., _R] = self.heat.resistance().to(self.physics.dtype) * self._efficiency
        limit = self.heat.current_limit().to(self.physics.dtype) * self._constant
        limit = torch.minimum(limit, self._bearable)
        self._range[..., 0] = -limit
        self._range[..., 1] = limit


class _Bristles:
    """The engine's LuGre friction, which is part of `actuator_force` and no work of the current."""

    def __init__(self, physics: Physics) -> None:
        model = physics.model
        self._physics = physics
        dynamic, bias = model.actuator_dynprm, model.actuator_biasprm

        def column(values: object) -> Tensor:
            return torch.as_tensor(values, dtype=physics.dtype, device=physics.device)

        self._some = bool((dynamic[:, _SIGMA0] > 0).any())
        # A motor without inductance, slew limit or integrator keeps one activation, the bristles' deflection.
        self._address = torch.as_tensor(model.actuator_actadr.clip(min=0), dtype=torch.int64, device=physics.device)
        self._stiffness, self._damping = column(dynamic[:, _SIGMA0]), column(dynamic[:, _SIGMA1])
        self._coulomb = column(bias[:, _COULOMB]).clamp(min=1e-30)

    def force(self) -> Tensor:
        """What friction will take from each actuator's force in the next physics step, (nworld, nu) N·m."""
        velocity = self._physics.field("actuator_velocity")
        if not self._some:
            return torch.zeros_like(velocity)
        deflection = self._physics.field("act").index_select(1, self._address)
        rate = velocity - self._stiffness * velocity.abs() / self._coulomb * deflection
        return self._stiffness * deflection + self._damping * rate


class EnergyLedger:
    """Where the energy of each motor went since the start, each term summed on its own over physics steps.

    - `terminals`, in: the driver's voltage, by its control law and its limits, times the current;
    - `winding`: resistance times current squared;
    - `friction`: the bristles' force times the shaft's way; what the bristles store comes back from it;
    - `gearhead`: what its efficiency takes of the torque, times the way;
    - `joint`: torque past what accelerates the rotor, times the joint's way: work done on the robot;
    - `stored`: change of the rotor's kinetic energy.

    The engine's currents are those at the start of a step. So the account closes as steps get short: within 1% at
    0.5 ms with motors like the hand's.

    Args:
        physics: the worlds; their actuators are dcmotors with a position input that turn joints.
        gearmotors: one for each actuator.

    Attributes:
        terms: (nworld, nu) J by name of the term.
    """

    def __init__(self, physics: Physics, gearmotors: Sequence[Gearmotor]) -> None:
        model = physics.model
        self._physics = physics
        self._timestep = model.opt.timestep

        def column(values: object) -> Tensor:
            return torch.as_tensor(values, dtype=physics.dtype, device=physics.device)

        gain = column(model.actuator_gainprm)
        self._resistance, self._constant = gain[:, _R], gain[:, _K]
        self._stiffness, self._damping, self._most = gain[:, _KP], gain[:, _KD], gain[:, _VMAX]
        self._low, self._high = column(model.actuator_ctrlrange).unbind(1)
        self._efficiency = column([g.efficiency for g in gearmotors])
        self._rotor = column([g.inertia for g in gearmotors])
        zero = torch.zeros(physics.nworld, model.nu, dtype=physics.dtype, device=physics.device)
        self.terms = {name: zero.clone() for name in ENERGY_TERMS}

    @property
    def balance(self) -> Tensor:
        """What came in and is not accounted for, (nworld, nu) J."""
        rest = self.terms["terminals"].clone()
        for name in ENERGY_TERMS[1:]:
            rest -= self.terms[name]
        return rest

    def before(self, friction: Tensor) -> None:
        """Remember the shafts as a physics step finds them; `friction` (nworld, nu) N·m acts in it."""
        field = self._physics.field
        self._length = field("actuator_length").clone()
        self._speed = field("actuator_velocity").clone()
        self._drag = friction
        command = torch.minimum(torch.maximum(field("ctrl"), self._low), self._high)
        torque = self._stiffness * (command - self._length) - self._damping * self._speed
        voltage = self._resistance / self._constant * torque + self._constant * self._speed
        self._voltage = torch.minimum(torch.maximum(voltage, -self._most), self._most)

    def after(self, current: Tensor, resistance: Tensor) -> None:
        """Book a physics step: currents (nworld, nu) A and the resistances (nworld, nu) Ω that the engine knew."""
        way = self._physics.field("actuator_length") - self._length
        speed = self._physics.field("actuator_velocity")
        eta, seconds = self._efficiency, self._timestep
        # a driver at its current limit lowers its voltage to what that current needs
        needed = resistance * current + self._constant * self._speed
        voltage = torch.where(self._voltage.abs() < needed.abs(), self._voltage, needed)
        torque = self._constant / eta * current
        gained = self._rotor * (speed - self._speed) * way / seconds
        terms = self.terms
        terms["terminals"] += voltage / eta * current * seconds
        terms["winding"] += resistance / eta * current.square() * seconds
        terms["friction"] += self._drag / eta * way
        terms["gearhead"] += (1 - eta) * (torque - self._drag / eta) * way
        terms["joint"] += self._physics.field("actuator_force") * way - gained
        terms["stored"] += self._rotor * (speed.square() - self._speed.square()) / 2
