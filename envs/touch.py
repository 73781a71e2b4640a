"""What taxels feel: contact forces spread over the skin, batched over worlds."""

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

    def read(self) -> Tensor:
        """Force on each taxel in its own frame, (nworld, count, 3) N: into the skin, and two shears.

        The first shear points along the bone or across it, whichever lies in the skin, the second at a right angle.
        """
        force, place = self._contacts()
        weight = self._weights(place)
        # (n, pad, contact, taxel) x (n, pad, contact, 3) -> force on the taxel in its body's frame
        spread = torch.einsum("npct,npci->npti", weight, force)
        felt = torch.einsum("npti,ptij->nptj", spread, self._frames())
        return felt[:, self._real]

    def _contacts(self) -> tuple[Tensor, Tensor]:
        """Forces on the body and their places, in its frame, (nworld, pad, contact, 3) each."""
        data = self._physics.field("sensordata").index_select(1, self._columns).float()
        data = data.unflatten(1, (len(self._bodies), CONTACTS, 4, 3))
        local, position, normal, tangent = data.unbind(3)
        frame = torch.stack([normal, tangent, torch.linalg.cross(normal, tangent)], dim=-2)
        # the sensor's normal points from the pad's body away, the force acts on what it points to
        force = -torch.einsum("npci,npcij->npcj", local, frame)
        origin = self._physics.field("xpos").index_select(1, self._bodies).float()
        attitude = self._physics.field("xmat").index_select(1, self._bodies).float().unflatten(2, (3, 3))
        place = torch.einsum("npci,npij->npcj", position - origin[:, :, None], attitude)
        return torch.einsum("npci,npij->npcj", force, attitude), place

    def _weights(self, place: Tensor) -> Tensor:
        """Share of each contact that each taxel feels, (nworld, pad, contact, taxel)."""
        square = (place[:, :, :, None] - self._points[None, :, None]).square().sum(-1)
        weight = torch.exp(-0.5 * square / self._spread.square()[None, :, None, None])
        weight = weight * self._real[None, :, None]
        least = float(torch.exp(torch.tensor(-0.5 * _REACH**2)))
        return weight / weight.sum(-1, keepdim=True).clamp(min=least)

    def _frames(self) -> Tensor:
        """Columns: into the skin, first and second shear; in the body's frame, (pad, taxel, 3, 3)."""
        normal = self._normals
        along = torch.zeros_like(normal)
        along[..., 0] = 1
        along = along - normal * (along * normal).sum(-1, keepdim=True)
        along = along / along.norm(dim=-1, keepdim=True).clamp(min=1e-9)
        return torch.stack([-normal, along, torch.linalg.cross(normal, along)], dim=-1)
