"""Who can act in an evaluation."""

from typing import Literal, get_args

AgentName = Literal["policy", "zero", "random"]
"""The run's policy, an agent that keeps still, and one that acts at random."""

AGENTS: tuple[AgentName, ...] = get_args(AgentName)
