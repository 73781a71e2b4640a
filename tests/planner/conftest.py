"""A small plan that several tests look at."""

import pytest

from orchestrator.planner.config import PlanConfig
from orchestrator.planner.planning import make_plan

SMALL = {
    "goal": "a plant for 10 MWh of cells a month near Austin, with 30 robots",
    "people": 60,
    "schedules": 60,
    "seconds": 20,
}


@pytest.fixture(scope="session")
def small_plan():
    """A battery plant of four bays and one line."""
    return make_plan(PlanConfig.model_validate(SMALL), "test")
