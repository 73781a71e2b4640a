"""Build the hand as a MuJoCo model specification."""

from collections.abc import Callable

import mujoco
import numpy as np

from hand_model.anatomy import FINGERS, PALM, SEGMENTS, Segment, Strut, Vector
from hand_model.config import HandConfig
from hand_model.drives import Transmission
from hand_model.forearm import add_gearmotors, forearm_of
from hand_model.scene import new_scene
from hand_model.skin import BODIES, nail_of, skin_of
from hand_model.touch import Pad, add_sensors, pads
from hand_model.transmission import add_joints

_DENSITY = 1100.0
"""Of frame, pulleys and skin together, kg/m³; an estimate. Motors come on top."""

_PALM_DENSITY = 2000.0
"""Of the palm's struts, kg/m³: they stand for the frame and the skin between them too."""

_SKIN_GROUP = 2
"""Geom group of the skin and nails, which are only seen."""

_COLLISION_GROUP = 3
"""Geom group of the capsules that collide; viewers and cameras leave it out by default."""


class _Frame:
    """Carries places and directions of the right reference hand over to the hand being built."""

    def __init__(self, config: HandConfig) -> None:
        self.scale, self._side = config.scale, config.mirror

    def position(self, point: Vector | np.ndarray) -> np.ndarray:
        """A point or points (..., 3), m."""
        return self.scale * self.direction(point)

    def direction(self, direction: Vector | np.ndarray) -> np.ndarray:
        """A direction or directions (..., 3)."""
        return np.asarray(direction) * (1, self._side, 1)

    def faces(self, faces: np.ndarray) -> np.ndarray:
        """Triangles (n, 3), which mirroring turns inside out."""
        return faces if self._side > 0 else faces[:, ::-1]

    def attitude(self, matrix: np.ndarray) -> np.ndarray:
        """A rotation matrix (3, 3), as a quaternion (4,)."""
        quat = np.zeros(4)
        mujoco.mju_mat2Quat(quat, matrix.ravel())
        return quat * (1, self._side, 1, self._side)


def build_hand(
    config: HandConfig | None = None, mount: Callable[[mujoco.MjSpec], mujoco.MjsBody] | None = None
) -> mujoco.MjSpec:
    """Build a hand of 27 joints, driven by geared DC motors with position loops.

    The world's only child, unless something is mounted between, is the body `forearm`, whose frame lies at the middle
    of the wrist crease: x distal, z dorsal, y to the thumb's side on the right hand and away from it on the left. At
    rest (all angles zero) the fingers are straight. Joints carry the names of `anatomy.JOINTS`, actuators that of the
    joint that they drive, in the order of `config.joints`; the model's own joints come in the order of the bodies,
    depth first, so look addresses up by name. Controls are angles of the motors' shafts, rad; `shaft_angles` says
    what joint angles make of them. Sites `<finger>_tip` lie at the pulps' ends.

    To put a hand on a robot: `robot.attach(hand, prefix="right_", frame=frame)`. The robot's options hold
    then; MuJoCo warns unless they are the hand's (integrator implicitfast, elliptic cones).

    Args:
        config: which hand; by default a right hand of 0.188 m with its motors in the forearm.
        mount: adds what the hand hangs on to the empty specification and returns its last body; by default the hand
            hangs in the world.

    Returns:
        The specification, ready to compile or to attach.
    """
    config = config or HandConfig()
    frame = _Frame(config)
    spec = new_scene(f"{config.side}_hand")

    bodies = {"forearm": (mount(spec) if mount else spec.worldbody).add_body(name="forearm")}
    forearm, density = forearm_of(config.transmission)
    _add_strut(bodies["forearm"], forearm, frame, density)
    bodies["palm"] = bodies["forearm"].add_body(name="palm")
    for strut in PALM:
        _add_strut(bodies["palm"], strut, frame, _PALM_DENSITY)
    for segment in SEGMENTS.values():
        bodies[segment.name] = _add_segment(bodies[segment.parent], segment, frame)
    for finger in FINGERS:
        tip = SEGMENTS[f"{finger}_distal"]
        place = frame.position((tip.length, 0, 0))
        bodies[tip.name].add_site(name=f"{finger}_tip", pos=place, size=[0.002] * 3)
    add_joints(spec, bodies, config)
    add_gearmotors(bodies, config)
    _exclude_neighbours(spec)
    _add_skin(spec, bodies, frame, config.transmission)
    if config.touch:
        add_sensors(spec, hand_pads(config))
    return spec


def hand_pads(config: HandConfig) -> list[Pad]:
    """The taxels of a hand, by body."""
    return pads(config.scale, config.mirror)


def _add_strut(body: mujoco.MjsBody, strut: Strut, frame: _Frame, density: float = _DENSITY) -> None:
    """Add a collision capsule between two points of `body`."""
    body.add_geom(
        name=strut.name,
        type=mujoco.mjtGeom.mjGEOM_CAPSULE,
        fromto=[*frame.position(strut.start), *frame.position(strut.end)],
        size=[strut.radius * frame.scale, 0, 0],
        density=density,
        group=_COLLISION_GROUP,
    )


def _add_segment(parent: mujoco.MjsBody, segment: Segment, frame: _Frame) -> mujoco.MjsBody:
    """Add a segment's body with its collision capsule; a fingertip's capsule ends at the tip."""
    body = parent.add_body(
        name=segment.name, pos=frame.position(segment.origin), quat=frame.attitude(segment.attitude)
    )
    end = segment.length - (segment.radius if segment.name.endswith("_distal") else 0.0)
    _add_strut(body, Strut(segment.name, (0, 0, 0), (end, 0, 0), segment.radius), frame)
    return body


def _exclude_neighbours(spec: mujoco.MjSpec) -> None:
    """Exclude the pairs that anatomy keeps apart, or holds together, whatever the pose.

    MuJoCo leaves out a moving body and its child by itself. Fingertips may touch the palm: a fist closes on
    it.
    """
    metacarpals = ["palm", "ring_metacarpal", "little_metacarpal"]
    pairs = [("forearm", name) for name in [*metacarpals, "thumb_metacarpal"]]
    pairs.append(("ring_metacarpal", "little_metacarpal"))
    pairs.append(("thumb_metacarpal", "thumb_distal"))
    for finger in FINGERS[1:]:
        pairs.append((f"{finger}_proximal", f"{finger}_distal"))
        pairs += [(metacarpal, f"{finger}_proximal") for metacarpal in metacarpals]
        own = f"{finger}_metacarpal"
        pairs.append((own if own in metacarpals else "palm", f"{finger}_middle"))
    for first, second in pairs:
        spec.add_exclude(bodyname1=first, bodyname2=second)


def _add_skin(
    spec: mujoco.MjSpec, bodies: dict[str, mujoco.MjsBody], frame: _Frame, transmission: Transmission
) -> None:
    """Cover the bodies with skin and nails, which have no mass and touch nothing."""
    spec.add_material(name="skin", rgba=[0.86, 0.65, 0.53, 1], specular=0.15, shininess=0.2)
    spec.add_material(name="nail", rgba=[0.93, 0.76, 0.69, 1], specular=0.5, shininess=0.6)
    looks = {"mass": 0.0, "contype": 0, "conaffinity": 0, "group": _SKIN_GROUP}
    for name in BODIES:
        full = name == "forearm" and transmission != "direct"
        mesh = skin_of("full_forearm" if full else name)
        spec.add_mesh(
            name=f"{name}_skin",
            uservert=frame.position(mesh.vertices).ravel(),
            usernormal=frame.direction(mesh.normals).ravel(),
            userface=frame.faces(mesh.faces).ravel(),
        )
        bodies[name].add_geom(
            name=f"{name}_skin",
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=f"{name}_skin",
            material="skin",
            **looks,
        )
    for finger in FINGERS:
        nail = nail_of(finger)
        bodies[f"{finger}_distal"].add_geom(
            name=f"{finger}_nail",
            type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
            pos=frame.position(nail.position),
            size=frame.scale * np.array(nail.size),
            material="nail",
            **looks,
        )
