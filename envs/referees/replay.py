"""Steps a recording again, with the engine alone, and looks at every contact on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import mujoco
import numpy as np

from envs.referees.recording import Recording

PENETRATION = 0.003
"""Deepest that a hand may press into an object or itself, m: a fingertip's pulp gives way by 2 to 3 mm under 5 to 10 N
(Pawluk & Howe 1999, J Biomech Eng 121:605)."""

SETTLING = 3
"""Control steps at the start in which the drawn pose may still be pushed apart."""

_STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)
_GRAVITY = (0.0, 0.0, -9.81)
_DRIFT = 1e-5
"""How far a replayed state may lie from the recorded one, m and rad."""


@dataclass
class Findings:
    """What speaks against a recording, and its figures.

    Attributes:
        success: the episode met its goal, and nothing speaks against it.
        faults: none if the episode is what it says.
        penetration: deepest contact after the start, m.
    """

    success: bool = False
    faults: list[str] = field(default_factory=list)
    penetration: float = 0.0

    def fault(self, text: str) -> None:
        """Note what is wrong, once."""
        if text not in self.faults:
            self.faults.append(text)


@dataclass(frozen=True)
class Touch:
    """One physics step.

    Attributes:
        control_step: it belongs to, from 0.
        before: `qpos` before it, (nq,).
        after: `qpos` after it, (nq,).
        touching: whether something that moves pressed on the object in it.
        partners: bodies that touched the object, by index; 0 is what does not move.
        grounded: bodies that touched what does not move, by index.
        sunk: deepest contact of the object with what does not move, m.
    """

    control_step: int
    before: np.ndarray
    after: np.ndarray
    touching: bool
    partners: frozenset[int]
    grounded: frozenset[int]
    sunk: float


@dataclass(frozen=True)
class Allowance:
    """What an episode may have.

    Attributes:
        push: largest horizontal force from outside on one body at a time, N.
        depth: deepest contact, m.
        least: smallest force from outside that counts as a push, N.
    """

    push: float = 0.0
    depth: float = PENETRATION
    least: float = 0.0


def replay(
    recording: Recording, thing: str, findings: Findings, allowance: Allowance | None = None
) -> Iterator[Touch]:
    """Step a recording from each recorded state to the next.

    Args:
        recording: the episode.
        thing: name of the object's body, or of the robot's.
        findings: is told what is wrong: states that do not follow from each other, forces from nowhere, bodies that
            sink into each other.
        allowance: by default no push, and contacts as deep as a hand's.
    """
    allowance = allowance or Allowance()
    model, data = recording.model, mujoco.MjData(recording.model)
    body = model.body(thing).id
    for step, (state, target) in enumerate(zip(recording.states[:-1], recording.states[1:], strict=True)):
        mujoco.mj_setState(model, data, target, _STATE)
        ctrl, wanted, force = data.ctrl.copy(), data.qpos.copy(), data.xfrc_applied.copy()
        mujoco.mj_setState(model, data, state, _STATE)
        data.ctrl[:], data.xfrc_applied[:] = ctrl, force
        for name, rows in recording.drivers.items():
            getattr(model, name)[:] = rows[step]
        if data.qfrc_applied.any() or not _fair(force, allowance.push):
            findings.fault("a force is applied from outside")
        if force.any() and np.linalg.norm(force) < allowance.least * (1 - 1e-6):
            findings.fault("a push is weaker than it should be")
        for _ in range(recording.substeps):
            before = data.qpos.copy()
            mujoco.mj_step(model, data)
            touch = _contacts(model, data, body)
            if step >= SETTLING:
                findings.penetration = max(findings.penetration, touch.depth)
            yield Touch(step, before, data.qpos.copy(), *touch[1:])
        if not np.allclose(data.qpos, wanted, rtol=0, atol=_DRIFT):
            findings.fault("the recorded states do not follow from each other")
    if findings.penetration > allowance.depth:
        findings.fault(f"something was {1000 * findings.penetration:.1f} mm deep in something else")


def _fair(force: np.ndarray, most: float) -> bool:
    """Whether forces from outside (nbody, 6) are at most one push: horizontal, without a moment, on one body."""
    pushed = np.flatnonzero(force.any(axis=1))
    weak = bool(np.linalg.norm(force) <= most * (1 + 1e-6))
    return len(pushed) <= 1 and not force[:, 2:].any() and weak


class _Contacts(NamedTuple):
    """What touches what: the deepest of all contacts, m, and what `Touch` says of the object."""

    depth: float
    touching: bool
    partners: frozenset[int]
    grounded: frozenset[int]
    sunk: float


def _contacts(model: mujoco.MjModel, data: mujoco.MjData, body: int) -> _Contacts:
    """Look at all contacts of a physics step; `body` is the object."""
    depth, sunk, touching, force = 0.0, 0.0, False, np.zeros(6)
    partners, grounded = set(), set()
    for index, contact in enumerate(data.contact):
        depth = max(depth, -contact.dist)
        pair = {int(model.geom_bodyid[contact.geom1]), int(model.geom_bodyid[contact.geom2])}
        fixed = {other for other in pair if model.body_treeid[other] < 0}
        if fixed:
            grounded |= pair - fixed
        if body not in pair:
            continue
        partners |= pair - {body}
        if fixed:
            sunk = max(sunk, -contact.dist)
        else:
            mujoco.mj_contactForce(model, data, index, force)
            touching = touching or bool(force[0] > 0)
    return _Contacts(depth, touching, frozenset(partners), frozenset(grounded), sunk)


def inspect_model(model: mujoco.MjModel, thing: str, findings: Findings) -> None:
    """Look for what a fair scene does not have: an object that something else moves, or that sticks.

    Args:
        model: of the episode.
        thing: name of the object's body.
        findings: is told what is wrong.
    """
    body = model.body(thing).id
    dofs = np.flatnonzero(model.dof_bodyid == body)
    geoms = np.flatnonzero(model.geom_bodyid == body)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    moments = np.zeros((model.nu, model.nv))
    mujoco.mju_sparse2dense(
        moments, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind
    )
    if moments[:, dofs].any():
        findings.fault("a motor moves the object")
    if (model.geom_friction[geoms, 0] > 1.0).any():
        findings.fault("the object's friction is above 1")
    if body in tied_bodies(model):
        findings.fault("the object is tied to something")
    if model.body_gravcomp.any() or not np.allclose(model.opt.gravity, _GRAVITY):
        findings.fault("a body floats")


def tied_bodies(model: mujoco.MjModel) -> list[int]:
    """Bodies that equality constraints tie to others, by index, once for each end of each constraint.

    Raises:
        ValueError: a constraint is of a kind that no scene of this project has.
    """
    bodies = []
    for kind, own, *ends in zip(
        model.eq_type, model.eq_objtype, model.eq_obj1id, model.eq_obj2id, strict=True
    ):
        if kind == mujoco.mjtEq.mjEQ_JOINT:
            bodies += [int(model.jnt_bodyid[end]) for end in ends if end >= 0]
        elif own == mujoco.mjtObj.mjOBJ_SITE:
            bodies += [int(model.site_bodyid[end]) for end in ends]
        elif own == mujoco.mjtObj.mjOBJ_BODY:
            bodies += [int(end) for end in ends]
        else:
            raise ValueError(f"a referee knows no equality constraint of type {kind}")
    return bodies
