"""Which of the GRASP taxonomy's grasps a hand holds: the one place where grasp trials meet the report."""

from hand_model import HandConfig


def held_grasps(config: HandConfig) -> dict[str, bool]:
    """Whether each grasp held, by its name; empty while no trials are part of the project.

    Args:
        config: the hand's design.
    """
    del config
    return {}
