"""How hard fingertips can push: linear programs over the actuators' limits."""

import mujoco
import numpy as np
from scipy.optimize import linprog

from hand_model.dexterity.specimen import Digit, Specimen


def directions(count: int = 42) -> np.ndarray:
    """Unit vectors spread evenly over the sphere, (count, 3): a Fibonacci lattice."""
    i = np.arange(count) + 0.5
    polar, azimuth = np.arccos(1 - 2 * i / count), np.pi * (1 + 5**0.5) * i
    return np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=1)


def isotropic_force(specimen: Specimen, digit: Digit, qpos: np.ndarray, limits: np.ndarray) -> float:
    """The largest force that a fingertip can exert in every direction at once, N.

    For each direction d, the largest f for which actuator forces u within their limits balance the joints:
    maximize f subject to Mᵀ u = f Jᵀ d, -limit ≤ u ≤ limit; the least of them counts. Gravity is left out.

    Args:
        specimen: the hand.
        digit: whose tip.
        qpos: pose, (nq,).
        limits: largest force of each actuator, (nu,).
    """
    moments, jacobian = _statics(specimen, digit, qpos)
    return min(_largest(moments, jacobian.T @ direction, limits) for direction in directions())


def directed_force(
    specimen: Specimen, digit: Digit, qpos: np.ndarray, direction: np.ndarray, limits: np.ndarray
) -> float:
    """The largest force in one direction (3,), N; otherwise as `isotropic_force`."""
    moments, jacobian = _statics(specimen, digit, qpos)
    return _largest(moments, jacobian.T @ direction, limits)


def actuator_forces(
    specimen: Specimen, digit: Digit, qpos: np.ndarray, force: np.ndarray, limits: np.ndarray
) -> np.ndarray | None:
    """Actuator forces (nu,) that hold a tip's force (3,) N, as evenly loaded as can be; none if they are too weak."""
    moments, jacobian = _statics(specimen, digit, qpos)
    count = moments.shape[0]
    # minimize the largest share s: |u| ≤ s limit
    bounds = [(None, None)] * count + [(0, 1)]
    upper = np.block([[np.eye(count), -limits[:, None]], [-np.eye(count), -limits[:, None]]])
    equal = np.hstack([moments.T, np.zeros((moments.shape[1], 1))])
    cost = np.append(np.zeros(count), 1.0)
    found = linprog(cost, upper, np.zeros(2 * count), equal, jacobian.T @ force, bounds)
    return found.x[:count] if found.success else None


def _statics(specimen: Specimen, digit: Digit, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moment arms (nu, n) and the tip's Jacobian (3, n) over the digit's joints."""
    model, data = specimen.model, mujoco.MjData(specimen.model)
    data.qpos[:] = qpos
    mujoco.mj_fwdPosition(model, data)
    jacobian = np.zeros((3, model.nv))
    mujoco.mj_jacSite(model, data, jacobian, None, model.site(digit.tip).id)
    moments = np.zeros((model.nu, model.nv))
    mujoco.mju_sparse2dense(
        moments, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind
    )
    own = specimen.dofs(digit.joints)
    return moments[:, own], jacobian[:, own]


def _largest(moments: np.ndarray, load: np.ndarray, limits: np.ndarray) -> float:
    """The largest f for which Mᵀ u = f load has a solution within the limits."""
    count = moments.shape[0]
    cost = np.append(np.zeros(count), -1.0)
    equal = np.hstack([moments.T, -load[:, None]])
    bounds = [*((-limit, limit) for limit in limits), (0, None)]
    found = linprog(cost, A_eq=equal, b_eq=np.zeros(len(load)), bounds=bounds)
    if found.status == 3:  # unbounded: no joint feels this direction
        return float("inf")
    return float(found.x[-1]) if found.success else 0.0
