"""How hard digits can push: linear programs over the actuators' limits."""

from dataclasses import dataclass
from functools import cached_property

import mujoco
import numpy as np
import scipy.sparse as sparse
from scipy.optimize import linprog

from hand_model.dexterity.specimen import Digit, Specimen, Spot
from hand_model.dexterity.workspace import pulp_kinematics, random_poses
from hand_model.transmission import shaft_angles


@dataclass(frozen=True)
class Push:
    """A place on a digit and what it takes to push there.

    Attributes:
        digit: whose it is.
        qpos: the pose, (nq,).
        moments: what each free joint's torque gets from each actuator, (joints, nu).
        loads: what a force at the place takes of each free joint, (joints, 3), in the world's frame.
        normal: out of the skin, (3,).
    """

    digit: Digit
    qpos: np.ndarray
    moments: np.ndarray
    loads: np.ndarray
    normal: np.ndarray

    @cached_property
    def used(self) -> np.ndarray:
        """Actuators that move any of the joints."""
        return np.flatnonzero(np.abs(self.moments).sum(axis=0))

    @cached_property
    def inverse(self) -> np.ndarray | None:
        """What each of those actuators must give for each joint's torque, (used, joints); none where they may choose.

        Where every free joint has its own actuator there is no choice.
        """
        moments = self.moments[:, self.used]
        square = len(moments) == len(self.used) == np.linalg.matrix_rank(moments)
        return np.linalg.inv(moments) if square else None


def push_at(specimen: Specimen, digit: Digit, spot: Spot, qpos: np.ndarray) -> Push:
    """The statics of a spot on a digit in a pose (nq,). Gravity is left out; the wrist is held.

    Joints that follow another take no actuator of their own: what loads them loads their leader.
    """
    model, data = specimen.model, specimen.posed(qpos)
    point, normal = specimen.place(data, spot)
    jacobian = np.zeros((3, model.nv))
    mujoco.mj_jac(model, data, jacobian, None, point, model.body(spot.body).id)
    columns = specimen.columns(specimen.free(digit.joints))
    return Push(digit, qpos, (shaft_angles(model) @ columns).T, (jacobian @ columns).T, normal)


def directions(count: int = 200) -> np.ndarray:
    """Unit vectors spread evenly over the sphere, (count, 3): a Fibonacci lattice."""
    i = np.arange(count) + 0.5
    polar, azimuth = np.arccos(1 - 2 * i / count), np.pi * (1 + 5**0.5) * i
    return np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=1)


def isotropic_force(push: Push, limits: np.ndarray) -> float:
    """The largest force that can be exerted in every direction, N: the inradius of the polytope of forces.

    It is the largest f for which, in each direction d, actuator forces u within their limits balance the joints:
    maximize f subject to M u_d = f J d for all d, -limit ≤ u_d ≤ limit. Where every joint has its own actuator, u
    follows from d alone and each actuator's worst direction is known: f = min limit_i / |(M⁻¹ J)_i|. Otherwise the
    program is solved over `directions()`, which overrates f by at most 2%.

    Args:
        push: where.
        limits: largest force of each actuator, (nu,).
    """
    if push.inverse is not None:
        return float(_weakest(push.inverse @ push.loads, limits[push.used]))
    return programmed_force(push, limits, directions())


def programmed_force(push: Push, limits: np.ndarray, ways: np.ndarray) -> float:
    """The largest force in each of some directions (n, 3) at once, N, as one linear program."""
    used = push.used
    blocks = sparse.block_diag([push.moments[:, used]] * len(ways))
    equal = sparse.hstack([blocks, -sparse.csr_matrix((ways @ push.loads.T).reshape(-1, 1))], format="csr")
    bounds = [(-limit, limit) for limit in np.tile(limits[used], len(ways))]
    cost = np.append(np.zeros(len(bounds)), -1.0)
    balanced = np.zeros(len(ways) * len(push.moments))
    found = linprog(cost, A_eq=equal, b_eq=balanced, bounds=[*bounds, (0, None)])
    return 0.0 if found.x is None else float(found.x[-1])


def fingertip_force(
    specimen: Specimen, digit: Digit, limits: np.ndarray, samples: int = 1000, seed: int = 0
) -> float:
    """The isotropic force of a digit's pulp in a typical pose, N: the median over poses anywhere in its ranges.

    Args:
        specimen: the hand.
        digit: whose pulp.
        limits: largest force of each actuator, (nu,).
        samples: number of poses.
        seed: of the poses.
    """
    free = specimen.free(digit.joints)
    qpos = random_poses(specimen, free, samples, np.random.default_rng(seed))
    push = push_at(specimen, digit, digit.pulp, qpos[0])
    if push.inverse is None:
        return float(
            np.median([isotropic_force(push_at(specimen, digit, digit.pulp, q), limits) for q in qpos])
        )
    _, jacobians = pulp_kinematics(specimen, digit, qpos)
    loads = (jacobians @ specimen.columns(free)).transpose(0, 2, 1)
    return float(np.median(_weakest(push.inverse @ loads, limits[push.used])))


def _weakest(needed: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Isotropic forces (...) N where a force takes `needed` (..., used, 3) of actuators with limits (used,)."""
    worst = np.linalg.norm(needed, axis=-1)
    return np.min(np.divide(limits, worst, out=np.full(worst.shape, np.inf), where=worst > 0), axis=-1)


def directed_force(push: Push, direction: np.ndarray, limits: np.ndarray) -> float:
    """The largest force in one direction (3,), N; infinite where no joint feels it."""
    used, load = push.used, push.loads @ direction
    if push.inverse is not None:
        needed = np.abs(push.inverse @ load)
        return float(np.min(limits[used][needed > 0] / needed[needed > 0], initial=np.inf))
    cost = np.append(np.zeros(len(used)), -1.0)
    equal = np.hstack([push.moments[:, used], -load[:, None]])
    bounds = [*((-limit, limit) for limit in limits[used]), (0, None)]
    found = linprog(cost, A_eq=equal, b_eq=np.zeros(len(load)), bounds=bounds)
    if found.status == 3:  # unbounded
        return float("inf")
    return 0.0 if found.x is None else float(found.x[-1])


def holding_forces(push: Push, force: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Actuator forces (nu,) that hold a force (3,) N, the largest share of a limit as small as can be.

    Limits (nu,) only weigh the actuators against each other: whether the result lies within them is for the caller.
    """
    used, load = push.used, push.loads @ force
    held = np.zeros(len(limits))
    if push.inverse is not None:
        held[used] = push.inverse @ load
        return held
    count, shares = len(used), np.diag(limits[used])
    # Each actuator's share of its limit, positive and negative part, and the largest: that counts, the sum hardly.
    parts = np.hstack([np.eye(count), np.eye(count), -np.ones((count, 1))])
    equal = np.hstack(
        [push.moments[:, used] @ shares, -push.moments[:, used] @ shares, np.zeros((len(load), 1))]
    )
    cost = np.append(np.full(2 * count, 1e-4), 1.0)
    found = linprog(cost, parts, np.zeros(count), equal, load)
    if not found.success:
        raise ValueError(f"{push.digit.name}: no actuator forces hold this force: {found.message}")
    held[used] = limits[used] * (found.x[:count] - found.x[count : 2 * count])
    return held


def pinch(specimen: Specimen, finger: Digit, qpos: np.ndarray) -> tuple[Push, Push, np.ndarray]:
    """A pinch between the pulps of thumb and finger in a pose (nq,).

    Returns:
        The thumb's push, the finger's, and the direction (3,) in which the thumb pushes: along the normals of both.
    """
    thumb = push_at(specimen, specimen.thumb, specimen.thumb.pulp, qpos)
    other = push_at(specimen, finger, finger.pulp, qpos)
    across = thumb.normal - other.normal
    return thumb, other, across / np.linalg.norm(across)


def pinch_force(specimen: Specimen, finger: Digit, qpos: np.ndarray, limits: np.ndarray) -> float:
    """The largest force of a pinch, N: that of the weaker of the two."""
    thumb, other, way = pinch(specimen, finger, qpos)
    return min(directed_force(thumb, way, limits), directed_force(other, -way, limits))


def hook(specimen: Specimen) -> list[Push]:
    """Fingers bent around a handle, each pushing with the middle of its middle phalanx."""
    qpos = specimen.model.qpos0.copy()
    for finger in specimen.fingers:
        for joint, angle in finger.hook.items():
            if joint not in specimen.couplings:
                qpos[specimen.addresses((joint,))] = angle
    specimen.couple(qpos)
    return [push_at(specimen, finger, finger.grip, qpos) for finger in specimen.fingers if finger.grip]


def grip_force(specimen: Specimen, limits: np.ndarray) -> float:
    """Sum of what the fingers of a hook push with, N, each out of its skin, into the handle."""
    return sum(directed_force(push, push.normal, limits) for push in hook(specimen))
