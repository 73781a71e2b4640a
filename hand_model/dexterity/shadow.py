"""The Shadow Hand's public model as a specimen, to be measured beside ours.

Its MJCF ships in the `gymnasium-robotics` package, which is not one of ours: the `benchmark` extra installs it.
"""

from importlib.resources import files
from pathlib import Path

import mujoco

from hand_model.dexterity.specimen import Digit, Specimen, Spot

_PREFIX = "robot0:"
_FINGERS = {"index": "ff", "middle": "mf", "ring": "rf", "little": "lf"}
_HALF_WIDTH = {"proximal": 0.010, "middle": 0.00805, "distal": 0.00705}
"""Radii of the fingers' capsules, m."""
_LENGTH = {"proximal": 0.045, "middle": 0.025, "distal": 0.026}
_PULP = 0.018
"""Place of the pulp along a fingertip, m: 0.7 of its length, as on ours."""


def shadow_hand() -> Specimen:
    """The right Shadow Hand of 24 joints and 20 actuators.

    In its frame fingers run along z and the palm looks to -y. The last joint of each finger follows the one before it,
    as its coupling tendon bids. Its model has no heat: what an actuator may exert counts as continuous too.

    Raises:
        ModuleNotFoundError: `gymnasium-robotics` is not installed.
    """
    folder = Path(str(files("gymnasium_robotics"))) / "envs" / "assets" / "hand"
    spec = mujoco.MjSpec.from_file(str(folder / "reach.xml"))
    model = spec.compile()
    limits = model.actuator_forcerange[:, 1].copy()
    hand = model.body(_PREFIX + "wrist").id
    return Specimen(
        name="Shadow Hand, right",
        model=model,
        palm=_PREFIX + "palm",
        digits=(_thumb(), *(_finger(name, short) for name, short in _FINGERS.items())),
        continuous=limits,
        burst=limits,
        kapandji=_kapandji(),
        mass=float(model.body_subtreemass[model.body(_PREFIX + "forearm").id]),
        mass_without_forearm=float(model.body_subtreemass[hand]),
        couplings={
            # the coupling tendon keeps 0.00705 q0 = 0.00805 q1
            f"{_PREFIX}{short.upper()}J0": (f"{_PREFIX}{short.upper()}J1", 0.00805 / 0.00705)
            for short in _FINGERS.values()
        },
    )


def _finger(name: str, short: str) -> Digit:
    numbers = (4, 3, 2, 1, 0) if name == "little" else (3, 2, 1, 0)
    joints = tuple(f"{_PREFIX}{short.upper()}J{number}" for number in numbers)
    return Digit(name, f"{_PREFIX}S_{short}tip", _palmar(short, "distal", _PULP), joints)


def _thumb() -> Digit:
    joints = tuple(f"{_PREFIX}THJ{number}" for number in (4, 3, 2, 1, 0))
    # the thumb's last joint turns about y, so its pulp looks along -x
    pulp = Spot(_PREFIX + "thdistal", (-0.00918, 0.0, _PULP), (-1.0, 0.0, 0.0))
    return Digit("thumb", _PREFIX + "S_thtip", pulp, joints)


def _palmar(short: str, part: str, along: float) -> Spot:
    return Spot(f"{_PREFIX}{short}{part}", (0.0, -_HALF_WIDTH[part], along), (0.0, -1.0, 0.0))


def _radial(part: str) -> Spot:
    return Spot(f"{_PREFIX}ff{part}", (_HALF_WIDTH[part], 0.0, _LENGTH[part] / 2), (1.0, 0.0, 0.0))


def _kapandji() -> tuple[Spot, ...]:
    """The same eleven places as on ours."""
    return (
        *(_radial(part) for part in ("proximal", "middle", "distal")),
        *(_palmar(short, "distal", _PULP) for short in _FINGERS.values()),
        _palmar("lf", "distal", 0.0),
        _palmar("lf", "middle", 0.0),
        _palmar("lf", "proximal", 0.25 * _LENGTH["proximal"]),
        Spot(_PREFIX + "lfmetacarpal", (-0.0165, -0.0111, 0.03), (0.0, -1.0, 0.0)),
    )

