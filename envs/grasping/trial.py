"""Trials: close on the object, take the stand away, hold against gravity and pushes from all sides."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import mujoco
import numpy as np
import torch

from envs.grasping.hands import GraspHand
from envs.grasping.scene import OBJECT, PHYSICS_HZ, SENSED, STAND, build_scene, object_pose
from envs.motors import Motors
from envs.physics import CpuPhysics
from hand_model.grasps import Grasp
from hand_model.transmission import shaft_angles

CONTROL_HZ = 18
GRAVITY = 9.81
PUSH = 5.0
"""Force of the pushes, N."""

_RISE = 5
"""Control steps in which a push grows to its force, 0.28 s: on 10 g, 5 N at once would be a blow, not a push."""

SLIP = 0.010
"""Furthest that a held object may move against the palm, m."""

_MEET = 0.6
"""Share of the way to the closing angles at which the hand touches the object."""

_WITHDRAWAL = 0.15
"""How far the stand goes away, m."""

AXES = np.concatenate([np.eye(3), -np.eye(3)])
"""The six directions of gravity and pushes, along the axes of the palm's frame, (6, 3)."""


@dataclass(frozen=True)
class Schedule:
    """How long the phases of a trial last, s.

    Attributes:
        close: until the drives have been told the closing angles.
        settle: before the stand is taken away.
        lift: while the stand moves away.
        hold: under gravity in each of six directions, and as long under each of six pushes.
    """

    close: float = 1.0
    settle: float = 0.5
    lift: float = 1.0
    hold: float = 1.0


@dataclass(frozen=True)
class Moment:
    """What a control step is about.

    Attributes:
        phase: `close`, `settle`, `lift`, `gravity` or `push`.
        closing: share of the way from the preshape to the closing angles.
        withdrawn: share of the stand's way.
        gravity: direction in the palm's frame, (3,); none while it points to the stand.
        push: force in the palm's frame, (3,) N.
    """

    phase: str
    closing: float = 1.0
    withdrawn: float = 1.0
    gravity: np.ndarray | None = None
    push: np.ndarray = field(default_factory=lambda: np.zeros(3))


def moments(schedule: Schedule) -> list[Moment]:
    """The control steps of a trial."""

    def steps(seconds: float) -> int:
        return max(round(seconds * CONTROL_HZ), 1)

    plan = [Moment("close", (i + 1) / steps(schedule.close), 0.0) for i in range(steps(schedule.close))]
    plan += [Moment("settle", withdrawn=0.0)] * steps(schedule.settle)
    plan += [Moment("lift", withdrawn=(i + 1) / steps(schedule.lift)) for i in range(steps(schedule.lift))]
    for axis in AXES:
        plan += [Moment("gravity", gravity=axis)] * steps(schedule.hold)
    for axis in AXES:
        plan += [Moment("push", push=PUSH * axis * (i + 1) / _RISE) for i in range(_RISE - 1)]
        plan += [Moment("push", push=PUSH * axis)] * steps(schedule.hold)
    return plan


@dataclass
class Trace:
    """What happened in each control step, for each world.

    Attributes:
        phases: of the steps, (n,).
        position: of the object in the palm's frame after the step, (n, nworld, 3) m.
        quaternion: of the object in the palm's frame, (n, nworld, 4).
        touch: each segment's contacts with the object: their number, net force in the segment's frame (N), place in the
            segment's frame (m), (n, nworld, nsegment, 7).
        winding: the hottest so far, (n, nworld) °C; NaN for a hand without motors.
        first: number of each segment's contacts with the object before the first step, (nworld, nsegment).
    """

    phases: np.ndarray
    position: np.ndarray
    quaternion: np.ndarray
    touch: np.ndarray
    winding: np.ndarray
    first: np.ndarray

    def during(self, *phases: str) -> np.ndarray:
        """Which steps belong to phases, (n,) bool."""
        return np.isin(self.phases, phases)

    def slip(self) -> np.ndarray:
        """Furthest way of the object against the palm since before the lift, (nworld,) m."""
        start = self.position[self.during("settle")][-1]
        return np.linalg.norm(self.position[self.during("lift", "gravity", "push")] - start, axis=-1).max(0)

    def rotation(self) -> np.ndarray:
        """Furthest turn of the object against the palm since before the lift, (nworld,) rad."""
        start = self.quaternion[self.during("settle")][-1]
        dot = np.abs((self.quaternion[self.during("lift", "gravity", "push")] * start).sum(-1))
        return (2 * np.arccos(np.clip(dot, 0, 1))).max(0)


class Record(Protocol):
    """What is told of every control step."""

    def before(self, moment: Moment) -> None:
        """Note a control step that is about to happen."""
        ...

    def end(self) -> None:
        """Note where the last one led."""
        ...


class TrialRunner:
    """Carries out candidates for one grasp, all at once.

    Args:
        hand: whose hand.
        grasp: gives the object; candidates may differ in angles and in where the object is.
        nworld: number of candidates.
        physics_hz: physics steps per second, a multiple of 18.
    """

    def __init__(self, hand: GraspHand, grasp: Grasp, nworld: int, physics_hz: int = PHYSICS_HZ) -> None:
        self.hand, self.grasp = hand, grasp
        model = build_scene(hand, grasp, physics_hz).compile()
        self.physics = CpuPhysics(model, nworld, threads=1)
        self.motors = Motors(self.physics, hand.gearmotors) if hand.gearmotors is not None else None
        self.model = self.physics.model
        self._nstep = physics_hz // CONTROL_HZ
        self._gravity = self.physics.expand("opt.gravity")
        self._moment = shaft_angles(model)
        self._object, self._stand = model.body(OBJECT).id, model.body(STAND).mocapid[0]
        self._segments = [model.body(segment.body).id for segment in hand.segments.values()]
        self._turns = np.stack([segment.turn for segment in hand.segments.values()])
        self._palm = self._segments[list(hand.segments).index("palm")]
        self._turn = _palm_turn(model, hand)

    def run(self, grasps: Sequence[Grasp], plan: Sequence[Moment], record: Record | None = None) -> Trace:
        """Carry out one candidate in each world.

        Args:
            grasps: (nworld,) candidates.
            plan: the control steps.
            record: is given every control step before and after it happens.
        """
        way, down = self._start(grasps)
        self.physics.forward()
        first, rows = self._observe()[2][..., 0], []
        for moment in plan:
            angles = way[0] + min(moment.closing / _MEET, 1) * (way[1] - way[0])
            angles += max(moment.closing - _MEET, 0) / (1 - _MEET) * (way[2] - way[1])
            self.physics.field("ctrl")[:] = torch.as_tensor(self._controls(angles))
            self._place_stand(down, moment.withdrawn)
            self._load(moment, down)
            if record:
                record.before(moment)
            self._step()
            rows.append(self._observe())
        if record:
            record.end()
        phases = np.array([moment.phase for moment in plan])
        return Trace(phases, *(np.stack(column) for column in zip(*rows, strict=True)), first=first)

    def _start(self, grasps: Sequence[Grasp]) -> tuple[list[np.ndarray], np.ndarray]:
        """Put every world at its beginning; three postures to pass (nworld, nq) and the way down (nworld, 3)."""
        model, physics = self.model, self.physics
        physics.reset()
        if self.motors:
            self.motors.reset(torch.arange(physics.nworld))
        self._gravity[:] = 0
        preshape = np.stack([pose(model, self.hand, grasp.preshape) for grasp in grasps])
        closing = np.stack([pose(model, self.hand, grasp.closing) for grasp in grasps])
        halfway = [preshape[i] + _MEET * (closing[i] - preshape[i]) for i in range(len(grasps))]
        touching = np.stack(
            [
                straight if grasp.touching is None else pose(model, self.hand, grasp.touching)
                for grasp, straight in zip(grasps, halfway, strict=True)
            ]
        )
        data, downs = mujoco.MjData(model), []
        address = model.joint(OBJECT).qposadr[0]
        self._origin = physics.field("mocap_pos")[:, self._stand].clone().numpy()
        for world, grasp in enumerate(grasps):
            place, quat = place_object(model, data, self.hand, preshape[world], grasp)
            preshape[world, address : address + 7] = [*place, *quat]
            self._origin[world] = place
            physics.field("mocap_quat")[world, self._stand] = torch.as_tensor(quat)
            matrix = np.zeros(9)
            mujoco.mju_quat2Mat(matrix, quat)
            downs.append(matrix.reshape(3, 3) @ grasp.object.down_axis)
        physics.field("qpos")[:] = torch.as_tensor(preshape)
        return [preshape, touching, closing], np.array(downs)

    def _controls(self, angles: np.ndarray) -> np.ndarray:
        """Controls (nworld, nu) for joint angles (nworld, nq), within the actuators' ranges."""
        joints = self.model.jnt_type == int(mujoco.mjtJoint.mjJNT_HINGE)
        hinges, dofs = self.model.jnt_qposadr[joints], self.model.jnt_dofadr[joints]
        controls = angles[:, hinges] @ self._moment[:, dofs].T
        low, high = self.model.actuator_ctrlrange.T
        return np.where(self.model.actuator_ctrllimited, np.clip(controls, low, high), controls)

    def _place_stand(self, down: np.ndarray, withdrawn: float) -> None:
        self.physics.field("mocap_pos")[:, self._stand] = torch.as_tensor(
            self._origin + withdrawn * _WITHDRAWAL * down
        )

    def _load(self, moment: Moment, down: np.ndarray) -> None:
        """Gravity and push, from the palm's frame at rest into the world's."""
        turn = self._turn
        way = down if moment.gravity is None else np.broadcast_to(turn @ moment.gravity, down.shape)
        self._gravity[:] = torch.as_tensor(GRAVITY * way)
        self.physics.field("xfrc_applied")[:, self._object, :3] = torch.as_tensor(turn @ moment.push)

    def _step(self) -> None:
        if self.motors:
            self.motors.step(self._nstep)
        else:
            self.physics.step(self._nstep)

    def _observe(self) -> tuple[np.ndarray, ...]:
        places, quats = (self.physics.field(name).numpy() for name in ("xpos", "xquat"))
        turns = self.physics.field("xmat").numpy().reshape(*places.shape[:2], 3, 3)
        palm = turns[:, self._palm] @ self.hand.palm.turn
        position = np.einsum("wji,wj->wi", palm, places[:, self._object] - places[:, self._palm])
        quaternion = np.empty((len(places), 4))
        for world in range(len(places)):
            inverse = quats[world, self._palm] * (1, -1, -1, -1)
            mujoco.mju_mulQuat(quaternion[world], inverse, quats[world, self._object])
        sensed = self.physics.field("sensordata").numpy()
        start = self.model.sensor(self.hand.palm.body).adr[0]
        touch = (
            sensed[:, start : start + SENSED * len(self._segments)].reshape(len(places), -1, SENSED).copy()
        )
        frames = turns[:, self._segments] @ self._turns
        touch[..., 4:] = np.einsum("wsji,wsj->wsi", frames, touch[..., 4:] - places[:, self._segments])
        touch[..., 1:4] = np.einsum("wsji,wsj->wsi", frames, touch[..., 1:4])
        peak = self.motors.peak.numpy().copy() if self.motors else np.full(len(places), np.nan)
        return position, quaternion, touch, peak


def pose(model: mujoco.MjModel, hand: GraspHand, angles_deg: dict[str, float]) -> np.ndarray:
    """The model's `qpos0` with joints of the hand, named by ours, at angles; within their limits. (nq,)."""
    qpos = model.qpos0.copy()
    for name, joint in hand.joints.items():
        low, high = model.joint(joint.name).range
        angle = joint.scale * np.deg2rad(angles_deg.get(name, 0.0)) + joint.offset
        qpos[model.joint(joint.name).qposadr[0]] = np.clip(angle, low, high)
    return qpos


def place_object(
    model: mujoco.MjModel, data: mujoco.MjData, hand: GraspHand, qpos: np.ndarray, grasp: Grasp
) -> tuple[np.ndarray, np.ndarray]:
    """Where the object lies in the world with the hand at `qpos` (nq,): place (3,), m, and quaternion (4,)."""
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    body = model.body(hand.palm.body).id
    position, quat = object_pose(grasp)
    turn = data.xmat[body].reshape(3, 3)
    place = data.xpos[body] + turn @ (np.array(hand.origin) + hand.palm.turn @ position)
    frame, matrix, world = np.zeros(4), (turn @ hand.palm.turn).ravel(), np.zeros(4)
    mujoco.mju_mat2Quat(frame, matrix)
    mujoco.mju_mulQuat(world, frame, quat)
    return place, world


def _palm_turn(model: mujoco.MjModel, hand: GraspHand) -> np.ndarray:
    """The palm's axes in the world at rest, (3, 3)."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    return data.xmat[model.body(hand.palm.body).id].reshape(3, 3) @ hand.palm.turn
