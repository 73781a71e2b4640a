"""Hands' designs as configs."""

from collections.abc import Sequence
from pathlib import Path

from hand_model import HandConfig
from orchestrator.config_files import config_names, load_config

PRESETS = "hands/"
"""Where the designs that ship with the project are, below `configs/`."""


def load_hand_config(name: str, overrides: Sequence[str]) -> HandConfig:
    """Read a hand's design.

    Args:
        name: of a design (`tendon`), of a config below `configs/`, or a path.
        overrides: each `key.sub=value`.

    Raises:
        InputError: what is wrong with it.
    """
    preset = PRESETS + name
    given = preset if preset in config_names() and not Path(name).is_file() else name
    return load_config(given, overrides, HandConfig)
