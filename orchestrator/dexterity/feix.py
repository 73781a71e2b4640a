"""The GRASP taxonomy's grasps: the one place where grasp trials meet the report."""

from hand_model import HandConfig
from orchestrator.dexterity.pictures import Picture


def held_grasps(config: HandConfig) -> dict[str, bool]:
    """Whether each grasp held, by its name; empty while no trials are part of the project.

    Args:
        config: the hand's design.
    """
    del config
    return {}


def grasp_pictures(config: HandConfig) -> list[Picture]:
    """A picture of each grasp, with its name and whether it held; empty while no trials are part of the project.

    Args:
        config: the hand's design.
    """
    del config
    return []
