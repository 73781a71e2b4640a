"""Winding and housing temperatures of a robot's motors, batched over worlds."""

from collections.abc import Sequence

import torch
from torch import Tensor

from hand_model.gearmotors import Gearmotor
from hand_model.motors import COPPER


class MotorHeat:
    """Two nodes for each motor: the winding, heated by its current, and the housing, cooled by the air.

        C1 dTw/dt = i² R(Tw) - (Tw - Th) / R1
        C2 dTh/dt = (Tw - Th) / R1 - (Th - Ta) / R2

    with R(T) = R0 (1 + 0.0039 (T - T0)) and C = τ / R of each node, as data sheets define their time constants. For a
    constant current the nodes advance by the matrix exponential: no step is too long for them.

    Args:
        gearmotors: one for each actuator.
        nworld: number of worlds.
        device: where the temperatures live.
        ambient: temperature of the air, and of all at the start, °C.

    Attributes:
        winding: (nworld, nu) °C.
        housing: (nworld, nu) °C.
        limit: (nu,) highest temperature of each winding, °C.
    """

    def __init__(
        self,
        gearmotors: Sequence[Gearmotor],
        nworld: int,
        device: torch.device | str = "cpu",
        ambient: float = 22.0,
    ) -> None:
        self.ambient = ambient
        motors = [gearmotor.motor for gearmotor in gearmotors]

        def column(figures: list[float]) -> Tensor:
            return torch.tensor(figures, dtype=torch.float64, device=device)

        self.limit = column([m.winding_limit for m in motors])
        self._resistance = column([m.resistance for m in motors])
        self._reference = column([m.reference for m in motors])
        self._most = column([g.clamp for g in gearmotors])
        self._derates = torch.tensor([g.driver.derates for g in gearmotors], device=device)
        self._inner = column([m.winding_to_housing for m in motors])
        self._outer = column([m.housing_to_ambient for m in motors])
        self._capacity = column([m.winding_time / m.winding_to_housing for m in motors])
        self._housing_capacity = column([m.housing_time / m.housing_to_ambient for m in motors])
        self.winding = torch.full((nworld, len(motors)), ambient, dtype=torch.float64, device=device)
        self.housing = self.winding.clone()
        self._steps: dict[float, Tensor] = {}

    def reset(self, worlds: Tensor) -> None:
        """Cool worlds (n,) int64 down to the air's temperature."""
        self.winding[worlds] = self.ambient
        self.housing[worlds] = self.ambient

    def resistance(self) -> Tensor:
        """Of the windings as hot as they are, (nworld, nu) Ω."""
        return self._resistance * self._factor(self.winding)

    def load(self) -> Tensor:
        """Share of the way from the air's temperature to its limit that each winding has gone, (nworld, nu)."""
        return (self.winding - self.ambient) / (self.limit - self.ambient)

    def current_limit(self) -> Tensor:
        """What a driver that protects its motor sends at most, (nworld, nu) A.

        The current at which the winding would approach its limit with its own time constant: a cold winding takes all
        that the driver has, one at its limit only what the housing carries away.
        """
        power = ((self.limit - self.housing) + (self.limit - self.winding)).clamp(min=0) / self._inner
        allowed = torch.where(self._derates, (power / self.resistance()).sqrt(), torch.inf)
        return torch.minimum(allowed, self._most)

    def advance(self, square_current: Tensor, seconds: float) -> None:
        """Let time pass.

        Args:
            square_current: mean of i² over that time, (nworld, nu) A².
            seconds: s.
        """
        if seconds not in self._steps:
            self._steps[seconds] = self._transition(seconds)
        step = self._steps[seconds]
        rises = torch.stack([self.winding - self.ambient, self.housing - self.ambient], dim=-1)
        cooled = torch.einsum("aij,naj->nai", step[:, :, :2], rises)
        # The resistance halfway, from an estimate of the end with the resistance at the start.
        end = cooled[..., 0] + step[:, 0, 2] * square_current * self.resistance()
        halfway = self.ambient + (rises[..., 0] + end) / 2
        power = square_current * self._resistance * self._factor(halfway)
        self.winding = self.ambient + cooled[..., 0] + step[:, 0, 2] * power
        self.housing = self.ambient + cooled[..., 1] + step[:, 1, 2] * power

    def _factor(self, temperature: Tensor) -> Tensor:
        return 1 + COPPER * (temperature - self._reference)

    def _transition(self, seconds: float) -> Tensor:
        """Per motor, what a step makes of the two rises and of a power in the winding: (nu, 2, 3)."""
        system = torch.zeros(len(self.limit), 3, 3, dtype=torch.float64, device=self.limit.device)
        system[:, 0, 0] = -1 / (self._inner * self._capacity)
        system[:, 0, 1] = 1 / (self._inner * self._capacity)
        system[:, 0, 2] = 1 / self._capacity
        system[:, 1, 0] = 1 / (self._inner * self._housing_capacity)
        system[:, 1, 1] = -(1 / self._inner + 1 / self._outer) / self._housing_capacity
        return torch.linalg.matrix_exp(system * seconds)[:, :2]
