"""Where two carried hands meet: one at each end of a table, either the other turned by half a turn.

A half turn about the vertical through the origin brings red to where blue is. Two right hands can meet like that, and
a player that is told where things are in its own frame cannot tell which seat it has.
"""

import mujoco
import numpy as np

from envs.cameras.picture import look_at
from envs.carrier import build_carried_hand
from envs.tasks.objects import TORSION, matter, stiffen
from hand_model import HandConfig
from hand_model.scene import new_scene

PLAYERS = ("red", "blue")
"""The seats: red at negative x, blue at positive x."""

FACING = ((1.0, 1.0, 1.0), (-1.0, -1.0, 1.0))
"""What turns a vector of the world into each player's own frame, factor by factor: nothing, and a half turn."""

COLOURS = {"red": (0.80, 0.36, 0.30, 1.0), "blue": (0.33, 0.50, 0.78, 1.0)}

_EYE = (0.60, 0.55)
"""Of a player's camera: behind its own end and above the table, m."""

_LOOKED_AT = (0.0, 0.0, 0.05)
_FOVY_DEG = 50.0

_TABLE_HALF = (0.60, 0.35)
"""Of the table along x and y, m."""

_TABLE_FRICTION = 0.6


def seat_prefix(player: str) -> str:
    """What the names of a player's robot begin with."""
    return f"{player}_"


def build_arena(hand: HandConfig, away: float, height: float, timestep: float) -> mujoco.MjSpec:
    """Build a table with two hands over it, palms down, fingertips towards each other.

    Args:
        hand: both players'.
        away: from the middle to each carrier's tool centre with its joints at zero, m.
        height: of the tool centres then, above the table, m.
        timestep: of the physics, s.
    """
    spec = new_scene("arena")
    spec.worldbody.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[*_TABLE_HALF, 0.02],
        pos=[0, 0, -0.02],
        friction=[_TABLE_FRICTION, _TABLE_FRICTION * TORSION, 0],
        rgba=[0.83, 0.82, 0.79, 1],
        **matter(timestep),
    )
    for player, x, turn in (("red", -away, (1, 0, 0, 0)), ("blue", away, (0, 0, 0, 1))):
        child = build_carried_hand(hand, (0.0, 0.0, 0.0))
        stiffen(child, timestep)
        child.material("skin").rgba = COLOURS[player]
        frame = spec.worldbody.add_frame(pos=[x, 0, height], quat=turn)
        spec.attach(child, prefix=seat_prefix(player), frame=frame)
    return spec


def add_eyes(spec: mujoco.MjSpec) -> None:
    """Add what players see with, a camera above and behind each hand, `PLAYER_eye`, and light that favours nobody."""
    for player, sign in zip(PLAYERS, (-1.0, 1.0), strict=True):
        place = np.array([sign * _EYE[0], 0.0, _EYE[1]])
        quat = look_at(place, np.array(_LOOKED_AT), np.array([0.0, 0.0, 1.0]))
        spec.worldbody.add_camera(name=f"{player}_eye", pos=place, quat=quat, fovy=_FOVY_DEG)
    spec.worldbody.add_light(type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, dir=[0, 0, -1], diffuse=[0.7] * 3)
