"""Search for the free numbers of a grasp: where the object lies, the hand's shape, how hard each contact presses."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from envs.grasping.hands import GraspHand
from envs.grasping.posing import SIDES, Poser, outward
from envs.grasping.trial import SLIP, Schedule, Trace, TrialRunner, moments
from hand_model.grasps import Grasp, digit_of

SEARCH = Schedule(close=0.8, settle=0.3, lift=0.5, hold=0.17)
"""Phases of the trials that the search makes: holds are a sixth of the real ones."""

GOOD = 0.5
"""Cost below which a grasp needs no more search: nothing wrong, slip under 5 mm."""

_ELITE = 4
_FORCE = 5.0
"""Force that a contact presses with before the search, N."""

_WARM = 60.0
"""Winding above which heat counts, °C."""

_SPREAD_DEG = 5.0
"""Of joint targets, one standard deviation."""

_SPREAD_M, _SPREAD_TURN_DEG = 0.002, 4.0
"""Of the object's place and attitude."""


@dataclass(frozen=True)
class Tuned:
    """The best that a search found.

    Attributes:
        grasp: with its numbers.
        cost: see `costs`.
        trials: how many it took.
    """

    grasp: Grasp
    cost: float
    trials: int


def costs(hand: GraspHand, grasp: Grasp, trace: Trace) -> np.ndarray:
    """What is wrong with each world's trial, (nworld,).

    Slip over its limit, plus 1 for each contact that is wrong, plus what the hottest winding is above 60 °C, per 100 K:
    the search's trials are short, and who is hot at the end of them lets go in a long one.
    """
    slip = trace.slip() / SLIP
    wrong = sum(look(hand, grasp, trace).sum(1) for look in (missing, foreign, early))
    heat = np.nan_to_num(np.maximum(trace.winding[-1] - _WARM, 0.0) / 100)
    return np.where(slip < 1, slip, 1 + np.log(slip)) + wrong + heat


def missing(hand: GraspHand, grasp: Grasp, trace: Trace) -> np.ndarray:
    """Which contacts are absent or on the wrong side once the object is lifted, (nworld, ncontact) bool."""
    touch = trace.touch[trace.during("lift")][-1]
    names, columns = list(hand.segments), []
    for contact in grasp.contacts:
        at = touch[:, names.index(contact.segment)]
        there = at[:, 0] > 0
        if contact.side != "any":
            way = outward(at[:, 4:], hand.segments[contact.segment].length)
            there &= way @ SIDES[contact.side] > 0.5
        columns.append(~there)
    return np.stack(columns, axis=1)


def foreign(hand: GraspHand, grasp: Grasp, trace: Trace) -> np.ndarray:
    """Which segments of digits that do not act ever touched the lifted object, (nworld, nsegment) bool."""
    idle = np.array([digit_of(name) not in grasp.acting for name in hand.segments])
    held = trace.touch[trace.during("gravity", "push")]
    return (held[..., 0] > 0).any(0) & idle


def early(hand: GraspHand, grasp: Grasp, trace: Trace) -> np.ndarray:
    """Which segments of digits touched the object before the hand closed, (nworld, nsegment) bool."""
    digit = np.array([digit_of(name) != "palm" for name in hand.segments])
    return (trace.first > 0) & digit


class Tuner:
    """Searches for one grasp with one hand.

    A pose that touches the object where the grasp says comes from kinematics. The search is then the cross-entropy
    method over how hard each contact presses, small changes of joint targets and of the object's place, with a trial in
    physics for each candidate.

    Args:
        hand: the hand.
        grasp: where the search starts.
        population: trials at a time.
        seed: of the search.
        starts: searches for the pose.
        schedule: of the trials.
    """

    def __init__(
        self,
        hand: GraspHand,
        grasp: Grasp,
        population: int = 12,
        seed: int = 0,
        starts: int = 1,
        schedule: Schedule = SEARCH,
    ) -> None:
        self._schedule = schedule
        self._poser = Poser(hand, grasp)
        self._touching = self._poser.touching(starts, seed)
        opened = self._poser.open(self._touching)
        self._preshape, self._met = self._poser.angles_deg(opened), self._poser.angles_deg(self._touching)
        self._position, self._turn = self._poser.object_in_palm(self._touching)
        self.grasp, self._hand = grasp, hand
        self._runner = TrialRunner(hand, grasp, population)
        self._rng = np.random.default_rng(seed)
        self._joints = self._poser.joints
        self._spread = np.concatenate(
            [np.full(len(grasp.contacts), 1.0), np.full(len(self._joints), _SPREAD_DEG), np.full(6, 1.0)]
        )

    def candidate(self, numbers: np.ndarray) -> Grasp:
        """The grasp with free numbers: log2 of forces over 5 N, changes of targets (degrees), the object."""
        count = len(self.grasp.contacts)
        force, change, move = np.split(numbers, [count, len(numbers) - 6])
        target = self._poser.pressing(self._touching, _FORCE * 2 ** np.clip(force, -3, 2.5))
        closing = self._poser.angles_deg(target)
        for name, degrees in zip(self._joints, change, strict=True):
            closing[name] = closing.get(name, 0.0) + float(degrees)
        closing = self._poser.within_limits(closing)
        turn = Rotation.from_rotvec(np.deg2rad(_SPREAD_TURN_DEG) * move[3:]).as_matrix() @ self._turn
        place = self._position + _SPREAD_M * move[:3]
        thing = self.grasp.object.model_copy(
            update={
                "position": tuple(round(float(p), 4) for p in place),
                "turn_deg": tuple(
                    round(float(a), 1) for a in Rotation.from_matrix(turn).as_euler("xyz", degrees=True)
                ),
            }
        )
        angles = {"preshape": self._preshape, "touching": self._met, "closing": closing}
        return self.grasp.model_copy(update={"object": thing, **angles})

    def run(
        self,
        generations: int,
        report: Callable[[str], None] = lambda line: None,
        accept: Callable[[Grasp], bool] = lambda grasp: True,
    ) -> Tuned:
        """Search until a good candidate is accepted or the generations are over.

        Args:
            generations: at most.
            report: is told of each.
            accept: looks closer at a candidate of a cost below `GOOD` and may refuse it.
        """
        size, population = len(self._spread), self._runner.physics.nworld
        mean, spread = np.zeros(size), 0.5 * self._spread
        best, trials = Tuned(self.grasp, np.inf, 0), 0
        plan = moments(self._schedule)
        for generation in range(generations):
            numbers = mean + spread * self._rng.standard_normal((population, size))
            numbers[0] = mean
            if generation == 0:
                numbers[:6] = 0.0
                numbers[:6, : len(self.grasp.contacts)] = np.linspace(-3.0, 1.5, 6)[:, None]
            grasps = [self.candidate(row) for row in numbers]
            cost = costs(self._hand, self.grasp, self._runner.run(grasps, plan))
            trials += population
            report(f"generation {generation}: best {cost.min():.2f}, median {np.median(cost):.2f}")
            good = int(cost.argmin())
            if cost[good] < GOOD:
                if accept(grasps[good]):
                    return Tuned(grasps[good], float(cost[good]), trials)
                cost[good] += 1
            order = np.argsort(cost)
            if cost[order[0]] < best.cost:
                best = Tuned(grasps[order[0]], float(cost[order[0]]), trials)
            elite = numbers[order[:_ELITE]]
            mean = 0.2 * mean + 0.8 * elite.mean(0)
            spread = np.maximum(0.6 * spread + 0.4 * elite.std(0), 0.1 * self._spread)
        return best
