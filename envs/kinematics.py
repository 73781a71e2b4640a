"""Forward kinematics and Jacobians of a serial chain of hinges, batched: a robot's own geometry, not a simulator's."""

import mujoco
import torch
from torch import Tensor


class Chain:
    """The hinges between two bodies of a model.

    Args:
        model: whose other joints on the way stay where they are at `qpos0`.
        base: name of the body whose frame places are given in.
        tip: name of the site that is moved.
        joints: names of the hinges that count, in any order.
        device: of the tensors.

    Attributes:
        joints: names, from the base outwards.
    """

    def __init__(
        self, model: mujoco.MjModel, base: str, tip: str, joints: list[str], device: torch.device
    ) -> None:
        site, root = model.site(tip), model.body(base).id
        path = [int(site.bodyid[0])]
        while (parent := int(model.body_parentid[path[-1]])) != root:
            if parent == 0:
                raise ValueError(f"site {tip!r} does not hang on body {base!r}")
            path.append(parent)

        def tensor(values: object) -> Tensor:
            return torch.as_tensor(values, dtype=torch.float32, device=device)

        self.joints: list[str] = []
        # from the base outwards: a body's place and turn in its parent, then axes and anchors of its hinges
        self._links: list[tuple[Tensor, Tensor, list[tuple[Tensor, Tensor]]]] = []
        for body in reversed(path):
            hinges = []
            first = model.body_jntadr[body]
            for joint in range(first, first + model.body_jntnum[body]):
                if model.joint(joint).name in joints:
                    self.joints.append(model.joint(joint).name)
                    hinges.append((tensor(model.jnt_axis[joint]), tensor(model.jnt_pos[joint])))
            self._links.append((tensor(model.body_pos[body]), _matrix(model.body_quat[body], device), hinges))
        self._tip = tensor(site.pos), _matrix(site.quat, device)
        if missing := set(joints) - set(self.joints):
            raise ValueError(f"joint {min(missing)!r} does not lie between {base!r} and {tip!r}")

    def forward(self, angles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Where the tip is, and how it moves.

        Args:
            angles: of `joints`, (n, k) rad.

        Returns:
            Place (n, 3) m and rotation matrix (n, 3, 3) in the base's frame, and the Jacobian (n, 6, k): velocity,
            then turning rate, in that frame.
        """
        count, device = len(angles), angles.device
        place = torch.zeros(count, 3, device=device)
        turn = torch.eye(3, device=device).expand(count, 3, 3)
        axes, anchors, index = [], [], 0
        for offset, attitude, hinges in self._links:
            place = place + turn @ offset
            turn = turn @ attitude
            for axis, anchor in hinges:
                axes.append(turn @ axis)
                pivot = place + turn @ anchor
                anchors.append(pivot)
                turn = turn @ _about(axis, angles[:, index])
                place = pivot - turn @ anchor
                index += 1
        place = place + turn @ self._tip[0]
        turn = turn @ self._tip[1]
        spin = torch.stack(axes, dim=2)
        arms = place[:, :, None] - torch.stack(anchors, dim=2)
        return place, turn, torch.cat([torch.linalg.cross(spin, arms, dim=1), spin], dim=1)

    def approach(
        self,
        angles: Tensor,
        place: Tensor,
        turn: Tensor,
        home: Tensor,
        *,
        damping: float = 0.03,
        pull: float = 0.1,
    ) -> Tensor:
        """Angles that bring the tip closer to a pose: one step of damped least squares.

        What the pose leaves free goes towards `home` (Siciliano et al., "Robotics: Modelling, Planning and Control",
        2009, 3.5.1 and 3.7).

        Args:
            angles: (n, k) rad.
            place: wanted, (n, 3) m in the base's frame.
            turn: wanted, (n, 3, 3).
            home: (k,) rad.
            damping: m and rad: errors that are not worth large turns.
            pull: share of the way home.
        """
        at, attitude, jacobian = self.forward(angles)
        error = torch.cat([place - at, rotation_vector(turn @ attitude.transpose(1, 2))], dim=1)
        size = jacobian.shape[1]
        eye = torch.eye(size, device=angles.device)
        inverse = jacobian.transpose(1, 2) @ torch.linalg.inv(
            jacobian @ jacobian.transpose(1, 2) + damping**2 * eye
        )
        back = pull * (home - angles)
        free = back - (inverse @ (jacobian @ back[:, :, None]))[:, :, 0]
        return angles + (inverse @ error[:, :, None])[:, :, 0] + free


def rotation_vector(turn: Tensor) -> Tensor:
    """Axis times angle of rotation matrices (n, 3, 3) of less than half a turn, (n, 3) rad."""
    skew = torch.stack(
        [turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], dim=1
    )
    sine = skew.norm(dim=1) / 2
    cosine = (turn.diagonal(dim1=1, dim2=2).sum(dim=1) - 1) / 2
    return skew / 2 * (torch.atan2(sine, cosine) / sine.clamp(min=1e-6))[:, None]


def _matrix(quat: object, device: torch.device) -> Tensor:
    matrix = torch.zeros(9, dtype=torch.float64).numpy()
    mujoco.mju_quat2Mat(matrix, quat)
    return torch.as_tensor(matrix.reshape(3, 3), dtype=torch.float32, device=device)


def _about(axis: Tensor, angle: Tensor) -> Tensor:
    """Rotation matrices about a unit axis (3,), (n, 3, 3)."""
    x, y, z = axis.tolist()
    cross = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], device=angle.device)
    sine, cosine = angle.sin()[:, None, None], angle.cos()[:, None, None]
    return torch.eye(3, device=angle.device) + sine * cross + (1 - cosine) * (cross @ cross)
