"""How alike the two backends compute: MuJoCo Warp held against MuJoCo, stage by stage, from the same states.

Fields, tolerances and rounding bounds are those of MuJoCo's own parity guide (`mujoco/doc/skills/parity/SKILL.md`,
sections 3 to 5). An error is `|mujoco - warp| / (atol + rtol |mujoco| + bound)`: up to 1 is within tolerance.
"""

from collections import Counter
from dataclasses import dataclass, field

import mujoco
import numpy as np
import torch
from numpy.typing import NDArray

from envs.physics.rounding import mass_bounds
from envs.physics.warp import WarpPhysics

Array = NDArray[np.float64]

STAGES: dict[str, dict[str, tuple[float, float]]] = {
    "kinematics": {name: (1e-5, 1e-4) for name in ("xpos", "xquat", "site_xpos", "subtree_com")},
    "lengths": {name: (1e-5, 1e-4) for name in ("ten_length", "actuator_length")},
    "mass matrix": {"M": (1e-8, 1e-5)},
    "forces": {
        name: (1e-3, 1e-3) for name in ("actuator_force", "qfrc_actuator", "qfrc_bias", "qfrc_passive")
    },
    "smooth dynamics": {"qfrc_smooth": (1e-3, 1e-3), "qacc_smooth": (1e-2, 1e-3)},
    "constraint dynamics": {"qfrc_constraint": (1e-1, 1e-2), "qacc": (1e-1, 1e-2)},
}
"""Absolute and relative tolerance of every field, in the order in which the engine computes them."""

AFTER_ACTUATION = ("smooth dynamics", "constraint dynamics")
"""Stages that are held against MuJoCo with the actuator forces that Warp found, which were judged before."""

GRAZING = 1e-5
"""Distance from a contact's margin, m, within which single and double precision may differ on whether it is one."""

_STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)
_BATCH = 250
_NUDGES = 3


@dataclass
class Worst:
    """A field's largest error.

    Attributes:
        stage: in which the engine computes it.
        error: in tolerances.
        state: index of the state.
        element: place in the field, flattened.
        mujoco: value there.
        warp: value there.
        beyond: states with an error above 1.
    """

    stage: str
    error: float = 0.0
    state: int = 0
    element: int = 0
    mujoco: float = 0.0
    warp: float = 0.0
    beyond: int = 0


@dataclass
class Parity:
    """How alike the backends are on some states.

    Attributes:
        states: that were compared.
        touching: states with contacts.
        contacts: in all states, as MuJoCo finds them.
        grazing: states whose contacts MuJoCo itself finds otherwise after a change of single precision's size. What
            depends on contacts is compared on the other states only.
        mismatched: other states with other contacts: the two engines' colliders differ.
        fields: each field's largest error, in the engine's order; `qvel` and `qpos` after one step at the end.
    """

    states: int
    touching: int = 0
    contacts: int = 0
    grazing: int = 0
    mismatched: int = 0
    fields: dict[str, Worst] = field(default_factory=dict)


def compare(model: mujoco.MjModel, states: Array, device: str | None = None) -> Parity:
    """Compute one forward pass and one step from every state on both engines.

    Args:
        model: of both.
        states: (n, nstate) rows of `mjSTATE_INTEGRATION`; rounded to single precision, which is all that Warp holds.
        device: Warp's; None for its default.

    Returns:
        The largest error of every field.
    """
    parity = Parity(len(states))
    states = states.astype(np.float32).astype(np.float64)
    for start in range(0, len(states), _BATCH):
        _compare_batch(model, states[start : start + _BATCH], start, device, parity)
    return parity


def _compare_batch(
    model: mujoco.MjModel, states: Array, start: int, device: str | None, parity: Parity
) -> None:
    plain = [_forward(model, state) for state in states]
    physics = WarpPhysics(
        model,
        len(states),
        device,
        nconmax=max(64, 2 * max(data.ncon for data in plain)),
        njmax=max(256, 2 * max(data.nefc for data in plain)),
    )
    rows = torch.from_numpy(states).float()
    physics.set_state(rows)
    physics.forward()
    found = {
        name: physics.field(name).double().numpy(force=True).copy() for of in STAGES.values() for name in of
    }
    pairs = _pairs_of_warp(physics)
    physics.set_state(rows)
    physics.step()
    stepped = {name: physics.field(name).double().numpy(force=True) for name in ("qvel", "qpos")}
    for i, data in enumerate(plain):
        alike = _count_contacts(model, states[i], data, pairs[i], parity)
        ours = {name: values[i].ravel() for name, values in found.items()}
        conditioned = _conditioned(model, states[i], data, ours["qfrc_actuator"])
        _judge_forward(model, data, conditioned, ours, start + i, alike, parity)
        if alike:
            _judge_step(
                model,
                states[i],
                conditioned,
                {name: values[i] for name, values in stepped.items()},
                start + i,
                parity,
            )


def _forward(model: mujoco.MjModel, state: Array) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_setState(model, data, state, _STATE)
    mujoco.mj_forward(model, data)
    return data


def _conditioned(
    model: mujoco.MjModel, state: Array, data: mujoco.MjData, qfrc_actuator: Array
) -> mujoco.MjData:
    """MuJoCo's results with Warp's actuator forces: what a stiff motor makes of a rounded angle was judged already."""
    conditioned = mujoco.MjData(model)
    mujoco.mj_setState(model, conditioned, state, _STATE)
    conditioned.qfrc_applied += qfrc_actuator - data.qfrc_actuator
    mujoco.mj_forward(model, conditioned)
    return conditioned


def _judge_forward(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    conditioned: mujoco.MjData,
    ours: dict[str, Array],
    state: int,
    alike: bool,
    parity: Parity,
) -> None:
    bounds = mass_bounds(model, conditioned)
    for stage, tolerances in STAGES.items():
        if stage == "constraint dynamics" and not alike:
            continue
        reference = conditioned if stage in AFTER_ACTUATION else data
        for name, (atol, rtol) in tolerances.items():
            expected = np.array(getattr(reference, name), np.float64).ravel()
            given = ours[name]
            if name == "xquat":  # a quaternion and its negative are one rotation
                pairs = expected.reshape(-1, 4), given.reshape(-1, 4)
                given = (pairs[1] * np.where((pairs[0] * pairs[1]).sum(1, keepdims=True) < 0, -1, 1)).ravel()
            tolerance = atol + rtol * np.abs(expected) + bounds.get(name, 0.0)
            _note(parity, stage, name, expected, given, tolerance, state)


def _judge_step(
    model: mujoco.MjModel,
    state: Array,
    conditioned: mujoco.MjData,
    ours: dict[str, Array],
    index: int,
    parity: Parity,
) -> None:
    """One step: velocities within the timestep times the acceleration's tolerance, positions likewise from those."""
    atol, rtol = STAGES["constraint dynamics"]["qacc"]
    h = model.opt.timestep
    slack = h * (atol + rtol * np.abs(conditioned.qacc) + mass_bounds(model, conditioned).get("qacc", 0.0))
    drift = mujoco.MjData(model)
    mujoco.mj_setState(model, drift, state, _STATE)
    drift.qfrc_applied[:] = conditioned.qfrc_applied
    mujoco.mj_step(model, drift)
    _note(parity, "step", "qvel", drift.qvel.copy(), ours["qvel"], slack, index)
    _note(parity, "step", "qpos", drift.qpos.copy(), ours["qpos"], h * slack.max(initial=0.0) + 1e-5, index)


def _note(
    parity: Parity,
    stage: str,
    name: str,
    expected: Array,
    given: Array,
    tolerance: Array | float,
    state: int,
) -> None:
    worst = parity.fields.setdefault(name, Worst(stage))
    if not expected.size:
        return
    errors = np.abs(expected - given) / tolerance
    at = int(errors.argmax())
    worst.beyond += bool(errors[at] > 1)
    if errors[at] > worst.error:
        worst.error, worst.state, worst.element = float(errors[at]), state, at
        worst.mujoco, worst.warp = float(expected[at]), float(given[at])


def _count_contacts(
    model: mujoco.MjModel, state: Array, data: mujoco.MjData, warp: Counter[tuple[int, int]], parity: Parity
) -> bool:
    """Whether both engines have the same contacts in a state in which these are beyond doubt."""
    parity.contacts += data.ncon
    parity.touching += bool(data.ncon)
    if _grazes(model, state, data):
        parity.grazing += 1
        return False
    if _pairs(data) != warp:
        parity.mismatched += 1
        return False
    return True


def _grazes(model: mujoco.MjModel, state: Array, data: mujoco.MjData) -> bool:
    """Whether MuJoCo itself finds other contacts where the state moves by what single precision may lose."""
    contact = data.contact
    if (np.abs(contact.dist - contact.includemargin) <= GRAZING).any():
        return True
    moved, random = mujoco.MjData(model), np.random.default_rng(0)
    reach = model.opt.ccd_tolerance
    for _ in range(_NUDGES):
        mujoco.mj_setState(model, moved, state, _STATE)
        mujoco.mj_integratePos(model, moved.qpos, random.uniform(-reach, reach, model.nv), 1.0)
        mujoco.mj_fwdPosition(model, moved)
        if _pairs(moved) != _pairs(data):
            return True
    return False


def _pairs(data: mujoco.MjData) -> Counter[tuple[int, int]]:
    """Contacts of each pair of geoms."""
    contact = data.contact
    return _count(contact.geom, contact.dist, contact.includemargin)


def _pairs_of_warp(physics: WarpPhysics) -> list[Counter[tuple[int, int]]]:
    contacts = physics.contacts()
    return [
        _count(*(contacts[name][contacts["worldid"] == world] for name in ("geom", "dist", "includemargin")))
        for world in range(physics.nworld)
    ]


def _count(geoms: NDArray[np.int32], distance: Array, margin: Array) -> Counter[tuple[int, int]]:
    clear = np.abs(distance - margin) > GRAZING
    return Counter((int(pair.min()), int(pair.max())) for pair in geoms[clear])
