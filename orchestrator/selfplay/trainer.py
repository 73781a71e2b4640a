"""`LeagueTrainer`: the learners of a league on one device, and everything that resuming them takes."""

import copy
import math
import time
from typing import Any

from torch import Tensor, nn

from orchestrator.selfplay.config import SelfPlayConfig
from orchestrator.selfplay.keeping import Keeper, SharedLeague
from orchestrator.selfplay.league import League
from orchestrator.selfplay.payoffs import first_seat_score
from orchestrator.selfplay.players import Players
from orchestrator.selfplay.seat import Annealing, SeatWorlds
from orchestrator.training.model import build_model, stream_seed
from orchestrator.training.trainer import Trainer, episode_seed, own_seed, training_worlds
from policies.checkpoint import under
from policies.networks import Actor
from policies.ppo import PPO
from policies.replicas import Alone, Replicas

# Independent random streams drawn from a run's one seed; each learner's run has a seed of its own after the last.
_DRAW_STREAM, _LEARNER_STREAMS = 10, 100

_CLOCK = ("time/collect_seconds", "time/learn_seconds")

_PLAYER = "player."
_OWN = "league."


class LeagueTrainer:
    """Trains every learner of a league in turn, one rollout each.

    To `orchestrator.training.loop` it is a trainer like any other: it iterates, and its state is a checkpoint's.

    Args:
        config: the run's config.
        replicas: the copies of this trainer, one for each worker that there is; by default it is alone.
        keeper: who keeps the league that several copies have in common.

    Attributes:
        model: the learners' networks.
        steps: environment steps of all learners.
        league: who plays whom.
    """

    def __init__(
        self, config: SelfPlayConfig, replicas: Replicas | None = None, keeper: Keeper | None = None
    ) -> None:
        self.config, self.replicas = config, replicas or Alone()
        self.league = League(
            config.league, stream_seed(config.seed, _DRAW_STREAM), cooperative=config.cooperative
        )
        if keeper:
            self.league = SharedLeague(self.league, keeper, self.replicas, self._draw_seed(0))
        self.players = Players()
        self._annealing = Annealing(1.0)
        self.trainers: list[Trainer] = []
        self._first_weights: list[dict[str, Tensor]] = []
        for place in range(len(self.league.learners)):
            self._add_learner(place)
        self.model = nn.ModuleDict(
            {e.name: t.model for e, t in zip(self.league.learners, self.trainers, strict=True)}
        )
        for place, entrant in enumerate(self.league.learners):
            if entrant.kind == "main":
                self.league.take_snapshot(place, 0, 0)
                self._freeze(place, len(self.league.entrants) - 1)

    @property
    def steps(self) -> int:
        """Environment steps of all learners."""
        return sum(trainer.steps for trainer in self.trainers)

    def iterate(self) -> dict[str, float]:
        """One rollout and update of every learner; then the snapshots that are due.

        Returns:
            The first main agent's metrics under their own names, every other learner's after `NAME/`, and the
            league's under `league/`.
        """
        self._anneal()
        before, figures = self.steps, {}
        clock: dict[str, float] = dict.fromkeys(_CLOCK, 0.0)
        for entrant, trainer in zip(self.league.learners, self.trainers, strict=True):
            found = trainer.iterate()
            clock = {name: clock[name] + found[name] for name in _CLOCK}
            prefix = "" if trainer is self.trainers[0] else f"{entrant.name}/"
            figures |= {prefix + k: v for k, v in found.items() if _tells(k, v)}
        clock["time/steps_per_second"] = (self.steps - before) / sum(clock.values())
        begun = time.perf_counter()
        self._settle()
        clock["time/settle_seconds"] = time.perf_counter() - begun
        return figures | self._league_figures() | clock

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that the rest of the run depends on: tensors, and what fits JSON."""
        own, league = self.league.state_dict()
        tensors = {f"{_OWN}{name}": tensor for name, tensor in own.items()}
        for place, actor in self.players.actors.items():
            if self.league.entrants[place].version is not None:
                name = self.league.entrants[place].name
                tensors |= {f"{_PLAYER}{name}.{k}": v for k, v in actor.state_dict().items()}
        learners: dict[str, Any] = {}
        for entrant, trainer in zip(self.league.learners, self.trainers, strict=True):
            parts, learners[entrant.name] = trainer.state()
            tensors |= {f"{entrant.name}.{k}": v for k, v in parts.items()}
        state = {"task": self.config.task, "steps": self.steps, "league": league, "learners": learners}
        return tensors, state

    def load_state(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.load_players(tensors, state)
        if isinstance(self.league, SharedLeague):
            self.league.seed(self._draw_seed(int(state["steps"])))
        for entrant, trainer in zip(self.league.learners, self.trainers, strict=True):
            trainer.load_state(under(tensors, f"{entrant.name}."), state["learners"][entrant.name])

    def load_players(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Take the league and every player's policy from `state`, and nothing of what training them takes."""
        self.league.load_state_dict(under(tensors, _OWN), state["league"])
        for place, entrant in enumerate(self.league.entrants):
            if entrant.version is None:
                model = self.trainers[place].model
                model.load_state_dict(under(tensors, f"{entrant.name}.model."))
            else:
                actor = _frozen(self.trainers[0].model.actor)
                actor.load_state_dict(under(tensors, f"{_PLAYER}{entrant.name}."))
                self.players.actors[place] = actor

    def _add_learner(self, place: int) -> None:
        seed = stream_seed(self.config.seed, _LEARNER_STREAMS + place)
        config = self.config.model_copy(update={"seed": seed})
        episodes = episode_seed(seed, self.replicas)
        worlds = training_worlds(config, episodes)
        seat = SeatWorlds(worlds, self.league, self.players, place, self._annealing, episodes)
        # the seat's first reset draws opponents that act only in the first step, when the actor is in its place
        trainer = Trainer(config, self.replicas, seat)
        self.players.actors[place] = trainer.model.actor
        self.trainers.append(trainer)
        self._first_weights.append(copy.deepcopy(build_model(config, seat).state_dict()))

    def _settle(self) -> None:
        """Have the league take in what was played; keep the snapshots that it takes, and start learners again."""
        frozen = len(self.league.entrants)
        learned = [trainer.steps for trainer in self.trainers]
        for place, taken in enumerate(self.league.settle(self.steps, learned), frozen):
            self._freeze(taken.learner, place)
            if taken.again:
                self._start_again(taken.learner)

    def _freeze(self, learner: int, place: int) -> None:
        """Keep a learner's policy as it is, for the snapshot at a place."""
        self.players.actors[place] = _frozen(self.trainers[learner].model.actor)

    def _draw_seed(self, steps: int) -> int:
        """Of this copy's draws of opponents, from a number of steps on."""
        return own_seed(self.config.seed, _DRAW_STREAM, self.replicas, steps)

    def _start_again(self, place: int) -> None:
        """Put a learner back to its first weights, with a fresh optimizer; its random streams go on."""
        trainer = self.trainers[place]
        trainer.model.load_state_dict(self._first_weights[place])
        assert isinstance(trainer.learner, PPO)
        trainer.learner.start_again()
        for network in (trainer.model.actor, trainer.model.critic):
            reader = network.reader
            reader.normalizer.update(reader.gather(trainer.collector.observation), self.replicas)

    def _anneal(self) -> None:
        fading = self.config.league.anneal * self.config.steps
        self._annealing.exploration = max(0.0, 1 - self.steps / fading) if fading else 0.0

    def _league_figures(self) -> dict[str, float]:
        league = self.league
        score, games = first_seat_score(league.payoffs.results)
        figures = {
            "league/snapshots": float(len(league.snapshots)),
            "league/matches": float(games),
            "league/first_seat_score": score,
            "league/exploration": self._annealing.exploration,
        }
        if league.cooperative:
            return figures
        return figures | {f"rating/{e.name}": league.ratings[e.name][0] for e in league.entrants}


def _tells(name: str, value: float) -> bool:
    """Whether a learner's figure says something: no clock of its own, no score where it met nobody but itself."""
    return not name.startswith("time/") and not (name.startswith("episode/") and math.isnan(value))


def _frozen(actor: Actor) -> Actor:
    """A copy that nothing trains."""
    return copy.deepcopy(actor).requires_grad_(False).eval()
