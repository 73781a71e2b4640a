"""What taxels feel: contact forces spread over the skin, batched over worlds."""

import math

import torch
from torch import Tensor

from envs.physics import Physics
from hand_model.touch import CONTACTS, SENSOR_WIDTH, Pad

_REACH = 2.0
"""Distance from a contact to the nearest taxel, in pitches, beyond which skin feels less and less of it."""


class Touch:
    """Normal and shear force on every taxel of a hand.

    A contact's force is spread over its pad's taxels with a Gaussian of the pad's pitch about the contact's point, as a
    soft skin would: the taxels' forces add up to the contact's, unless it lies beside the pad, where there is none to
    feel it.

    Args:
        physics: the worlds; their model has the pads' contact sensors.
        pads: the hand's.
        prefix: of the hand's names in the model.

    Attributes:
        count: number of taxels.
    """

    def __init__(self, physics: Physics, pads: list[Pad], prefix: str = "") -> None:
        model = physics.model
        self._physics = physics
        self._sensors = physics.field("sensordata")
        device, dtype = physics.device, torch.float32

        def stack(arrays: list[Tensor]) -> Tensor:
            """Pads side by side, filled up to the largest with taxels that are nowhere."""
            most = max(len(a) for a in arrays)
            fill = [torch.nn.functional.pad(a, (0, 0, 0, most - len(a)), value=torch.inf) for a in arrays]
            return torch.stack(fill).to(device, dtype)

        points = [torch.as_tensor(pad.points) for pad in pads]
        normals = [torch.as_tensor(pad.normals) for pad in pads]
        self._points = stack(points)
        self._real = self._points[..., 0].isfinite()
        self._normals = torch.where(self._real[..., None], stack(normals), 0.0)
        self._points = torch.where(self._real[..., None], self._points, 0.0)
        self._spread = torch.tensor([pad.pitch for pad in pads], device=device, dtype=dtype)
        self._bodies = torch.tensor([model.body(prefix + pad.body).id for pad in pads], device=device)
        addresses = [model.sensor(prefix + pad.sensor).adr[0] for pad in pads]
        width = CONTACTS * SENSOR_WIDTH
        self._columns = torch.cat([torch.arange(a, a + width) for a in addresses]).to(device)
        self.count = int(self._real.sum())
        self._frames = self._taxel_frames()
        # a taxel's place among all; those that fill a pad up share the last, which is cut off
        number = self._real.flatten().cumsum(0).sub(1).unflatten(0, self._real.shape)
        self._taxel = torch.where(self._real, number, self.count)

    def read(self) -> Tensor:
        """Force on each taxel in its own frame, (nworld, count, 3) N: into the skin, and two shears.

        The first shear points along the bone or across it, whichever lies in the skin, the second at a right angle.
        """
        data = self._sensors.index_select(1, self._columns).float()
        data = data.unflatten(1, (len(self._bodies), CONTACTS, 4, 3))
        world, pad, contact = data[..., 0, :].any(-1).nonzero(as_tuple=True)  # most skin touches nothing
        force, place = self._contacts(data[world, pad, contact], world, pad)
        # (contact, taxel) x (contact, 3) -> force on the taxel in its body's frame -> in its own
        spread = self._weights(place, pad)[..., None] * force[:, None]
        felt = torch.einsum("cti,ctij->ctj", spread, self._frames[pad])
        skin = felt.new_zeros(len(data), self.count + 1, 3)
        skin.index_put_((world[:, None], self._taxel[pad]), felt, accumulate=True)
        return skin[:, :-1]

    def _contacts(self, data: Tensor, world: Tensor, pad: Tensor) -> tuple[Tensor, Tensor]:
        """Forces of contacts on the pads' bodies and their places, in those bodies' frames, (contact, 3) each."""
        local, position, normal, tangent = data.unbind(1)
        frame = torch.stack([normal, tangent, torch.linalg.cross(normal, tangent)], dim=-2)
        # the sensor's normal points from the pad's body away, the force acts on what it points to
        force = -torch.einsum("ci,cij->cj", local, frame)
        body = self._bodies[pad]
        origin = self._physics.field("xpos")[world, body].float()
        attitude = self._physics.field("xmat")[world, body].float().unflatten(1, (3, 3))
        place = torch.einsum("ci,cij->cj", position - origin, attitude)
        return torch.einsum("ci,cij->cj", force, attitude), place

    def _weights(self, place: Tensor, pad: Tensor) -> Tensor:
        """Share of each contact that each taxel of its pad feels, (contact, taxel)."""
        square = (place[:, None] - self._points[pad]).square().sum(-1)
        weight = torch.exp(-0.5 * square / self._spread[pad, None].square()) * self._real[pad]
        least = math.exp(-0.5 * _REACH**2)
        return weight / weight.sum(-1, keepdim=True).clamp(min=least)

    def _taxel_frames(self) -> Tensor:
        """Columns: into the skin, first and second shear; in the body's frame, (pad, taxel, 3, 3)."""
        normal = self._normals
        along = torch.zeros_like(normal)
        along[..., 0] = 1
        along = along - normal * (along * normal).sum(-1, keepdim=True)
        along = along / along.norm(dim=-1, keepdim=True).clamp(min=1e-9)
        return torch.stack([-normal, along, torch.linalg.cross(normal, along)], dim=-1)
