"""The Shadow Hand's public model as a specimen, to be measured beside ours.

Its MJCF ships in the `gymnasium-robotics` package, which is not one of ours: the `benchmark` extra installs it.
"""

from importlib.util import find_spec
from pathlib import Path

import mujoco
import numpy as np

from hand_model.dexterity.specimen import Digit, Specimen, Spot

_PREFIX = "robot0:"
_FINGERS = {"index": "ff", "middle": "mf", "ring": "rf", "little": "lf"}
_RADIUS = {"proximal": 0.010, "middle": 0.00805, "distal": 0.00705}
"""Of the fingers' capsules, m."""
_LENGTH = {"proximal": 0.045, "middle": 0.025, "distal": 0.026}
_THUMB_RADIUS = 0.00918
_PULP = 0.7 * _LENGTH["distal"]
"""Place of the pulp along a fingertip, m: the same share of its length as on ours."""
_HOOK_DEG = {2: 60.0, 1: 70.0}
"""Angles of fingers around a handle by joint number, degrees; the last joint follows."""
COUPLING = 0.00805 / 0.00705
"""How far a finger's last joint turns for a turn of the one before: their tendon keeps 0.00705 q0 = 0.00805 q1."""


def shadow_folder() -> Path | None:
    """Where the model's files lie; none where `gymnasium-robotics` is not installed."""
    package = find_spec("gymnasium_robotics")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "envs" / "assets" / "hand"


def shadow_hand() -> Specimen:
    """The right Shadow Hand of 24 joints and 20 actuators.

    In its frame fingers run along z and the palm looks to -y. The last joint of each finger follows the one before it,
    as its coupling tendon bids; that tendon's slack, a millimetre, is left out. Its model has no heat: what an actuator
    may exert counts as continuous too.

    Raises:
        ModuleNotFoundError: `gymnasium-robotics` is not installed.
    """
    folder = shadow_folder()
    if folder is None:
        raise ModuleNotFoundError("the Shadow Hand's model is in the package gymnasium-robotics")
    spec = mujoco.MjSpec.from_file(str(folder / "reach.xml"))
    spec.delete(spec.geom("floor0"))
    for light in spec.lights:  # pictures bring their own, as with ours
        spec.delete(light)
    for texture in spec.textures:
        if texture.type == mujoco.mjtTexture.mjTEXTURE_SKYBOX:
            spec.delete(texture)
    for site in spec.sites:
        if site.name.startswith(("target", "finger")):
            spec.delete(site)
    model = spec.compile()
    limits = model.actuator_forcerange[:, 1].copy()
    return Specimen(
        name="Shadow Hand, right",
        spec=spec,
        model=model,
        palm=_PREFIX + "palm",
        digits=(_thumb(), *(_finger(name, short) for name, short in _FINGERS.items())),
        continuous=limits,
        burst=limits,
        kapandji=_kapandji(),
        mass=float(model.body_subtreemass[model.body(_PREFIX + "forearm").id]),
        mass_without_forearm=float(model.body_subtreemass[model.body(_PREFIX + "wrist").id]),
        couplings={_joint(short, 0): (_joint(short, 1), COUPLING) for short in _FINGERS.values()},
        view=_view(model),
    )


def _joint(short: str, number: int) -> str:
    return f"{_PREFIX}{short.upper()}J{number}"


def _finger(name: str, short: str) -> Digit:
    numbers = (4, 3, 2, 1, 0) if name == "little" else (3, 2, 1, 0)
    hook = {_joint(short, number): np.deg2rad(angle) for number, angle in _HOOK_DEG.items()}
    return Digit(
        name,
        _palmar(short, "distal", _PULP),
        tuple(_joint(short, number) for number in numbers),
        root=_joint(short, 2),
        grip=_palmar(short, "middle", 0.5 * _LENGTH["middle"]),
        hook=hook,
    )


def _thumb() -> Digit:
    joints = tuple(_joint("th", number) for number in (4, 3, 2, 1, 0))
    # The thumb's last joint turns about y, and bends at negative angles: its pulp looks along -x.
    pulp = Spot(_PREFIX + "thdistal", (-_THUMB_RADIUS, 0.0, 0.7 * 0.0275), (-1.0, 0.0, 0.0))
    return Digit("thumb", pulp, joints, root=_joint("th", 3))


def _palmar(short: str, part: str, along: float) -> Spot:
    return Spot(f"{_PREFIX}{short}{part}", (0.0, -_RADIUS[part], along), (0.0, -1.0, 0.0))


def _radial(part: str) -> Spot:
    return Spot(f"{_PREFIX}ff{part}", (_RADIUS[part], 0.0, _LENGTH[part] / 2), (1.0, 0.0, 0.0))


def _kapandji() -> tuple[Spot, ...]:
    """The same eleven places as on ours."""
    # The little finger's knuckle lies 0.044 above its metacarpal's origin, the palmar crease a little below it.
    crease = Spot(_PREFIX + "lfmetacarpal", (-0.017, -0.0111, 0.034), (0.0, -1.0, 0.0))
    return (
        *(_radial(part) for part in ("proximal", "middle", "distal")),
        *(_palmar(short, "distal", _PULP) for short in _FINGERS.values()),
        _palmar("lf", "distal", 0.0),
        _palmar("lf", "middle", 0.0),
        _palmar("lf", "proximal", 0.25 * _LENGTH["proximal"]),
        crease,
    )


def _view(model: mujoco.MjModel) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Onto the palm, the fingers up."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    rotation = data.xmat[model.body(_PREFIX + "palm").id].reshape(3, 3)
    onto, up = rotation[:, 1], rotation[:, 2]
    return (float(onto[0]), float(onto[1]), float(onto[2])), (float(up[0]), float(up[1]), float(up[2]))
