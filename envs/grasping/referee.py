"""The referee: replays a recorded trial and judges it.

It shares nothing with what carried the trial out but the data of the grasp and the hand: it steps the recorded model
itself, from each recorded state to the next, and looks at every physics step on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import mujoco
import numpy as np

from envs.grasping.hands import GraspHand
from envs.grasping.inspection import faults_of_model
from hand_model.grasps import Grasp, Side, digit_of
from hand_model.motors import COPPER

SLIP = 0.010
"""Furthest that a held object may move against the palm, m."""

PUSH, GRAVITY = 5.0, 9.81
"""N; m/s²."""

PENETRATION = 0.001
"""Deepest that the object may press into the hand once it is lifted, m."""

_STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)
_DRIFT = 1e-6
"""How far a replayed state may lie from the recorded one, m and rad."""

_WARM = 2.0
"""How far temperatures may lie from those that the recorded forces make, K, beside a tenth of the rise."""

_AXES = np.concatenate([np.eye(3), -np.eye(3)])
_ACROSS: dict[Side, tuple[float, float, float]] = {
    "pad": (0, 0, -1), "radial": (0, 1, 0), "ulnar": (0, -1, 0), "tip": (1, 0, 0)
}  # fmt: skip


@dataclass
class Verdict:
    """What the referee found.

    Attributes:
        faults: what speaks against the recording or the grasp; none if it was held.
        slip: furthest way of the object against the palm since before the lift, m.
        rotation: furthest turn, rad.
        penetration: deepest contact of the object after the lift, m.
        grip: smallest sum of the normal forces on the object after the lift, N.
        effort: largest force of an actuator after the lift, as a share of what it gives cold.
        winding: hottest winding, °C; NaN for a hand without motors.
        gravity_s: shortest time for which gravity pulled along one of the six directions, s.
        push_s: the same of pushes.
    """

    faults: list[str] = field(default_factory=list)
    slip: float = 0.0
    rotation: float = 0.0
    penetration: float = 0.0
    grip: float = np.inf
    effort: float = 0.0
    winding: float = np.nan
    gravity_s: float = 0.0
    push_s: float = 0.0

    @property
    def held(self) -> bool:
        """Whether the object was held, honestly."""
        return not self.faults


def judge(recording: Mapping[str, np.ndarray], hand: GraspHand, grasp: Grasp, hold: float) -> Verdict:
    """Judge a recording.

    Args:
        recording: the arrays that were recorded.
        hand: that should have been used.
        grasp: that should have been carried out.
        hold: for how long, s, gravity must have pulled and 5 N must have pushed along each of six directions.
    """
    model = _model_of(recording)
    verdict = Verdict(faults_of_model(model, hand, grasp))
    if not verdict.faults:
        _Replay(model, recording, hand, grasp, verdict).run(hold)
    return verdict


def _model_of(recording: Mapping[str, np.ndarray]) -> mujoco.MjModel:
    return mujoco.MjModel.from_binary_path("model.mjb", {"model.mjb": recording["model"].tobytes()})


class _Replay:
    """Steps a recording again."""

    def __init__(
        self,
        model: mujoco.MjModel,
        recording: Mapping[str, np.ndarray],
        hand: GraspHand,
        grasp: Grasp,
        verdict: Verdict,
    ) -> None:
        self.model, self.hand, self.grasp, self.verdict = model, hand, grasp, verdict
        self.data = mujoco.MjData(model)
        self.recording = recording
        self.thing, self.stand = model.body("object").id, model.body("stand").id
        self.palm = model.body(hand.palm.body).id
        self.names = {model.body(segment.body).id: name for name, segment in hand.segments.items()}
        self.cold = (model.actuator_gainprm.copy(), model.actuator_forcerange.copy())
        self.start: tuple[np.ndarray, np.ndarray] | None = None
        self.identified = False
        self.times = {"gravity": np.zeros(6), "push": np.zeros(6)}
        self.heat = np.zeros((2, model.nu))

    def run(self, hold: float) -> None:
        """Replay all of it."""
        states = self.recording["state"]
        home = None
        mujoco.mj_setState(self.model, self.data, states[-1], _STATE)
        self.away = self.data.mocap_pos.copy()
        for step in range(len(states) - 1):
            self._load(step)
            if home is None:
                home = self.data.mocap_pos.copy()
                self._check_start()
            moved = bool(np.abs(self.data.mocap_pos - home).max() > 1e-9)
            if moved and self.start is None:
                self.start = self._object_in_palm()
            self._check_inputs(moved)
            self._advance(step, moved)
            self._check_arrival(step + 1)
            self._check_motors(step + 1)
            if len(self.verdict.faults) > 20:
                break
        self._check_coverage(hold)
        if self.verdict.slip > SLIP:
            self._fault(
                f"the object slipped by {1000 * self.verdict.slip:.1f} mm, expected less than {1000 * SLIP:g}"
            )

    def _fault(self, what: str) -> None:
        if what not in self.verdict.faults:
            self.verdict.faults.append(what)

    def _load(self, step: int) -> None:
        """Take over a recorded state and its inputs."""
        mujoco.mj_setState(self.model, self.data, self.recording["state"][step], _STATE)
        self.model.opt.gravity[:] = self.recording["gravity"][step]
        self.model.actuator_gainprm[:] = self.recording["gainprm"][step]
        self.model.actuator_forcerange[:] = self.recording["forcerange"][step]
        mujoco.mj_forward(self.model, self.data)

    def _check_start(self) -> None:
        """The object rests on its stand; it may stand against the palm, but no digit touches it yet."""
        if self.data.qvel.any():
            self._fault("the recording does not begin at rest")
        touching = {
            self.names.get(b, "") for pair, *_ in self._contacts() if self.thing in pair for b in pair
        }
        if any(name and digit_of(name) != "palm" for name in touching):
            self._fault("a digit touches the object before the hand closes")

    def _check_inputs(self, moved: bool) -> None:
        """Forces from outside: gravity of 9.81 m/s², and at most 5 N on the object once it is lifted."""
        data, gravity = self.data, self.model.opt.gravity
        if abs(np.linalg.norm(gravity) - GRAVITY) > 1e-6:
            self._fault("gravity is not 9.81 m/s²")
        others = np.delete(data.xfrc_applied, self.thing, axis=0)
        push = data.xfrc_applied[self.thing]
        if others.any() or push[3:].any() or data.qfrc_applied.any():
            self._fault("a force acts that should not")
        size = np.linalg.norm(push[:3])
        if size > PUSH + 1e-6 or (size and not moved):
            self._fault("a push is of more than 5 N, or on an object that is not lifted")

    def _advance(self, step: int, moved: bool) -> None:
        """Step to the next recorded state, looking at everything on the way."""
        data, verdict = self.data, self.verdict
        length = self.recording["state"][step + 1][0] - data.time
        count, seconds = round(length / self.model.opt.timestep), self.model.opt.timestep
        self.square = np.zeros(self.model.nu)
        lifted = bool(np.abs(data.mocap_pos - self.away).max() < 1e-9)
        for _ in range(count):
            mujoco.mj_step(self.model, data)
            self.square += self._current() ** 2 / count
            if not lifted:
                continue
            effort = np.abs(data.actuator_force) / self.cold[1][:, 1]
            verdict.effort = max(verdict.effort, float(effort.max()))
            if (
                np.abs(data.actuator_force) > self.cold[1][:, 1] + self.model.actuator_biasprm[:, 3] + 1e-9
            ).any():
                self._fault("an actuator exceeds its force")
            self._watch_contacts()
        if moved:
            self._watch_object()
        if lifted:
            if (
                not self.identified
                and (self.recording["gravity"][step + 1] != self.recording["gravity"][step]).any()
            ):
                self._identify()
            self._count_time(count * seconds)

    def _watch_contacts(self) -> None:
        """Who touches the object, how deep, with how much friction, how hard."""
        grip = 0.0
        for pair, contact, force in self._contacts():
            if self.thing not in pair:
                continue
            other = next(iter(pair - {self.thing}))
            if other not in self.names:
                self._fault(f"the lifted object touches {self.model.body(other).name or 'the world'}")
            elif digit_of(self.names[other]) not in self.grasp.acting and force[0] > 0.05:
                self._fault(f"{self.names[other]} touches the object, which is no part of this grasp")
            if contact.friction[:2].max() > self.grasp.object.friction + 1e-9:
                self._fault(f"a contact has friction {contact.friction[0]:g}")
            if np.linalg.norm(force[1:3]) > self.grasp.object.friction * force[0] + 1e-3:
                self._fault("a contact's force lies outside its friction cone")
            grip += force[0]
            self.verdict.penetration = max(self.verdict.penetration, -float(contact.dist))
        self.verdict.grip = min(self.verdict.grip, grip)
        if self.verdict.penetration > PENETRATION:
            self._fault(f"the object is pressed more than {1000 * PENETRATION:g} mm into the hand")

    def _watch_object(self) -> None:
        assert self.start is not None
        place, turn = self._object_in_palm()
        self.verdict.slip = max(self.verdict.slip, float(np.linalg.norm(place - self.start[0])))
        cosine = (np.trace(self.start[1].T @ turn) - 1) / 2
        self.verdict.rotation = max(self.verdict.rotation, float(np.arccos(np.clip(cosine, -1, 1))))

    def _identify(self) -> None:
        """At the end of the lift, when the object hangs in the hand alone: the contacts are those of the grasp."""
        self.identified = True
        touched: dict[str, list[np.ndarray]] = {}
        for pair, contact, force in self._contacts():
            if self.thing in pair and force[0] > 0:
                other = next(iter(pair - {self.thing}))
                touched.setdefault(self.names.get(other, ""), []).append(self._direction(other, contact.pos))
        for contact in self.grasp.contacts:
            ways = touched.get(contact.segment, [])
            if contact.side != "any":
                ways = [way for way in ways if way @ np.array(_ACROSS[contact.side]) >= 0.5]
            if not ways:
                self._fault(f"the {contact.side} side of {contact.segment} does not touch the object")

    def _direction(self, body: int, point: np.ndarray) -> np.ndarray:
        """From the bone of a segment to a point on it, unit vector in its frame."""
        if body not in self.names:
            return np.zeros(3)
        segment = self.hand.segments[self.names[body]]
        turn = self.data.xmat[body].reshape(3, 3) @ segment.turn
        local = turn.T @ (point - self.data.xpos[body])
        local[0] -= min(max(local[0], 0.0), segment.length)
        return local / max(float(np.linalg.norm(local)), 1e-9)

    def _count_time(self, seconds: float) -> None:
        """Book time under one of the six gravities, and under one of the six pushes."""
        frame = self._rest_frame()
        gravity, push = frame.T @ self.model.opt.gravity, frame.T @ self.data.xfrc_applied[self.thing, :3]
        if push.any():
            self.times["push"][_along(push) & (np.linalg.norm(push) > PUSH - 1e-6)] += seconds
        else:
            self.times["gravity"][_along(gravity)] += seconds

    def _check_coverage(self, hold: float) -> None:
        if not self.identified:
            self._fault("the object was never lifted")
        self.verdict.gravity_s, self.verdict.push_s = (
            float(self.times[name].min()) for name in ("gravity", "push")
        )
        for name, seconds in self.times.items():
            if seconds.min() < hold - 1e-6:
                self._fault(
                    f"{name}: held for {seconds.min():.2f} s in one of six directions, expected {hold:g} s"
                )

    def _check_arrival(self, step: int) -> None:
        """Whether physics led from one recorded state to the next."""
        there = mujoco.MjData(self.model)
        mujoco.mj_setState(self.model, there, self.recording["state"][step], _STATE)
        drift = max(
            np.abs(there.qpos - self.data.qpos).max(), 0.01 * np.abs(there.qvel - self.data.qvel).max()
        )
        if not drift <= _DRIFT:
            self._fault(f"physics does not lead from a recorded state to the next (off by {drift:.1e})")

    def _check_motors(self, step: int) -> None:
        """Forces within the motors' limits; resistances and temperatures that follow from the currents."""
        gain, limits = self.recording["gainprm"][step], self.recording["forcerange"][step]
        cold_gain, cold_limits = self.cold
        if (limits[:, 1] > cold_limits[:, 1] * (1 + 1e-9)).any() or (
            limits[:, 0] < cold_limits[:, 0] * (1 + 1e-9)
        ).any():
            self._fault("a motor is allowed more force than when cold")
        if self.hand.gearmotors is None:
            if not np.allclose(gain, cold_gain):
                self._fault("an actuator's gains are not the hand's")
            return
        winding = self._warm(step)
        resistance = (
            cold_gain[:, 0] / _warmth(self.hand, 22.0) * _warmth(self.hand, self.recording["winding"][step])
        )
        if not np.allclose(gain[:, 1:], cold_gain[:, 1:]) or not np.allclose(
            gain[:, 0], resistance, rtol=1e-3
        ):
            self._fault("a motor's constants are not those of its data sheet at its temperature")
        off = np.abs(winding - self.recording["winding"][step]) - 0.1 * (winding - 22.0)
        if off.max() > _WARM:
            self._fault(f"a winding's temperature is {off.max():.1f} K off what its currents make")
        self.verdict.winding = float(np.nanmax([self.verdict.winding, winding.max()]))

    def _current(self) -> np.ndarray:
        """Currents, (nu,) A, from the engine's forces and its friction's deflection."""
        model = self.model
        if self.hand.gearmotors is None:
            return np.zeros(model.nu)
        bristles = model.actuator_dynprm[:, 5] * self.data.act[model.actuator_actadr.clip(min=0)]
        return (self.data.actuator_force + bristles) / model.actuator_gainprm[:, 1]

    def _warm(self, step: int) -> np.ndarray:
        """Windings after a control step, (nu,) °C, from the two nodes' equations in short explicit steps."""
        motors = [g.motor for g in self.hand.gearmotors or ()]
        inner, outer = (
            np.array([getattr(m, n) for m in motors]) for n in ("winding_to_housing", "housing_to_ambient")
        )
        capacity = np.array([m.winding_time for m in motors]) / inner
        housing = np.array([m.housing_time for m in motors]) / outer
        states = self.recording["state"]
        seconds = (states[step][0] - states[step - 1][0]) / 8
        resistance = np.array([m.resistance for m in motors])
        for _ in range(8):
            power = self.square * resistance * _warmth(self.hand, 22.0 + self.heat[0])
            through = (self.heat[0] - self.heat[1]) / inner
            self.heat = self.heat + seconds * np.stack(
                [(power - through) / capacity, (through - self.heat[1] / outer) / housing]
            )
        return 22.0 + self.heat[0]

    def _contacts(self) -> list[tuple[frozenset[int], mujoco.MjContact, np.ndarray]]:
        """Contacts that bear: the two bodies, the contact, its force in its own frame (6,)."""
        found = []
        for index in range(self.data.ncon):
            contact = self.data.contact[index]
            if contact.efc_address < 0:
                continue
            force = np.zeros(6)
            mujoco.mj_contactForce(self.model, self.data, index, force)
            found.append((frozenset(int(self.model.geom_bodyid[g]) for g in contact.geom), contact, force))
        return found

    def _object_in_palm(self) -> tuple[np.ndarray, np.ndarray]:
        """Place (3,), m, and attitude (3, 3) in the palm's frame."""
        turn = self.data.xmat[self.palm].reshape(3, 3)
        place = turn.T @ (self.data.xpos[self.thing] - self.data.xpos[self.palm])
        return place, turn.T @ self.data.xmat[self.thing].reshape(3, 3)

    def _rest_frame(self) -> np.ndarray:
        """Our palm's axes in the world at rest, (3, 3)."""
        rest = mujoco.MjData(self.model)
        mujoco.mj_kinematics(self.model, rest)
        return rest.xmat[self.palm].reshape(3, 3) @ self.hand.palm.turn


def _warmth(hand: GraspHand, celsius: np.ndarray | float) -> np.ndarray:
    """Resistance of copper over that of the data sheets, (nu,)."""
    return 1 + COPPER * (celsius - np.array([g.motor.reference for g in hand.gearmotors or ()]))


def _along(way: np.ndarray) -> np.ndarray:
    """Which of the six directions a vector has, (6,) bool; none if it lies between them."""
    return way / np.linalg.norm(way) @ _AXES.T > 1 - 1e-6
