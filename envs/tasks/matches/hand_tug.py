"""`hand-tug`: two hands fight over one object across a line."""

import mujoco
import torch
from pydantic import Field
from torch import Tensor

from envs.match import duel_scores
from envs.physics import Physics
from envs.registry import register_task
from envs.tasks.matches.tray import add_tray
from envs.tasks.matches.two_hands import TwoHands, TwoHandsConfig


class HandTugConfig(TwoHandsConfig):
    """Config of `hand-tug`.

    Attributes:
        line: how far the tray's middle has to be on a player's side to be won, m.
        turn: the tray starts turned by up to this much about the vertical, rad.
    """

    line: float = Field(default=0.10, gt=0, le=0.25)
    turn: float = Field(default=0.2, ge=0, le=0.5)


@register_task
class HandTug(TwoHands):
    """Pull the tray over one's own line before the other does.

    The tray lies across the middle of a table. It is won once its middle is `line` on a player's side; a match that
    nobody wins in time is drawn. A start is the same for both players: a half turn of the scene changes nothing.
    """

    name = "hand-tug"
    config_type = HandTugConfig
    player_terms = ("outcome", "reach", "pull")
    exploration_terms = ("reach", "pull")
    config: HandTugConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """Two hands over a table, and the tray between them."""
        spec = super().build_scene()
        add_tray(spec, self.config.rates.timestep)
        add_lines(spec, self.config.line)
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Remember where the tray was."""
        super().bind(physics, generator)
        self.state["along"] = torch.zeros(physics.nworld, device=physics.device)

    def reset(self, worlds: Tensor) -> None:
        """Lay the tray across the middle, and hold the hands over its handles, open; both alike."""
        config, device = self.config, self.physics.device
        draw = 2 * torch.rand(len(worlds), 5, generator=self.generator).to(device) - 1
        values = self.start_values(config.spread * draw[:, :3])[:, None].expand(-1, len(self.players), -1)
        rows = self.begin(worlds, values, (draw[:, 4] + 1) / 2)
        turn = config.turn * draw[:, 3]
        rows[:, self._free + 3] = torch.cos(turn / 2).to(rows.dtype)
        rows[:, self._free + 6] = torch.sin(turn / 2).to(rows.dtype)
        self.physics.field("qpos")[worlds] = rows
        self.state["along"][worlds] = 0.0

    def control_players(self, action: Tensor) -> None:
        """See `TwoHands.control_players`."""
        self.state["along"].copy_(self.place[:, 0])
        super().control_players(action)

    def scores(self) -> Tensor:
        """See `MatchTask`."""
        along, line = self.place[:, 0], self.config.line
        return duel_scores(along <= -line, along >= line)

    def reward_players(self) -> Tensor:
        """Plus or minus one as a match is won or lost; while exploring, nearness to the handle and what was pulled."""
        along, line = self.place[:, 0], self.config.line
        won = (along <= -line).float() - (along >= line).float()
        pulled = 5 * (self.state["along"] - along)
        reach = 0.05 * torch.exp((self.handle - self.grip).norm(dim=2) / -0.05)
        red, blue = torch.stack([won, reach[:, 0], pulled], 1), torch.stack([-won, reach[:, 1], -pulled], 1)
        return torch.stack([red, blue], dim=1)

    def terminated(self) -> Tensor:
        """Somebody has won."""
        return self.place[:, 0].abs() >= self.config.line

    def match_metrics(self) -> dict[str, Tensor]:
        """How far the tray is on red's side, m."""
        return {"tray/red_side": -self.place[:, 0]}


def add_lines(spec: mujoco.MjSpec, line: float) -> None:
    """Draw the players' lines and the middle on the table; they touch nothing."""
    for x, colour in (
        (-line, (0.8, 0.3, 0.25, 1)),
        (0.0, (0.35, 0.35, 0.35, 1)),
        (line, (0.25, 0.45, 0.8, 1)),
    ):
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=[0.002, 0.35, 0.0005],
            pos=[x, 0, 0.0005],
            rgba=colour,
            contype=0,
            conaffinity=0,
            group=1,
        )
