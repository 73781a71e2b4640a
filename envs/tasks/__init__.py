"""Tasks that robots learn; each module registers its own."""

from envs.tasks.hand_reach import HandReach, HandReachConfig

__all__ = ["HandReach", "HandReachConfig"]
