"""Kinematics of a grasp: a pose in which a hand touches the object where it should, and how hard to press there."""

from dataclasses import dataclass

import mujoco
import numpy as np
from scipy.optimize import least_squares, lsq_linear, nnls

from envs.grasping.hands import GraspHand
from envs.grasping.scene import OBJECT, STAND, build_scene
from envs.grasping.trial import place_object, pose
from hand_model.gearmotors import STIFFNESS
from hand_model.grasps import RANGES_DEG, Grasp, digit_of
from hand_model.transmission import shaft_angles

_REACH = 0.3
"""Distance beyond which surfaces need not be told apart, m."""

_MM, _TURN = 1e-3, np.deg2rad(15)

_NEAR_HOME = 0.3
"""Weight of staying near the grasp's own angles, against misses by a millimetre."""

SIDES = {
    "pad": np.array([0.0, 0.0, -1.0]),
    "radial": np.array([0.0, 1.0, 0.0]),
    "ulnar": np.array([0.0, -1.0, 0.0]),
    "tip": np.array([1.0, 0.0, 0.0]),
}
"""Directions of a segment's sides in its frame."""


@dataclass(frozen=True)
class Near:
    """The nearest approach of a segment to the object.

    Attributes:
        distance: between the surfaces, m; negative inside.
        point: on the segment, (3,) m.
        normal: from the segment into the object, (3,).
    """

    distance: float
    point: np.ndarray
    normal: np.ndarray


class Poser:
    """Finds poses for one grasp with one hand.

    Args:
        hand: the hand.
        grasp: its angles and the object's place are where the search starts, and what it stays near.
    """

    def __init__(self, hand: GraspHand, grasp: Grasp) -> None:
        self.hand, self.grasp = hand, grasp
        model = self.model = build_scene(hand, grasp).compile()
        self.data = mujoco.MjData(model)
        self.data.mocap_pos[model.body(STAND).mocapid[0]] = [0, 0, 9]
        owners = model.geom_bodyid
        self._parts = [g for g in range(model.ngeom) if owners[g] == model.body(OBJECT).id]
        self._geoms = {
            name: [g for g in range(model.ngeom) if owners[g] == model.body(segment.body).id]
            for name, segment in hand.segments.items()
        }
        known = {g for geoms in self._geoms.values() for g in geoms}
        stand, thing = model.body(STAND).id, model.body(OBJECT).id
        self._others = [
            g for g in range(model.ngeom) if g not in known and owners[g] not in (stand, thing, 0)
        ]
        self.joints = [name for name in hand.joints if self._acts(name)]
        self._address = np.array([model.joint(hand.joints[name].name).qposadr[0] for name in self.joints])
        self._range = np.array([model.joint(hand.joints[name].name).range for name in self.joints])
        self._free = model.joint(OBJECT).qposadr[0]

    def _acts(self, joint: str) -> bool:
        """Whether a joint may change: it moves a digit that acts."""
        return joint.split("_")[0] in self.grasp.acting

    def touching(self, starts: int = 6, seed: int = 0) -> np.ndarray:
        """A pose in which every contact touches and the contacts can balance, (nq,).

        Args:
            starts: searches from places around the grasp's own angles; the best counts.
            seed: of those places.
        """
        start = pose(self.model, self.hand, self.grasp.touching or self.grasp.closing)
        place, quat = place_object(self.model, self.data, self.hand, start, self.grasp)
        start[self._free : self._free + 7] = [*place, *quat]
        home = np.concatenate([start[self._address], np.zeros(6)])
        low = np.concatenate([self._range[:, 0], np.full(6, -6.0)])
        high = np.concatenate([self._range[:, 1], np.full(6, 6.0)])
        spread = np.concatenate([np.full(len(home) - 6, np.deg2rad(20)), np.full(6, 1.0)])
        rng, best = np.random.default_rng(seed), None
        for number in range(starts):
            x = np.clip(
                home + (number > 0) * 0.7 * spread * rng.standard_normal(len(home)), low + 1e-6, high - 1e-6
            )
            for scale in (4 * _MM, _MM):

                def residual(x: np.ndarray, scale: float = scale) -> np.ndarray:
                    self._set(start, x)
                    return np.concatenate([self._misses(scale), _NEAR_HOME * (x - home) / spread])

                found = least_squares(residual, x, bounds=(low, high), xtol=1e-4, ftol=1e-4, max_nfev=60)
                x = np.clip(found.x, low + 1e-6, high - 1e-6)
            if best is None or found.cost < best.cost:
                best = found
        assert best is not None
        self.cost = float(best.cost)
        self._set(start, best.x)
        return self.data.qpos.copy()

    def _misses(self, scale: float) -> np.ndarray:
        """What keeps the pose that `data` has from touching as it should."""
        near = self.approach()
        return np.concatenate(
            [*self._contact_terms(near, scale), self._apart(near, 0.0, scale), self._balance(near)]
        )

    def open(self, touching: np.ndarray, gap: float = 0.008) -> np.ndarray:
        """The same with the digits off the object by `gap`, m, where they can; the palm may stay, (nq,)."""
        start = touching.copy()
        x0 = start[self._address]

        def residual(x: np.ndarray) -> np.ndarray:
            self._set(start, x)
            near = self.approach()
            change = 0.3 * (x - x0) / np.deg2rad(20)
            return np.concatenate([self._apart(near, gap, _MM), change])

        found = least_squares(
            residual, x0, bounds=(self._range[:, 0] - 1e-9, self._range[:, 1] + 1e-9), max_nfev=30
        )
        self._set(start, found.x)
        return self.data.qpos.copy()

    def pressing(self, touching: np.ndarray, forces: np.ndarray) -> np.ndarray:
        """Targets of the joints that press with about these forces where the pose touches.

        Contact forces within half of the friction cones balance the object as well as they can, each at least as large
        as asked for; what they ask of the joints, over the loops' stiffness, is how far the targets lie inside.

        Args:
            touching: a pose, (nq,).
            forces: of the contacts, (ncontact,) N.

        Returns:
            (nq,), within the joints' limits.
        """
        model, data = self.model, self.data
        data.qpos[:] = touching
        near = self.approach()
        mujoco.mj_comPos(model, data)
        edges, jacobians = [], []
        centre = data.xipos[model.body(OBJECT).id]
        for contact in self.grasp.contacts:
            at = near[contact.segment]
            jacobian = np.zeros((3, model.nv))
            body = model.body(self.hand.segments[contact.segment].body).id
            mujoco.mj_jac(model, data, jacobian, None, at.point, body)
            edges.append(_edges(at, centre, 0.5 * self.grasp.object.friction))
            jacobians.append(jacobian.T @ edges[-1][:3])
        least = np.repeat(forces / 4, 4)
        matrix = np.vstack([np.hstack(edges), 0.03 * np.eye(4 * len(forces))])
        found = lsq_linear(
            matrix, np.concatenate([np.zeros(6), 0.03 * least]), (least, np.full(len(least), 1e3))
        )
        torque = np.hstack(jacobians) @ found.x
        return self._deflected(touching, torque)

    def _deflected(self, qpos: np.ndarray, torque: np.ndarray) -> np.ndarray:
        """Joint targets at which the position loops give a torque (nv,) in a pose (nq,)."""
        model = self.model
        moment = shaft_angles(model)
        stiffness = moment.T @ (loop_stiffness(model)[:, None] * moment)
        dofs = model.jnt_dofadr[[model.joint(self.hand.joints[name].name).id for name in self.joints]]
        target = qpos.copy()
        target[self._address] += np.linalg.pinv(stiffness[np.ix_(dofs, dofs)], rcond=1e-6) @ torque[dofs]
        target[self._address] = np.clip(target[self._address], *self._range.T)
        return target

    def angles_deg(self, qpos: np.ndarray) -> dict[str, float]:
        """Joint angles of a pose by our names, degrees; those near 0 are left out."""
        found = {}
        for name, joint in self.hand.joints.items():
            angle = (qpos[self.model.joint(joint.name).qposadr[0]] - joint.offset) / joint.scale
            found[name] = float(np.rad2deg(angle))
        return self.within_limits(found)

    def within_limits(self, angles_deg: dict[str, float]) -> dict[str, float]:
        """Joint angles by our names, degrees, clipped to their ranges and rounded; those near 0 left out."""
        found = {
            name: round(float(np.clip(angle, *RANGES_DEG[name])), 1) for name, angle in angles_deg.items()
        }
        return {name: angle for name, angle in found.items() if angle}

    def object_in_palm(self, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place (3,), m, and rotation (3, 3) of the object in the palm's frame."""
        self.data.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, self.data)
        palm, thing = (self.model.body(name).id for name in (self.hand.palm.body, OBJECT))
        turn = self.data.xmat[palm].reshape(3, 3)
        frame = turn @ self.hand.palm.turn
        origin = self.data.xpos[palm] + turn @ np.array(self.hand.origin)
        return frame.T @ (self.data.xpos[thing] - origin), frame.T @ self.data.xmat[thing].reshape(3, 3)

    def _set(self, start: np.ndarray, x: np.ndarray) -> None:
        """Put the joints at x[:n] rad; six more move the object (cm) and turn it (15 degrees)."""
        qpos, count = self.data.qpos, len(self._address)
        qpos[:] = start
        qpos[self._address] = x[:count]
        if len(x) > count:
            qpos[self._free : self._free + 3] += 0.01 * x[count : count + 3]
            mujoco.mju_quatIntegrate(qpos[self._free + 3 : self._free + 7], x[count + 3 :], _TURN)

    def approach(self) -> dict[str, Near]:
        """Nearest approach of every segment to the object in the pose of `data`; `""` is the rest of the hand."""
        mujoco.mj_kinematics(self.model, self.data)
        near = {name: self._nearest(geoms) for name, geoms in self._geoms.items()}
        return near | {"": self._nearest(self._others)}

    def _nearest(self, geoms: list[int]) -> Near:
        best, line, found = _REACH, np.zeros(6), None
        for geom in geoms:
            for part in self._parts:
                distance = mujoco.mj_geomDistance(self.model, self.data, geom, part, _REACH, line)
                if distance < best:
                    best, found = distance, line.copy()
        if found is None:
            return Near(_REACH, np.zeros(3), np.zeros(3))
        way = found[3:] - found[:3]
        length = np.linalg.norm(way)
        return Near(best, found[:3], np.sign(best) * way / length if length > 1e-9 else np.zeros(3))

    def _contact_terms(self, near: dict[str, Near], scale: float) -> list[np.ndarray]:
        """Distances over `scale`, m, and wrong sides of the contacts."""
        distance, sides = [], []
        for contact in self.grasp.contacts:
            at = near[contact.segment]
            distance.append((at.distance + 0.2 * _MM) / scale)
            if contact.side != "any":
                sides.append(
                    4 * max(0.0, 0.8 - float(self._outward(contact.segment, at) @ SIDES[contact.side]))
                )
        return [np.array(distance), np.array(sides)]

    def _outward(self, name: str, at: Near) -> np.ndarray:
        """Direction from a segment's bone to its nearest point, in our axes, (3,)."""
        segment = self.hand.segments[name]
        body = self.model.body(segment.body).id
        turn = self.data.xmat[body].reshape(3, 3) @ segment.turn
        return outward(turn.T @ (at.point - self.data.xpos[body]), segment.length)

    def _apart(self, near: dict[str, Near], gap: float, scale: float) -> np.ndarray:
        """What is nearer to the object than `gap`, m, and what of the hand is inside another part, over `scale`, m."""
        wanted = {contact.segment for contact in self.grasp.contacts}
        terms = []
        for name, at in near.items():
            if name in wanted and not gap:
                continue
            acting = name and digit_of(name) in self.grasp.acting
            palm = name and digit_of(name) == "palm"
            clearance = (0.0 if palm else gap) if acting else 2 * _MM
            terms.append(min(0.0, at.distance - clearance) / scale)
        mujoco.mj_collision(self.model, self.data)
        thing = self.model.body(OBJECT).id
        inside = [
            c.dist for c in self.data.contact[: self.data.ncon] if thing not in self.model.geom_bodyid[c.geom]
        ]
        return np.array([*terms, sum(min(0.0, d) for d in inside) / scale])

    def _balance(self, near: dict[str, Near]) -> np.ndarray:
        """The wrench that is left when the contacts press as best they can, each with some force at least, (6,).

        With little friction, so that contacts come to lie opposite each other. An object in the palm finds its balance
        by itself, and fingertips around a disk press it there by friction alone: it counts less there.
        """
        centre = self.data.xpos[self.model.body(OBJECT).id]
        share, weight = (0.4, 1.5) if self.grasp.opposition == "palm" else (0.1, 6.0)
        friction = share * self.grasp.object.friction
        edges = np.hstack([_edges(near[c.segment], centre, friction) for c in self.grasp.contacts])
        least = edges.sum(1) * (0.5 / len(self.grasp.contacts) / 4)
        more, _ = nnls(edges, -least)
        return weight * (edges @ more + least)


def outward(point: np.ndarray, length: float) -> np.ndarray:
    """Direction from a bone of some length along x to points (..., 3) in its segment's frame, (..., 3)."""
    bone = np.zeros_like(point)
    bone[..., 0] = np.clip(point[..., 0], 0, length)
    way = point - bone
    return way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9)


def loop_stiffness(model: mujoco.MjModel) -> np.ndarray:
    """Force per length of each actuator's position loop, (nu,)."""
    motor = model.actuator_gaintype == int(mujoco.mjtGain.mjGAIN_DCMOTOR)
    return np.where(motor, model.actuator_gainprm[:, STIFFNESS], -model.actuator_biasprm[:, 1])


def _edges(at: Near, centre: np.ndarray, friction: float) -> np.ndarray:
    """Wrenches on the object of the edges of a contact's friction cone, torques per 33 mm, (6, 4)."""
    cone = _cone(at.normal, friction)
    return np.vstack([cone, 30 * np.cross(at.point - centre, cone.T).T])


def _cone(normal: np.ndarray, friction: float) -> np.ndarray:
    """Four edges of a friction cone, each with a unit along the normal, (3, 4)."""
    across = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    across /= np.linalg.norm(across)
    sideways = np.cross(normal, across)
    return np.stack([normal + friction * way for way in (across, -across, sideways, -sideways)], axis=1)
