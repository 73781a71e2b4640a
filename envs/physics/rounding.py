"""What single precision alone may change of a mass matrix, and of the accelerations that follow from it.

An entry of the mass matrix is a sum of terms that are larger than itself wherever a light body is far from the centre
of mass of its tree, about which the engine expresses inertias; each term is rounded. Bounds as in MuJoCo's parity
guide (`mujoco/doc/skills/parity/SKILL.md`, section 3.3).
"""

import mujoco
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_UNITS = 8.0 * float(np.finfo(np.float32).eps)
"""Roundings that may add up, as a share of the terms."""


def mass_bounds(model: mujoco.MjModel, data: mujoco.MjData) -> dict[str, Array]:
    """Bounds on the rounding errors of `M`, `qacc_smooth` and `qacc`, in their shapes and units.

    Args:
        model: of the data.
        data: after a forward pass.
    """
    if not model.nv:
        return {}
    mass = np.zeros((model.nv, model.nv))
    mujoco.mj_fullM(model, data, mass)
    terms = _term_sizes(model, data)
    inverse = np.abs(np.linalg.inv(mass))

    def solved(acceleration: Array, force: Array) -> Array:
        return _UNITS * (inverse @ (terms @ np.abs(acceleration) + force))

    smooth = np.abs(data.qfrc_smooth)
    row = np.repeat(np.arange(model.nv), model.M_rownnz)
    return {
        "M": _UNITS * terms[row, model.M_colind],
        "qacc_smooth": solved(data.qacc_smooth, smooth),
        "qacc": solved(data.qacc, smooth + np.abs(data.qfrc_constraint)),
    }


def _term_sizes(model: mujoco.MjModel, data: mujoco.MjData) -> Array:
    """Size of what is summed into each entry of the mass matrix, (nv, nv)."""
    composite = np.abs(_spatial_inertias(data))
    for body in range(model.nbody - 1, 0, -1):  # children come after their parents
        composite[model.body_parentid[body]] += composite[body]
    motion = np.abs(data.cdof)
    full = np.einsum("ia,iab,jb->ij", motion, composite[model.dof_bodyid], motion)
    # a joint and the joints above it share what the lower one carries
    lower = np.zeros_like(full)
    for dof in range(model.nv):
        above = dof
        while above >= 0:
            lower[dof, above] = full[dof, above]
            above = model.dof_parentid[above]
    return lower + np.tril(lower, -1).T + np.diag(model.dof_armature)


def _spatial_inertias(data: mujoco.MjData) -> Array:
    """Each body's 6 × 6 inertia about its tree's centre of mass, rotation first."""
    packed = np.array(data.cinert)
    inertia = np.zeros((len(packed), 6, 6))
    for column, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))):
        inertia[:, i, j] = inertia[:, j, i] = packed[:, column]
    x, y, z = packed[:, 6:9].T
    zero = np.zeros_like(x)
    cross = np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)
    inertia[:, :3, 3:], inertia[:, 3:, :3] = cross, cross.transpose(0, 2, 1)
    inertia[:, 3:, 3:] = packed[:, 9, None, None] * np.eye(3)
    return inertia
