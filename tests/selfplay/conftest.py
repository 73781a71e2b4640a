"""A league small enough to train in a second."""

import pytest
from leagues import SMALL

from orchestrator.selfplay.config import SelfPlayConfig


@pytest.fixture(scope="session")
def small_league():
    return SelfPlayConfig.model_validate(SMALL)
