"""`SeatWorlds`: matches as the learner in one of the seats sees them.

To a learner the opponents are part of the world: a collector, PPO and a trainer meet the same interface as that of
`TaskEnv`, and know of no league. In every world the learner changes its seat from match to match.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from envs.env import TERM, Step, TaskEnv
from envs.match import DRAWN, SCORE, WON, MatchTask, split
from envs.task import Observation
from orchestrator.selfplay.league import League
from orchestrator.selfplay.players import Players
from orchestrator.training.model import stream_seed
from policies.checkpoint import under

PLAYERS = 2
"""A league's matches are between two."""

_NOISE_STREAM = 11
"""Of the opponents, drawn from a learner's seed."""


@dataclass
class Annealing:
    """How far exploration has faded out.

    Attributes:
        exploration: weight of the match's exploration terms, from 1 to 0; the others have the rest, except that they
            count in full where a match has no exploration terms.
    """

    exploration: float = 0.0


class SeatWorlds:
    """Worlds of a match in which a learner plays against opponents of the league.

    Args:
        env: the matches.
        league: that draws opponents and is told results.
        players: the policies, the learner's included.
        learner: the learner's place in the league.
        annealing: looked at in every step.
        seed: of the learner's episodes, from which that of the opponents' exploration noise is derived.
    """

    def __init__(
        self, env: TaskEnv, league: League, players: Players, learner: int, annealing: Annealing, seed: int
    ) -> None:
        self.env, self.league, self.players, self.learner = env, league, players, learner
        self.task = match_of(env)
        self.nworld, self.device = env.nworld, env.device
        self.nterm = len(self.task.player_terms)
        self.action_size = self.task.player_action_size
        self._annealing = annealing
        self._noise = torch.Generator().manual_seed(stream_seed(seed, _NOISE_STREAM))
        self._worlds = torch.arange(self.nworld, device=self.device)
        self._seat = self._worlds % PLAYERS
        self._opponent = torch.full_like(self._seat, learner)
        self._all: Observation = {}
        self._memory: Tensor | None = None  # of opponents that see; known once they are there
        terms = self.task.player_terms
        explored = [term in self.task.exploration_terms for term in terms]
        self._explored = torch.tensor(explored, device=self.device)

    @property
    def reward_terms(self) -> tuple[str, ...]:
        """Names of the columns of the learner's reward."""
        return self.task.player_terms

    def observe(self) -> Observation:
        """The learner's observation groups, as each world stands."""
        return self._own({name: split(group, PLAYERS) for name, group in self.env.observe().items()})

    def seed(self, seed: int) -> None:
        """Restart the random streams of the episodes and of the opponents' exploration noise."""
        self.env.seed(seed)
        self._noise.manual_seed(stream_seed(seed, _NOISE_STREAM))

    @property
    def diverged_total(self) -> int:
        """Worlds that diverged so far."""
        return self.env.diverged_total

    def credit(self) -> Tensor:
        """Every action answers for every term."""
        return torch.ones(self.nterm, self.action_size, dtype=torch.bool)

    def reset(self) -> Observation:
        """Start a new match in every world, against opponents newly drawn."""
        self._draw_opponents(self._worlds)
        self._memory = None
        return self._seen(self.env.reset())

    def stagger(self) -> None:
        """See `TaskEnv.stagger`."""
        self.env.stagger()

    def step(self, action: Tensor) -> Step:
        """Advance every world by one control period; the opponents act, too.

        Args:
            action: (nworld, action_size) of the learner.
        """
        other = 1 - self._seat
        theirs = {name: group[self._worlds, other] for name, group in self._all.items()}
        joint = torch.empty(self.nworld, PLAYERS, self.action_size, device=self.device)
        joint[self._worlds, self._seat] = action
        joint[self._worlds, other] = self.players.act(theirs, self._opponent, self._noise, self._remembered())
        step = self.env.step(joint.flatten(1))
        ended, seat = step.ended, self._seat[step.ended]
        rows = torch.arange(len(ended), device=self.device)
        final = {name: split(group, PLAYERS)[rows, seat] for name, group in step.final_observation.items()}
        reward = split(step.reward, PLAYERS)[self._worlds, self._seat] * self._weights()
        episode = self._episode(step, seat) if len(ended) else {}
        if len(ended):
            self._record(step)
            self._seat = self._seat.index_copy(0, ended, 1 - seat)
            self._draw_opponents(ended)
            if self._memory is not None:
                self._memory[ended] = 0.0
        observation = self._seen(step.observation)
        return Step(
            observation, reward, step.terminated, step.truncated, step.diverged, ended, final, episode
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, but for the league and the policies."""
        own = {
            "seat": self._seat.clone(),
            "opponent": self._opponent.clone(),
            "noise": self._noise.get_state(),
        }
        if self._memory is not None:
            own["memory"] = self._memory.clone()
        return own | {f"env.{name}": tensor for name, tensor in self.env.state_dict().items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> Observation:
        """Go on from `state_dict`."""
        self._seat, self._opponent = state["seat"].to(self.device), state["opponent"].to(self.device)
        self._noise.set_state(state["noise"])
        self._memory = state["memory"].to(self.device) if "memory" in state else None
        return self._seen(self.env.load_state_dict(under(state, "env.")))

    def _weights(self) -> Tensor:
        """Of the reward's terms, (nterm,)."""
        if not self.task.exploration_terms:
            return torch.ones(self.nterm, device=self.device)
        share = self._annealing.exploration
        return torch.where(self._explored, share, 1 - share)

    def _seen(self, observation: Observation) -> Observation:
        self._all = {name: split(group, PLAYERS) for name, group in observation.items()}
        return self._own(self._all)

    def _own(self, seats: Observation) -> Observation:
        """The learner's groups of those of all players."""
        return {name: group[self._worlds, self._seat] for name, group in seats.items()}

    def _remembered(self) -> Tensor | None:
        """What the opponents remember, (nworld, size), where they do."""
        if self._memory is None:
            self._memory = self.players.actors[self.learner].remember(self.nworld)
        return self._memory

    def _episode(self, step: Step, seat: Tensor) -> dict[str, Tensor]:
        """Figures of the ended matches from the learner's seat."""
        scores = torch.stack([step.episode[SCORE + player] for player in self.task.players], dim=1)
        score = scores.gather(1, seat[:, None]).squeeze(1)
        counts = (self._opponent[step.ended] != self.learner) | self.task.cooperative
        kept = {k: v for k, v in step.episode.items() if not k.startswith((TERM, SCORE)) and k != "return"}
        return kept | {
            "success": score == WON,
            "score": torch.where(counts, score, torch.nan),
            "drawn": score == DRAWN,
        }

    def _record(self, step: Step) -> None:
        """Tell the league how the ended matches went; a world that diverged says nothing."""
        first = step.episode[SCORE + self.task.players[0]].tolist()
        void = step.episode["diverged"].tolist()
        seats, others = self._seat[step.ended].tolist(), self._opponent[step.ended].tolist()
        for score, bad, seat, other in zip(first, void, seats, others, strict=True):
            if not bad:
                pair = (self.learner, other) if seat == 0 else (other, self.learner)
                self.league.record(*pair, score)

    def _draw_opponents(self, worlds: Tensor) -> None:
        drawn = [self.league.draw_opponent(self.learner) for _ in range(len(worlds))]
        self._opponent[worlds] = torch.tensor(drawn, dtype=torch.int64, device=self.device)


def match_of(env: TaskEnv) -> MatchTask:
    """The match that an env steps.

    Raises:
        ValueError: its task is no match of two.
    """
    if not isinstance(env.task, MatchTask) or len(env.task.players) != PLAYERS:
        raise ValueError(f"task {env.task.name!r}: expected a match of {PLAYERS} players")
    return env.task
