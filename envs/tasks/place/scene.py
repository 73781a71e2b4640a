"""The scene of `humanoid-place`: a robot at a bench, with a bin to its right and a part in it."""

import mujoco

from envs.factory.furniture import BENCH_TOP, BIN, add_bench, add_bin, add_stand
from envs.factory.hall import add_hall
from envs.factory.looks import SEEN
from envs.factory.stock import add_bolt
from envs.humanoid import HumanoidConfig, build_humanoid
from envs.tasks.objects import stiffen
from envs.tasks.place.parts import PART, add_part
from envs.tasks.place.reaching import add_grip

BENCH_HEIGHT = 1.08
"""Of the bench above the floor, m: 14 cm below the elbows of a robot whose hips are 1.0 m up, as for light work."""

_BENCH_NEAR = 0.16
"""Of the bench's near edge ahead of the hips, m."""

BIN_PLACE = (0.36, -0.37)
_BIN_SIZE = (BIN[1], BIN[0], BIN[2])
"""The bin's middle, ahead and to the left, m, and its size: its long side points away from the robot."""

PART_SPREAD = (0.05, 0.06)
MARK_PLACE, MARK_SPREAD = (0.36, -0.05), (0.05, 0.05)
"""How far parts are drawn about the bin's middle, and marks about theirs, m."""

TOUCH = ("part_by_thumb", "part_by_hand")
"""Sensors: the net force on the part of the thumb, and of all from the forearm on."""


def build_place_scene(robot: HumanoidConfig, timestep: float) -> mujoco.MjSpec:
    """Build it.

    Args:
        robot: on a stand.
        timestep: of the physics, s.
    """
    spec = build_humanoid(robot)
    stiffen(spec, timestep)
    add_grip(spec)
    add_hall(spec)
    add_stand(spec, spec.body("pelvis").pos[2])
    add_bench(spec, "bench", (_BENCH_NEAR + BENCH_TOP[1] / 2, 0.0, BENCH_HEIGHT))
    add_bin(spec, "bin", (*BIN_PLACE, BENCH_HEIGHT), _BIN_SIZE)
    add_part(spec, timestep)
    _dress(spec)
    _add_touch(spec)
    return spec


def _add_touch(spec: mujoco.MjSpec) -> None:
    for name, body in zip(TOUCH, ("right_thumb_metacarpal", "right_forearm"), strict=True):
        spec.add_sensor(
            name=name,
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname=PART,
            reftype=mujoco.mjtObj.mjOBJ_XBODY,  # with all that hangs on it
            refname=body,
            # force and nothing else; the net force of all contacts, in one slot
            intprm=[1 << int(mujoco.mjtConDataField.mjCONDATA_FORCE), 3, 1],
        )


def _dress(spec: mujoco.MjSpec) -> None:
    """What else stands on the bench: bins with bolts, seen only; the mark where a part may have to stand."""
    for index, material in enumerate(("safety_yellow", "blue_plastic", "safety_yellow")):
        add_bin(
            spec,
            f"store_{index}",
            (0.74, 0.25 + 0.16 * index, BENCH_HEIGHT),
            (0.20, 0.15, 0.10),
            material,
            **SEEN,
        )
    for index in range(8):
        add_bolt(spec, (0.60 + 0.05 * (index % 2), 0.24 + 0.06 * (index // 2), BENCH_HEIGHT))
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=[*MARK_PLACE, BENCH_HEIGHT + 0.0005],
        size=[MARK_SPREAD[0] + 0.03, MARK_SPREAD[1] + 0.03, 0.0005],
        material="safety_yellow",
        **SEEN,
    )
