import functools
from dataclasses import replace

import numpy as np
import pytest

from envs.grasping.hands import our_hand
from envs.grasping.trial import Schedule, TrialRunner, moments
from envs.grasping.tuning import GOOD, Tuner, costs, early
from hand_model.grasps import load_grasp

HAND = our_hand()
GRASP = load_grasp("03-medium-wrap")
SCHEDULE = Schedule(close=0.6, settle=0.2, lift=0.3, hold=0.06)


@functools.cache
def honest():
    return trace_of(GRASP)


def trace_of(grasp):
    return TrialRunner(HAND, grasp, 1).run([grasp], moments(SCHEDULE))


def test_a_grasp_that_holds_costs_little():
    assert not early(HAND, GRASP, honest()).any()
    assert costs(HAND, GRASP, honest())[0] < GOOD


def test_a_hand_that_is_closed_before_it_closes_costs():
    grasp = GRASP.model_copy(update={"preshape": GRASP.closing})
    trace = trace_of(grasp)
    touching = early(HAND, grasp, trace)[0]
    assert touching.any()
    assert not touching[list(HAND.segments).index("palm")]
    assert costs(HAND, grasp, trace)[0] > touching.sum()


def test_heat_costs():
    cold, hot = (replace(honest(), winding=np.full_like(honest().winding, t)) for t in (60.0, 110.0))
    difference = costs(HAND, GRASP, hot) - costs(HAND, GRASP, cold)
    assert difference[0] == pytest.approx(0.5)
    assert np.isfinite(costs(HAND, GRASP, replace(cold, winding=np.full_like(cold.winding, np.nan))))


def test_a_refused_candidate_does_not_end_the_search():
    seen = []

    def second(grasp):
        seen.append(grasp)
        return len(seen) == 2

    found = Tuner(HAND, GRASP, population=6, schedule=SCHEDULE).run(6, accept=second)
    assert len(seen) == 2
    assert found.grasp is seen[1]
    assert found.cost < GOOD
