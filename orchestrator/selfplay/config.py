"""The typed schema of a self-play run: who learns, against whom, and when a snapshot is taken."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from envs.match import MatchTask
from envs.registry import TASKS
from orchestrator.config_files import read_key
from orchestrator.training.config import TrainConfig

Kind = Literal["main", "main_exploiter", "league_exploiter"]
"""Of a learner: main agents are what the league is for, exploiters look for their weaknesses."""

Weighting = Literal["hard", "variance", "capped", "even"]
"""Names in `orchestrator.selfplay.weighting`."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Latest(_Strict):
    """Play a main agent as it is now; for the only main agent, itself.

    Attributes:
        share: of the matches, before normalization.
        hopeless: where the learner's win rate against it is below this, its past is played instead, weighted by
            `variance`.
    """

    draw: Literal["latest"]
    share: float = Field(default=1.0, gt=0)
    hopeless: float = Field(default=0.0, ge=0, le=1)


class Past(_Strict):
    """Play one of the learner's own versions uniformly from (δv, v), v being the newest (Bansal et al. 2017).

    Attributes:
        share: of the matches, before normalization.
        delta: δ: 0 is the whole past, 1 the newest version alone.
    """

    draw: Literal["past"]
    share: float = Field(default=1.0, gt=0)
    delta: float = Field(default=0.5, ge=0, le=1)


class Prioritized(_Strict):
    """Play snapshots by how they do against the learner: prioritized fictitious self-play.

    Attributes:
        share: of the matches, before normalization.
        kinds: whose snapshots.
        weighting: what makes an opponent likely.
        power: p of the weighting `hard`.
    """

    draw: Literal["prioritized"]
    share: float = Field(default=1.0, gt=0)
    kinds: tuple[Kind, ...] = Field(default=("main", "main_exploiter", "league_exploiter"), min_length=1)
    weighting: Weighting = "hard"
    power: float = Field(default=2.0, gt=0)


class Forgotten(_Strict):
    """Play what used to be beaten: past main exploiters, or else main agents' snapshots, that win too often.

    Where there is none, the matches go to the learner's other draws.

    Attributes:
        share: of the matches, before normalization.
        exploiters_below: win rate against a main exploiter under which it counts as forgotten.
        mains_below: the same against a main agent's snapshot.
        power: p of the weighting `hard`, with which they are drawn.
    """

    draw: Literal["forgotten"]
    share: float = Field(default=1.0, gt=0)
    exploiters_below: float = Field(default=0.3, ge=0, le=1)
    mains_below: float = Field(default=0.7, ge=0, le=1)
    power: float = Field(default=2.0, gt=0)


Draw = Annotated[Latest | Past | Prioritized | Forgotten, Field(discriminator="draw")]


class SnapshotRule(_Strict):
    """When a learner's policy joins the league for good.

    Attributes:
        at_least: environment steps of the learner since its last snapshot.
        at_most: after so many a snapshot is taken whatever the win rates.
        win_rate: between the two, what the learner needs against every snapshot that it draws from.
    """

    at_least: int = Field(default=100_000, ge=1)
    at_most: int = Field(default=400_000, ge=1)
    win_rate: float = Field(default=0.7, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_most < self.at_least:
            raise ValueError(f"at_most: expected at least at_least ({self.at_least}), got {self.at_most}")
        return self


class LearnerConfig(_Strict):
    """Learners of one kind.

    Attributes:
        count: how many.
        opponents: how their opponents are drawn.
        snapshot: when they leave a snapshot.
        reset: probability that a learner starts again from its first weights after a snapshot.
    """

    count: int = Field(default=1, ge=0, le=64)
    opponents: tuple[Draw, ...] = Field(min_length=1)
    snapshot: SnapshotRule = SnapshotRule()
    reset: float = Field(default=0.0, ge=0, le=1)


MAIN = LearnerConfig(
    opponents=(
        Prioritized(draw="prioritized", share=0.5),
        Latest(draw="latest", share=0.35, hopeless=0.3),
        Forgotten(draw="forgotten", share=0.15),
    )
)
MAIN_EXPLOITER = LearnerConfig(opponents=(Latest(draw="latest", hopeless=0.1),), reset=1.0)
LEAGUE_EXPLOITER = LearnerConfig(opponents=(Prioritized(draw="prioritized", weighting="capped"),), reset=0.25)


class LeagueConfig(_Strict):
    """A league; by default AlphaStar's (Vinyals et al. 2019, Nature 575:350, Methods and the supplementary pseudocode).

    Attributes:
        main: the main agents, at least one.
        main_exploiter: learners that look for weaknesses of the main agents.
        league_exploiter: learners that look for weaknesses of the whole league.
        memory: weight that a match keeps in a win rate with every later match of the same two.
        anneal: share of the run over which the match's exploration terms fade out and its outcome fades in.
    """

    main: LearnerConfig = MAIN
    main_exploiter: LearnerConfig = MAIN_EXPLOITER
    league_exploiter: LearnerConfig = LEAGUE_EXPLOITER
    memory: float = Field(default=0.99, gt=0, le=1)
    anneal: float = Field(default=0.15, ge=0, le=1)

    @model_validator(mode="after")
    def _somebody_plays(self) -> Self:
        if not self.main.count:
            raise ValueError("main.count: expected at least one main agent")
        return self

    def learners(self) -> list[tuple[Kind, LearnerConfig]]:
        """One entry for each learner, main agents first."""
        kinds: tuple[tuple[Kind, LearnerConfig], ...] = (
            ("main", self.main),
            ("main_exploiter", self.main_exploiter),
            ("league_exploiter", self.league_exploiter),
        )
        return [(kind, config) for kind, config in kinds for _ in range(config.count)]


class SelfPlayConfig(TrainConfig):
    """One self-play run: `TrainConfig`, whose worlds are each learner's, with a league.

    Attributes:
        league: who plays whom.
    """

    of_matches: ClassVar[bool] = True

    league: LeagueConfig = LeagueConfig()

    @property
    def cooperative(self) -> bool:
        """Whether the match's players win together."""
        match = TASKS[self.task]
        return issubclass(match, MatchTask) and match.cooperative

    @model_validator(mode="after")
    def _learned_by_ppo(self) -> Self:
        if self.distillation:
            raise ValueError("distillation: a league's players learn by PPO; expected none")
        return self

    @model_validator(mode="after")
    def _sides_are_swapped(self) -> Self:
        if self.heldout_episodes % 2:
            raise ValueError(
                f"heldout_episodes: expected an even number of matches, got {self.heldout_episodes}; "
                f"nearest: {self.heldout_episodes + 1}"
            )
        return self

    @model_validator(mode="after")
    def _cameras_for_all(self) -> Self:
        match, seen = TASKS[self.task], self.task_config.cameras
        players = len(match.players) if issubclass(match, MatchTask) else 1
        if seen and len(seen.cameras) % players:
            raise ValueError(
                f"task_config.cameras: expected as many for each of {players} players, got {len(seen.cameras)}"
            )
        return self


def run_schema(config: str | Path, overrides: Sequence[str]) -> type[TrainConfig]:
    """What a training config has to be: a match is played by a league, any other task learned alone.

    Args:
        config: a name under `configs/` or a path.
        overrides: as `orchestrator.config_files.load_config` takes them.

    Raises:
        InputError: it cannot be read.
    """
    task = TASKS.get(str(read_key(config, overrides, "task")))
    return SelfPlayConfig if task is not None and issubclass(task, MatchTask) else TrainConfig
