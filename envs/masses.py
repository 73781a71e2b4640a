"""Other masses in every world, and all that the engine derives from them."""

from collections.abc import Sequence
from typing import NamedTuple

import mujoco
import torch
from torch import Tensor

from envs.physics import Physics


class _Scaled(NamedTuple):
    """A field of the model: each world's, which of its rows, their own values, and the name of what scales them."""

    field: Tensor
    rows: list[int]
    own: Tensor
    by: str


class Masses:
    """Scales masses and inertias of some bodies, world by world, from the model's own.

    The engine computes some things from masses when it compiles a model, and not again: the masses of subtrees, which
    it divides by to find their centres, how soft contacts with a body are (`body_invweight0`, `dof_invweight0`), and
    the mass matrix of joints that it takes for decoupled (`dof_M0`), such as a free box's. They follow here; else a
    light box would fall slowly and turn about a point beside it.

    Args:
        physics: the worlds.
        bodies: their indices; by default all. Where inertias scale otherwise than masses, each must lie about its own
            frame, and carry no other.
    """

    def __init__(self, physics: Physics, bodies: Sequence[int] | None = None) -> None:
        model = physics.model
        bodies = list(range(1, model.nbody) if bodies is None else bodies)
        dofs = [dof for dof in range(model.nv) if model.dof_bodyid[dof] in bodies]
        slides = [dof for dof in dofs if _slides(model, dof)]
        turns = [dof for dof in dofs if dof not in slides]
        self._scaled = [
            _scaled(physics, "body_mass", bodies, "mass"),
            _scaled(physics, "body_inertia", bodies, "inertia"),
            _scaled(physics, "body_invweight0", bodies, "softness"),
            _scaled(physics, "dof_invweight0", slides, "lightness"),
            _scaled(physics, "dof_invweight0", turns, "slowness"),
        ]
        self._mass, self._subtree = physics.expand("body_mass"), physics.expand("body_subtreemass")
        self._below = _descent(model).to(self._mass)
        # what a dof moves beside the bodies is its rotor
        self._rotors: list[tuple[_Scaled, Tensor]] = []
        for rows, by in ((slides, "mass"), (turns, "inertia")):
            kept = [dof for dof in rows if model.dof_simplenum[dof]]
            if kept and _keeps_mass_matrix(physics):
                scaled = _scaled(physics, "dof_M0", kept, by)
                rotor = torch.as_tensor(model.dof_armature[kept]).to(scaled.own)
                self._rotors.append((scaled, rotor))

    def scale(self, worlds: Tensor, mass: Tensor, inertia: Tensor) -> None:
        """Scale the bodies of worlds (n,) by factors (n,) of their mass and of their inertia.

        A single body's inertia may scale by a factor for each of its axes, (n, 3).
        """
        slowness = 1 / inertia
        # a contact feels the mean over the axes
        yields = slowness.reshape(len(slowness), -1).mean(dim=1)
        factors = {
            "mass": mass,
            "inertia": inertia,
            "softness": torch.stack([1 / mass, yields], dim=1),
            "lightness": 1 / mass,
            "slowness": slowness,
        }
        for scaled in self._scaled:
            _write(scaled, worlds, scaled.own, factors[scaled.by])
        at = worlds.to(self._mass.device)
        self._subtree[at] = self._mass[at] @ self._below.T
        for scaled, rotor in self._rotors:
            _write(scaled, worlds, scaled.own - rotor, factors[scaled.by], rotor)


def _scaled(physics: Physics, name: str, rows: list[int], by: str) -> _Scaled:
    field = physics.expand(name)
    return _Scaled(field, rows, field[0, rows].clone(), by)


def _write(scaled: _Scaled, worlds: Tensor, own: Tensor, factor: Tensor, rest: Tensor | float = 0.0) -> None:
    if not scaled.rows:
        return
    factor = factor.to(own.device, own.dtype)
    # a factor's own axes, if it has any, are the field's last
    factor = factor.reshape(len(factor), *[1] * (own.ndim + 1 - factor.ndim), *factor.shape[1:])
    rows = torch.tensor(scaled.rows, device=own.device)
    scaled.field[worlds.to(own.device)[:, None], rows] = own * factor + rest


def _descent(model: mujoco.MjModel) -> Tensor:
    """Whether a body carries another or is it, (nbody, nbody), ones and zeros."""
    below = torch.eye(model.nbody)
    for body in range(model.nbody - 1, 0, -1):  # children come after their parents
        below[model.body_parentid[body]] += below[body]
    return below


def _slides(model: mujoco.MjModel, dof: int) -> bool:
    """Whether a dof is a translation: of a slide, or one of a free joint's first three."""
    joint = model.dof_jntid[dof]
    kind = model.jnt_type[joint]
    free = kind == mujoco.mjtJoint.mjJNT_FREE and dof - model.jnt_dofadr[joint] < 3
    return bool(free or kind == mujoco.mjtJoint.mjJNT_SLIDE)


def _keeps_mass_matrix(physics: Physics) -> bool:
    """Whether the backend reads `dof_M0`; MuJoCo Warp computes all of the mass matrix in every step."""
    try:
        physics.expand("dof_M0")
    except ValueError:
        return False
    return True
