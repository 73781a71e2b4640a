"""A hand, an object, and the stand that holds the object until it is grasped."""

import mujoco
import numpy as np

from envs.grasping.hands import GraspHand
from hand_model.grasps import Grasp, GraspObject, Part, quaternion

OBJECT, STAND = "object", "stand"

PHYSICS_HZ = 504
"""28 physics steps to each control step of 1/18 s."""

_TORSION = 0.003
"""Torsional friction of a contact, m, as a share of the sliding coefficient: two thirds of a contact patch's radius of
4.5 mm, about what a fingertip has under a few newtons."""

_SOLREF = 0.005
"""Time constant of a contact, s."""

_SOLIMP = (0.98, 0.995, 0.0005, 0.5, 2)
"""Impedance of a contact: 10 N press a ball of 10 g less than 0.2 mm into a fingertip; by default it sinks 1.5 mm."""

_DEPTH = 0.004
"""How far the object sinks into the stand, m."""

_WALL = 0.002
"""Half the thickness of the stand's walls, m."""

_PLAY = 0.0005
"""Between the object and the stand's walls, m."""

_FLOOR = 0.01
"""Half the thickness of the stand's floor, m."""

GEOMS = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "ellipsoid": mujoco.mjtGeom.mjGEOM_ELLIPSOID,
}


def build_scene(
    hand: GraspHand, grasp: Grasp, physics_hz: int = PHYSICS_HZ, looks: bool = False
) -> mujoco.MjSpec:
    """Put a hand, an object and its stand into one world.

    The hand hangs in the world by its root. The object moves freely; the stand is a mocap body: a cup with a floor and
    four walls that fits the end of the object that rests on it, and that everything collides with.

    Contacts are soft by 5 ms; friction is elliptic, with `noslip` iterations after the solver, as a soft friction
    constraint would creep under a lasting load. The object's friction holds whatever the hand's: no contact of it has
    more.

    Args:
        hand: the hand.
        grasp: whose object.
        physics_hz: physics steps per second.
        looks: whether to keep the geoms that are only seen.
    """
    spec = hand.spec()
    spec.modelname = f"{grasp.number:02d} {grasp.name}"
    if not looks:
        _strip(spec)
    option = spec.option
    option.timestep = 1 / physics_hz
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10
    option.noslip_iterations = 5
    _add_object(spec, grasp.object)
    _add_stand(spec, grasp.object)
    for segment in hand.segments.values():
        spec.add_sensor(
            name=segment.body,
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname=segment.body,
            reftype=mujoco.mjtObj.mjOBJ_BODY,
            refname=OBJECT,
            intprm=[_SENSED, 3, 1],
        )
    return spec


SENSED = 7
"""Numbers of a segment's contact sensor: contacts with the object, their net force (N, in the world), its place (m)."""

_SENSED = 1 << 0 | 1 << 1 | 1 << 4
"""found, force, pos; the reduction 3 is `netforce`."""


def stand_height(thing: GraspObject) -> float:
    """From the object's frame down to the stand's floor, m."""
    return max(extent(part, thing.down_axis) for part in thing.parts)


def _strip(spec: mujoco.MjSpec) -> None:
    """Leave out what is only seen, and any ground."""
    for geom in list(spec.geoms):
        seen_only = geom.contype == 0 and geom.conaffinity == 0
        massless = geom.mass == 0 or geom.type == mujoco.mjtGeom.mjGEOM_MESH
        if (seen_only and massless) or geom.type == mujoco.mjtGeom.mjGEOM_PLANE:
            spec.delete(geom)
    used = {geom.meshname for geom in spec.geoms}
    for mesh in list(spec.meshes):
        if mesh.name not in used:
            spec.delete(mesh)


def _add_object(spec: mujoco.MjSpec, thing: GraspObject) -> None:
    body = spec.worldbody.add_body(name=OBJECT)
    body.add_freejoint(name=OBJECT)
    for i, part in enumerate(thing.parts):
        body.add_geom(
            name=f"{OBJECT}_{i}",
            type=GEOMS[part.shape],
            size=[*part.size, 0, 0][:3],
            pos=part.position,
            quat=quaternion(part.turn_deg),
            density=thing.density,
            friction=[thing.friction, _TORSION * thing.friction, 0.0],
            condim=4,
            priority=1,
            solref=[_SOLREF, 1],
            solimp=_SOLIMP,
            contype=1,
            conaffinity=1,
            rgba=[0.25, 0.45, 0.7, 1],
        )


def _add_stand(spec: mujoco.MjSpec, thing: GraspObject) -> None:
    """A cup around the slab of the object that lies within `_DEPTH` of its lowest point; its frame is the object's."""
    down = thing.down_axis
    axis = int(np.abs(down).argmax())
    height = stand_height(thing)
    low, high = _slab(thing, down, height - _DEPTH)
    body = spec.worldbody.add_body(name=STAND, mocap=True)

    def block(centre: np.ndarray, half: np.ndarray) -> None:
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=centre,
            size=half,
            solref=[_SOLREF, 1],
            rgba=[0.5, 0.5, 0.5, 1],
        )

    middle, half = (low + high) / 2, (high - low) / 2 + _PLAY
    floor, reach = middle.copy(), half + 2 * _WALL
    floor[axis], reach[axis] = down[axis] * (height + _FLOOR), _FLOOR
    block(floor, reach)
    for side in (i for i in range(3) if i != axis):
        for sign in (-1, 1):
            centre, size = middle.copy(), half + 2 * _WALL
            centre[side] += sign * (half[side] + _WALL)
            size[side] = _WALL
            centre[axis], size[axis] = down[axis] * (height - _DEPTH / 2), _DEPTH / 2
            block(centre, size)


def extent(part: Part, direction: np.ndarray) -> float:
    """How far a part reaches in a direction of the object's frame, from that frame, m."""
    return float(np.array(part.position) @ direction + _support(part, direction))


def _rotation(part: Part) -> np.ndarray:
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, quaternion(part.turn_deg))
    return matrix.reshape(3, 3)


def _support(part: Part, direction: np.ndarray) -> float:
    """The support function of a primitive about its own centre, m."""
    local, size = _rotation(part).T @ direction, part.size
    match part.shape:
        case "sphere":
            return size[0]
        case "capsule":
            return size[0] + size[1] * abs(local[2])
        case "cylinder":
            return size[0] * float(np.hypot(local[0], local[1])) + size[1] * abs(local[2])
        case "ellipsoid":
            return float(np.linalg.norm(local * size))
        case "box":
            return float(np.abs(local) @ size)


def _slab(thing: GraspObject, down: np.ndarray, depth: float) -> tuple[np.ndarray, np.ndarray]:
    """Box in the object's frame around what lies deeper than `depth` along `down`: corners (3,), (3,), m."""
    points = np.concatenate([_surface(part) for part in thing.parts])
    deep = points[points @ down > depth]
    return deep.min(0), deep.max(0)


def _surface(part: Part, count: int = 20000) -> np.ndarray:
    """Points all over a part's surface, in the object's frame, (n, 3) m: supports in evenly spread directions."""
    i = np.arange(count) + 0.5
    polar, azimuth = np.arccos(1 - 2 * i / count), np.pi * (1 + 5**0.5) * i
    way = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=1)
    size = np.array([*part.size, 0.0, 0.0][:3])
    ring = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None] * (1, 1, 0)
    match part.shape:
        case "sphere":
            local = size[0] * way
        case "ellipsoid":
            local = size * way
        case "capsule":
            local = size[0] * way + np.outer(np.sign(way[:, 2]), [0, 0, size[1]])
        case "cylinder":
            local = size[0] * ring + np.outer(np.sign(way[:, 2]), [0, 0, size[1]])
        case "box":
            local = size * np.sign(way)
    return np.array(part.position) + local @ _rotation(part).T


def object_pose(grasp: Grasp) -> tuple[np.ndarray, np.ndarray]:
    """Place (3,), m, and quaternion (4,) of the object in the palm's frame at the start."""
    return np.array(grasp.object.position), quaternion(grasp.object.turn_deg)
