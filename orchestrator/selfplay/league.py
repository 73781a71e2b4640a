"""`League`: who is in it, what they made of each other, and who plays next."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from orchestrator.selfplay.config import LeagueConfig
from orchestrator.selfplay.entrants import Entrant
from orchestrator.selfplay.matchmaking import choose, opponent_odds
from orchestrator.selfplay.payoffs import Payoffs
from orchestrator.selfplay.ratings import Ratings, initial_rating, rate_match
from policies.checkpoint import under


@dataclass(frozen=True)
class Taken:
    """A snapshot that has just been taken.

    Attributes:
        learner: place of the learner whose it is.
        again: whether that learner starts again from its first weights.
    """

    learner: int
    again: bool


class League:
    """Population, payoffs, ratings and the random stream that draws opponents.

    Args:
        config: its rules.
        seed: of the draws.
        cooperative: whether players win together: then there is nobody to be rated against.

    Attributes:
        entrants: the learners, in the config's order, then the snapshots, oldest first.
        payoffs: between them, by their places in `entrants`.
        ratings: by name.
    """

    def __init__(self, config: LeagueConfig, seed: int, *, cooperative: bool = False) -> None:
        self.config, self.cooperative = config, cooperative
        self.generator = torch.Generator().manual_seed(seed)
        self.payoffs = Payoffs(config.memory, cooperative=cooperative)
        self.ratings: Ratings = {}
        self.entrants: list[Entrant] = []
        self._newest: dict[str, str | None] = {}
        self._taken_at: dict[str, int] = {}
        counts: dict[str, int] = {}
        for kind, _ in config.learners():
            name = f"{kind}-{counts.setdefault(kind, 0)}"
            counts[kind] += 1
            self._newest[name], self._taken_at[name] = None, 0
            self._add(Entrant(name, kind, name))

    @property
    def learners(self) -> list[Entrant]:
        """The learners, main agents first."""
        return [entrant for entrant in self.entrants if entrant.version is None]

    @property
    def snapshots(self) -> list[Entrant]:
        """The snapshots, oldest first."""
        return [entrant for entrant in self.entrants if entrant.version is not None]

    def index(self, name: str) -> int:
        """Place of an entrant."""
        return next(i for i, entrant in enumerate(self.entrants) if entrant.name == name)

    def draw_opponent(self, learner: int) -> int:
        """Place of the next opponent of the learner at a place."""
        return self._drawn(learner, self.generator)

    def _drawn(self, learner: int, generator: torch.Generator) -> int:
        rules = self.config.learners()[learner][1]
        odds = [
            (draw.share, opponent_odds(draw, self.entrants, learner, self.payoffs))
            for draw in rules.opponents
        ]
        return choose(odds, generator, fallback=learner)

    def record(self, first: int, second: int, score: float) -> None:
        """Take in a match; see `Payoffs.record`."""
        self.payoffs.record(first, second, score)
        if first != second and not self.cooperative:
            rate_match(
                self.ratings, self.entrants[first].name, self.entrants[second].name, score, learning=True
            )

    def settle(self, steps: int, learned: Sequence[int]) -> list[Taken]:
        """Take the snapshots that are due after a rollout of every learner.

        Args:
            steps: environment steps of the whole run.
            learned: those that each learner has learned for.
        """
        taken = []
        for place, own in enumerate(learned):
            if self.snapshot_due(place, own):
                self.take_snapshot(place, own, steps)
                taken.append(Taken(place, self.draw_reset(place)))
        return taken

    def snapshot_due(self, learner: int, learned: int) -> bool:
        """Whether a learner should leave a snapshot after it has learned for so many environment steps."""
        rules = self.config.learners()[learner][1]
        since = learned - self._taken_at[self.entrants[learner].name]
        if since < rules.snapshot.at_least:
            return False
        return since >= rules.snapshot.at_most or self._beats_its_opponents(learner)

    def take_snapshot(self, learner: int, learned: int, steps: int) -> Entrant:
        """Add a learner's snapshot, with its rating.

        Args:
            learner: its place.
            learned: environment steps that it has learned for.
            steps: of the whole run.
        """
        now = self.entrants[learner]
        version = sum(snapshot.learner == now.name for snapshot in self.snapshots)
        taken = Entrant(f"{now.name}:{version}", now.kind, now.name, version, steps, self._newest[now.name])
        self._newest[now.name], self._taken_at[now.name] = taken.name, learned
        self._add(taken)
        self.ratings[taken.name] = self.ratings[now.name]
        return taken

    def draw_reset(self, learner: int) -> bool:
        """Draw whether a learner that has left a snapshot starts again; if so, what was known of it is forgotten."""
        chance = self.config.learners()[learner][1].reset
        if float(torch.rand((), generator=self.generator)) >= chance:
            return False
        name = self.entrants[learner].name
        self.payoffs.forget(learner)
        self.ratings[name], self._newest[name] = initial_rating(), None
        return True

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the next matches depend on: tensors, and what fits JSON."""
        tensors = {f"payoffs.{k}": v for k, v in self.payoffs.state_dict().items()}
        state = {
            "entrants": [asdict(entrant) for entrant in self.entrants],
            "ratings": {name: list(rating) for name, rating in self.ratings.items()},
            "newest": dict(self._newest),
            "taken_at": dict(self._taken_at),
        }
        return tensors | {"generator": self.generator.get_state()}, state

    def load_state_dict(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.payoffs.load_state_dict(under(tensors, "payoffs."))
        self.generator.set_state(tensors["generator"])
        self.entrants = [Entrant(**entrant) for entrant in state["entrants"]]
        self.ratings = {name: (mean, spread) for name, (mean, spread) in state["ratings"].items()}
        self._newest, self._taken_at = dict(state["newest"]), dict(state["taken_at"])

    def _add(self, entrant: Entrant) -> None:
        self.entrants.append(entrant)
        self.payoffs.add_entrant()
        self.ratings[entrant.name] = initial_rating()

    def _beats_its_opponents(self, learner: int) -> bool:
        """Whether its win rate is high enough against all that it draws."""
        rules = self.config.learners()[learner][1]
        drawn: set[int] = set()
        for draw in rules.opponents:
            drawn |= set(opponent_odds(draw, self.entrants, learner, self.payoffs))
        others = sorted(drawn - {learner})
        return bool(others) and bool(
            (self.payoffs.win_rates(learner, others) >= rules.snapshot.win_rate).all()
        )
