"""The typed schema of goal self-play: how Alice sets Bob's goals."""

from pydantic import BaseModel, ConfigDict, Field

from policies.cloning import CloningConfig
from policies.networks import NetworkConfig


class GoalPlayConfig(BaseModel):
    """Asymmetric self-play (OpenAI et al. 2021, arXiv 2101.04882); the defaults are the published figures.

    Bob is the run's policy; how long he has is the task's episode.

    Attributes:
        alice: her networks; she must not read `command`, which is Bob's goal.
        alice_steps: control steps of each of her turns.
        goals: most goals of a game.
        past_share: share of the games in which one of the two, by a fair draw, is one of its past versions.
        snapshot_every: environment steps between the versions that are kept.
        cloning: Bob's imitation of Alice where he failed; none: there is no such thing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    alice: NetworkConfig = NetworkConfig(
        actor_groups=("proprioception", "object"), critic_groups=("proprioception", "object", "privileged")
    )
    alice_steps: int = Field(default=100, ge=1)
    goals: int = Field(default=5, ge=1)
    past_share: float = Field(default=0.2, ge=0, le=1)
    snapshot_every: int = Field(default=200_000, ge=1)
    cloning: CloningConfig | None = CloningConfig()
