"""Past versions of Alice and Bob, and who plays in which world."""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from envs.task import Observation
from orchestrator.selfplay.players import Players
from policies.checkpoint import under
from policies.networks import Actor

NOW = -1
"""Stands for a player as it is at the moment."""

ALICE, BOB = 0, 1


class Past:
    """A share of the games has one of the two players replaced by one of its past versions.

    Args:
        nworld: number of worlds.
        share: of the games.
        generator: of the draws, on the CPU.
        device: of the worlds.

    Attributes:
        who: (2, nworld) int64, version of Alice and of Bob in every world, or `NOW`.
    """

    def __init__(
        self, nworld: int, share: float, generator: torch.Generator, device: torch.device | None = None
    ) -> None:
        self._share, self._generator = share, generator
        self._players = (Players(), Players())
        self.who = torch.full((2, nworld), NOW, device=device)

    @property
    def versions(self) -> int:
        """How many there are of each player."""
        return len(self._players[ALICE].actors)

    def add(self, alice: Actor, bob: Actor) -> None:
        """Keep both as they are."""
        for players, actor in zip(self._players, (alice, bob), strict=True):
            players.actors[len(players.actors)] = copy.deepcopy(actor).requires_grad_(False).eval()

    def draw(self, worlds: Tensor) -> None:
        """Draw who plays in worlds (n,), where games begin."""
        lot, side = torch.rand(2, len(worlds), generator=self._generator)
        version = torch.randint(max(1, self.versions), (len(worlds),), generator=self._generator)
        replaced = (lot < self._share) & (self.versions > 0)
        for player in (ALICE, BOB):
            own = replaced & ((side < 0.5) == (player == ALICE))
            self.who[player, worlds] = torch.where(own, version, NOW).to(self.who.device)

    def act(self, player: int, rows: Tensor, observation: Observation) -> Tensor:
        """Actions of past versions of a player in worlds (n,), with exploration noise."""
        seen = {name: group[rows] for name, group in observation.items()}
        return self._players[player].act(seen, self.who[player, rows], self._generator)

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the next draws and steps depend on."""
        state = {"who": self.who.clone(), "generator": self._generator.get_state()}
        for player, players in enumerate(self._players):
            for version, actor in players.actors.items():
                state |= {f"{player}.{version}.{k}": v for k, v in actor.state_dict().items()}
        return state

    def load_state_dict(self, state: dict[str, Tensor], alice: Actor, bob: Actor) -> None:
        """Go on from `state_dict`; actors of the right sizes are given."""
        self.who.copy_(state["who"])
        self._generator.set_state(state["generator"])
        versions = {int(name.split(".")[1]) for name in state if name.startswith(f"{ALICE}.")}
        for players in self._players:
            players.actors.clear()
        for version in sorted(versions):
            self.add(alice, bob)
            for player, players in enumerate(self._players):
                players.actors[version].load_state_dict(under(state, f"{player}.{version}."))


def version_of_bob(tensors: Mapping[str, Tensor], version: int, actor: Actor) -> Actor:
    """Bob as he once was.

    Args:
        tensors: of a run's checkpoint.
        version: 0 is the first that was kept.
        actor: of the right sizes; it stays as it is.

    Raises:
        ValueError: there is no such version.
    """
    weights = under(tensors, f"play.past.{BOB}.{version}.")
    if not weights:
        raise ValueError(f"version {version}: the checkpoint has no such version of Bob")
    once = copy.deepcopy(actor)
    once.load_state_dict(weights)
    return once.eval()
