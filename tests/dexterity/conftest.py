"""Hands that several tests measure."""

import pytest

from hand_model import HandConfig
from hand_model.dexterity.ours import our_hand
from hand_model.dexterity.shadow import shadow_folder, shadow_hand


@pytest.fixture(scope="session")
def right():
    return our_hand()


@pytest.fixture(scope="session")
def left():
    return our_hand(HandConfig(side="left"))


@pytest.fixture(scope="session")
def coupled():
    return our_hand(HandConfig(transmission="coupled"))


@pytest.fixture(scope="session")
def shadow():
    if shadow_folder() is None:
        pytest.skip("gymnasium-robotics is not installed")
    return shadow_hand()
