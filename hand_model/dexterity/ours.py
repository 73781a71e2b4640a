"""This project's hand as a specimen."""

import mujoco
import numpy as np

from hand_model.anatomy import FINGERS, JOINTS, SEGMENTS, Segment
from hand_model.build import build_hand
from hand_model.config import HandConfig
from hand_model.dexterity.specimen import Digit, Specimen, Spot

PULP = 0.7
"""Place of the pulp along a distal segment, as a share of its length."""

HOOK_DEG = {"mcp_flexion": 60.0, "pip_flexion": 70.0, "dip_flexion": 30.0}
"""Angles of fingers around a handle of some 50 mm, degrees."""


def our_hand(config: HandConfig | None = None) -> Specimen:
    """The hand that a config describes.

    Args:
        config: by default the default hand.
    """
    config = config or HandConfig()
    spec = build_hand(config)
    model = spec.compile()
    scale, side = config.scale, config.mirror
    gearmotors, forearm = config.gearmotors(), model.body("forearm").id
    return Specimen(
        name=f"{config.side} hand, {config.transmission}",
        spec=spec,
        model=model,
        palm="palm",
        digits=tuple(_digit(name, scale) for name in FINGERS),
        continuous=np.array([g.continuous_force / g.gear for g in gearmotors]),
        burst=np.array([g.stall_force / g.gear for g in gearmotors]),
        kapandji=_kapandji_spots(scale, side),
        mass=float(model.body_subtreemass[forearm]),
        mass_without_forearm=float(model.body_subtreemass[model.body("palm").id]),
        couplings=couplings(model),
        gearmotors=gearmotors,
        in_forearm=[model.geom(f"{name}_motor").bodyid[0] == forearm for name in config.joints],
    )


def couplings(model: mujoco.MjModel) -> dict[str, tuple[str, float]]:
    """Joints that an equality constraint ties to another: `{follower: (leader, ratio)}`."""
    found: dict[str, tuple[str, float]] = {}
    for i in range(model.neq):
        if model.eq_type[i] == mujoco.mjtEq.mjEQ_JOINT and model.eq_obj2id[i] >= 0:
            follower, leader = (model.joint(ids[i]).name for ids in (model.eq_obj1id, model.eq_obj2id))
            found[follower] = (leader, float(model.eq_data[i, 1]))
    return found


def _digit(name: str, scale: float) -> Digit:
    own = tuple(joint.name for joint in JOINTS if joint.name.startswith(f"{name}_"))
    pulp = _palmar(SEGMENTS[f"{name}_distal"], PULP, scale)
    if name == "thumb":
        return Digit(name, pulp, own, root="thumb_cmc_flexion")
    hook = {f"{name}_{joint}": np.deg2rad(angle) for joint, angle in HOOK_DEG.items()}
    grip = _palmar(SEGMENTS[f"{name}_middle"], 0.5, scale)
    return Digit(name, pulp, own, root=f"{name}_mcp_flexion", grip=grip, hook=hook)


def _palmar(part: Segment, place: float, scale: float) -> Spot:
    """On the palmar side of a segment, at a share of its length."""
    return Spot(part.name, (scale * place * part.length, 0.0, -scale * part.radius), (0.0, 0.0, -1.0))


def _radial(part: Segment, place: float, scale: float, side: float) -> Spot:
    """On the thumb's side of a segment, at a share of its length."""
    return Spot(part.name, (scale * place * part.length, side * scale * part.radius, 0.0), (0.0, side, 0.0))


def _kapandji_spots(scale: float, side: float) -> tuple[Spot, ...]:
    """Kapandji (1986), "Clinical test of apposition and counter-apposition of the thumb": stages 0 to 10."""
    parts = SEGMENTS
    return (
        _radial(parts["index_proximal"], 0.5, scale, side),
        _radial(parts["index_middle"], 0.5, scale, side),
        _radial(parts["index_distal"], 0.5, scale, side),
        *(_palmar(parts[f"{finger}_distal"], PULP, scale) for finger in FINGERS[1:]),
        _palmar(parts["little_distal"], 0.0, scale),
        _palmar(parts["little_middle"], 0.0, scale),
        _palmar(parts["little_proximal"], 0.25, scale),
        _palmar(parts["little_metacarpal"], 0.85, scale),
    )
