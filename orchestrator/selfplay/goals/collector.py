"""Gathers what Alice and Bob do in their games, for each to learn from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from envs.task import Observation
from orchestrator.selfplay.goals.album import Album
from orchestrator.selfplay.goals.game import GoalGame, Happened
from orchestrator.selfplay.goals.past import ALICE, BOB, NOW, Past
from orchestrator.selfplay.goals.tape import Tape, joined
from orchestrator.selfplay.goals.track import Row, Track
from policies.actor_critic import ActorCritic
from policies.checkpoint import under
from policies.cloning import Demonstrations
from policies.rollout import Rollout


@dataclass(frozen=True)
class Gathered:
    """What came of some steps.

    Attributes:
        alice: her steps; none where there were none.
        bob: his.
        demonstrations: her turns to goals that he failed.
        figures: counts and shares, for the metrics.
    """

    alice: Rollout | None
    bob: Rollout | None
    demonstrations: Demonstrations | None
    figures: dict[str, float]


class GoalCollector:
    """Plays games and keeps what the two learners need.

    Alice's last step of a turn waits until Bob is done: only then is its reward known.

    Args:
        game: the games.
        alice: her networks.
        bob: his.
        past: who plays where.
        gamma: discount.
        noise: of the exploration, on the CPU.
    """

    def __init__(
        self,
        game: GoalGame,
        alice: ActorCritic,
        bob: ActorCritic,
        past: Past,
        gamma: float,
        noise: torch.Generator,
    ) -> None:
        self.game, self.past, self.gamma, self.noise = game, past, gamma, noise
        self.models = (alice, bob)
        self.game.begin()
        self.observation: Observation = game.env.observe()
        self.tape = Tape(game.task, self.observation, game.config.alice_steps)
        self.album = Album(game.task.poses)
        self.past.draw(torch.arange(game.env.nworld))
        look = self._look(ALICE)
        self._waiting = look | {"reward": torch.zeros_like(look["value"])}
        self._waits = torch.zeros_like(game.bobs)

    @torch.no_grad()
    def collect(self, steps: int) -> Gathered:
        """Make `steps` control steps in every world."""
        tracks = (Track(), Track())
        taught: list[Demonstrations] = []
        counts: dict[str, Tensor] = {}
        for _ in range(steps):
            rows = [self._look(player) for player in (ALICE, BOB)]
            bobs, clock = self.game.bobs.clone(), self.game.clock.clone()
            action = torch.where(bobs[:, None], rows[BOB]["action"], rows[ALICE]["action"])
            for player, turn in ((ALICE, ~bobs), (BOB, bobs)):
                who = (turn & (self.past.who[player] != NOW)).nonzero().squeeze(1)
                if len(who):
                    action[who] = self.past.act(player, who, self.observation)
            self.tape.note((~bobs).nonzero().squeeze(1), clock, self.observation, action)
            happened = self.game.step(action)
            self._note_bob(tracks[BOB], rows[BOB], happened)
            self._note_alice(tracks[ALICE], rows[ALICE], happened)
            failed = (happened.settled & (self.past.who[BOB] == NOW)).nonzero().squeeze(1)
            if len(failed):
                taught.append(self.tape.demonstrations(failed, happened.goal[failed], self.models[BOB].actor))
            done = happened.solved | happened.settled
            self.album.note(happened.start[done], happened.goal[done], happened.solved[done])
            for name, figure in _counted(happened).items():
                counts[name] = counts.get(name, torch.zeros(())) + figure
            if (over := happened.over.nonzero().squeeze(1)).numel():
                self.past.draw(over)
            self.observation = self.game.env.observe()
        return Gathered(
            self._rollout(ALICE, tracks[ALICE]),
            self._rollout(BOB, tracks[BOB]),
            joined(taught),
            _shares(counts),
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, but for the networks."""
        state = {f"game.{k}": v for k, v in self.game.state_dict().items()}
        state |= {f"env.{k}": v for k, v in self.game.env.state_dict().items()}
        state |= {f"past.{k}": v for k, v in self.past.state_dict().items()}
        state |= {f"tape.{k}": v for k, v in self.tape.state_dict().items()}
        state |= {f"album.{k}": v for k, v in self.album.state_dict().items()}
        state |= {f"waiting.{k}": v.clone() for k, v in self._waiting.items()}
        return state | {"waits": self._waits.clone(), "noise": self.noise.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        self.observation = self.game.env.load_state_dict(under(state, "env."))
        self.game.load_state_dict(under(state, "game."))
        alice, bob = self.models
        self.past.load_state_dict(under(state, "past."), alice.actor, bob.actor)
        self.tape.load_state_dict(under(state, "tape."))
        self.album.load_state_dict(under(state, "album."))
        self._waiting, self._waits = under(state, "waiting."), state["waits"]
        self.noise.set_state(state["noise"])

    def _look(self, player: int) -> Row:
        """What a player sees, would do with exploration noise, and expects, in every world."""
        model = self.models[player]
        with torch.no_grad():
            seen, told = (part.reader.gather(self.observation) for part in (model.actor, model.critic))
            mean, std = model.actor(seen)
            action = mean + std * torch.randn(mean.shape, generator=self.noise).to(mean.device)
            value = model.critic(told)
        return {"actor_input": seen, "critic_input": told, "action": action, "mean": mean, "value": value}

    def _note_bob(self, track: Track, row: Row, happened: Happened) -> None:
        """Bob's steps; a turn of his is an episode, and his time's end is its end: his critic is told the time."""
        reward = torch.where(happened.lost[:, None], row["value"], happened.step.reward)
        done = happened.solved | happened.spent | happened.lost
        track.add(row | {"reward": reward}, happened.bobs & (self.past.who[BOB] == NOW), done)

    def _note_alice(self, track: Track, row: Row, happened: Happened) -> None:
        """Alice's steps; the last one of a turn that Bob has to answer comes when he has."""
        own = self.past.who[ALICE] == NOW
        answered = happened.bobs & (happened.solved | happened.spent | happened.lost) & self._waits
        reward = happened.alice_reward[:, None] + torch.where(
            answered[:, None], self._waiting["reward"], torch.zeros(())
        )
        row = {k: torch.where(answered[:, None], self._waiting[k], v) for k, v in row.items()}
        reward = torch.where(happened.lost[:, None], row["value"], reward)
        row["reward"] = reward
        waits = happened.asked & own
        track.add(row, own & ~happened.bobs & ~happened.asked | answered, happened.over)
        for name, tensor in self._waiting.items():
            tensor[waits] = row[name][waits]
        self._waits = (self._waits & ~answered) | waits

    def _rollout(self, player: int, track: Track) -> Rollout | None:
        """A player's steps, cut where the gathering ends and valued from there on."""
        model = self.models[player]
        critic = model.critic
        told = critic.reader.gather(self.observation)
        if player == ALICE:
            told = torch.where(self._waits[:, None], self._waiting["critic_input"], told)
        return track.rollout(model.actor.std(), critic(told), self.gamma)


def _counted(happened: Happened) -> dict[str, Tensor]:
    """Numbers of events in a step."""
    names = ("left", "valid", "outside", "asked", "solved", "settled", "over", "bobs")
    return {name: getattr(happened, name).sum() for name in names} | {
        "steps": torch.tensor(len(happened.bobs))
    }


def _shares(counts: dict[str, Tensor]) -> dict[str, float]:
    """Metrics of the games; NaN where there was nothing to count."""

    def share(part: str, whole: str) -> float:
        return float(counts[part] / counts[whole]) if counts[whole] else float("nan")

    return {
        "goals/valid": share("valid", "left"),
        "goals/outside": share("outside", "valid"),
        "goals/bob_solved": share("solved", "asked"),
        "goals/bob_steps": share("bobs", "steps"),
        "goals/per_game": share("valid", "over"),
    }
