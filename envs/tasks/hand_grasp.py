"""`hand-grasp`: pick any of twenty objects from a table and hold it up."""

import math
from typing import Self

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

from envs import rotations
from envs.carrier import AXES
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation, Vector
from envs.tasks.assortment import LARGEST, LARGEST_SIZE, THING, Assortment, add_thing
from envs.tasks.bodies import unbind_shape
from envs.tasks.carried_hand import TOOL_HEIGHT, CarriedHandConfig, CarriedHandTask
from envs.tasks.catalogue import CATALOGUE
from envs.tasks.hand import effort_term
from envs.tasks.objects import TORSION, Bands, ObjectConfig, check_bands, matter
from envs.tasks.synergies import Synergy
from hand_model import FINGERS

_FURTHEST = 0.2
"""An object further from the middle of the table is out of reach, m."""

_ABOVE = 0.035
"""Of the tool centre over the object's middle where the hand starts, m."""

_NEAR = 0.04
"""Distance over which nearness falls to 1/e, m."""

_ROLLING = 0.0003
"""Rolling friction of what lies on the table, m: how far the pressure moves ahead of the contact; an estimate."""

_OPEN_DEG = {
    "little_cmc_flexion": 5.0,
    "little_cmc_rotation": 10.0,
    "thumb_cmc_flexion": -12.0,
    "thumb_cmc_abduction": 38.0,
    "thumb_mcp_flexion": 0.0,
    "thumb_ip_flexion": 5.0,
    "index_mcp_abduction": 6.0,
    "index_mcp_flexion": 25.0,
    "index_pip_flexion": 25.0,
    "index_dip_flexion": 15.0,
    "middle_mcp_flexion": 25.0,
    "middle_pip_flexion": 25.0,
    "middle_dip_flexion": 15.0,
    "ring_mcp_abduction": 4.0,
    "ring_mcp_flexion": 25.0,
    "ring_pip_flexion": 25.0,
    "ring_dip_flexion": 15.0,
    "little_mcp_abduction": 8.0,
    "little_mcp_flexion": 25.0,
    "little_pip_flexion": 25.0,
    "little_dip_flexion": 15.0,
}
"""The hand before it closes: fingers and thumb apart, about as in the power sphere's preshape (`configs/grasps`)."""


_FINGER = {"mcp_flexion": 55.0, "pip_flexion": 50.0, "dip_flexion": 35.0}
_CLOSE = {f"{finger}_{joint}": way for finger in FINGERS[1:] for joint, way in _FINGER.items()}

SYNERGIES = (
    Synergy("close", _CLOSE | {"thumb_mcp_flexion": 40.0, "thumb_ip_flexion": 45.0}, low=-0.3, high=1.2),
    Synergy("thumb_across", {"thumb_cmc_flexion": 40.0, "thumb_mcp_abduction": -10.0}, low=-0.4),
)
"""What the digits do: all curl as one, each until something stops it, as an underactuated hand's would, for its target
leads its joint by a little only; and the thumb moves across the palm."""

SINGLES = {axis.name: axis.speed for axis in AXES}
"""Joints that are told themselves, the carrier's, and the largest change of their targets, m/s or rad/s."""


class GraspWeights(BaseModel):
    """Weights of the reward's terms, each in a control step.

    Attributes:
        reach: of how near the fingertips are to the object, from 0 to 1.
        lift: of the object's height as a share of the height to be lifted to.
        hold: of being held up.
        effort: of the actions' mean square.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    reach: float = Field(default=0.5, ge=0)
    lift: float = Field(default=1.0, ge=0)
    hold: float = Field(default=1.0, ge=0)
    effort: float = Field(default=0.02, ge=0)


class HandGraspConfig(CarriedHandConfig):
    """Config of `hand-grasp`.

    Attributes:
        height: how far the object's lowest point has to be above the table, m.
        seconds: for how long without a break.
        patience: an object that is not up after this time, s, or falls later, ends the episode.
        sizes: bands of the sizes that are trained with, as shares of the catalogue's.
        heldout_sizes: bands of the sizes that evaluation has instead.
        thing: how friction and density differ; its `size` is not read.
        place: the object is drawn this far about the middle of the table along x and y, m.
        turn: and turned this far about the vertical either way, rad.
        spread: the hand starts this far about its place over the object along each axis, m.
        aside: and this much further along x and y, m.
        askew: and turned this far about the vertical from straight across the object's longer side, rad.
        weights: of the reward's terms.
    """

    episode_seconds: float = Field(default=5.0, gt=0, le=3600)
    height: float = Field(default=0.10, gt=0, le=0.25)
    seconds: float = Field(default=3.0, gt=0)
    patience: float = Field(default=2.0, gt=0)
    sizes: Bands = ((0.80, 0.92), (1.00, 1.12))
    heldout_sizes: Bands = ((0.92, 1.00), (1.12, 1.20))
    thing: ObjectConfig = ObjectConfig(density=(300.0, 1200.0))
    place: float = Field(default=0.04, ge=0, le=0.1)
    turn: float = Field(default=math.pi, ge=0, le=math.pi)
    spread: float = Field(default=0.01, ge=0, le=0.1)
    aside: float = Field(default=0.0, ge=0, le=0.1)
    askew: float = Field(default=0.2, ge=0, le=1.6)
    weights: GraspWeights = GraspWeights()

    @model_validator(mode="after")
    def _disjoint_sizes(self) -> Self:
        check_bands(self.sizes, self.heldout_sizes, 0.5, LARGEST_SIZE)
        check_bands(self.heldout_sizes, self.sizes, 0.5, LARGEST_SIZE)
        return self


@register_task
class HandGrasp(CarriedHandTask):
    """Take hold of an object that lies on a table, lift it and hold it up for three seconds.

    The hand is carried, palm down; actions move synergies of the digits, the wrist and the carrier.
    """

    name = "hand-grasp"
    config_type = HandGraspConfig
    groups = ("proprioception", "object", "privileged")
    reward_terms = ("reach", "lift", "hold", "effort")
    rest_deg, moves, singles = _OPEN_DEG, SYNERGIES, SINGLES
    config: HandGraspConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def build_scene(self) -> mujoco.MjSpec:
        """A hand over a table, and an object on it."""
        spec, timestep = super().build_scene(), self.config.rates.timestep
        add_table(spec, timestep)
        add_thing(spec, timestep)
        return spec

    def compile_scene(self) -> mujoco.MjModel:
        """See `Task.compile_scene`; the object may be any of the catalogue."""
        model = super().compile_scene()
        unbind_shape(model, THING, LARGEST)
        return model

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Give every world its object."""
        super().bind(physics, generator)
        config, model, count, device = self.config, physics.model, physics.nworld, physics.device
        address, dof = int(model.joint(THING).qposadr[0]), int(model.joint(THING).dofadr[0])
        self._at, self._turn = slice(address, address + 3), slice(address + 3, address + 7)
        self._speed = slice(dof, dof + 6)
        self._forearm = model.body("forearm").id
        sizes = config.heldout_sizes if self.split == "heldout" else config.sizes
        self._objects = Assortment(physics, sizes, config.thing, generator)
        self._low, self._high = self._objects.low.float(), self._objects.high.float()
        self._kinds = torch.nn.functional.one_hot(self._objects.kind, len(CATALOGUE)).float()
        for name in ("held", "longest", "steps"):
            self.state[name] = torch.zeros(count, device=device)

    def reset(self, worlds: Tensor) -> None:
        """The object somewhere on the table; the open hand over it, fingers across its longer side."""
        config, count = self.config, len(worlds)
        place = torch.zeros(count, 3, device=self.physics.device)
        place[:, :2] = config.place * self.draw(worlds, 2)
        place[:, 2] = 0.0005 - self._low[worlds, 2]
        turn = config.turn * self.draw(worlds, 1)[:, 0]
        vertical = torch.tensor([0.0, 0.0, 1.0], device=place.device).repeat(count, 1)
        quat = rotations.about(vertical, turn)
        qpos = self.physics.field("qpos")
        self.start_with(worlds, self._over(worlds, place, quat, turn))
        qpos[worlds, self._at] = place.to(qpos.dtype)
        qpos[worlds, self._turn] = quat.to(qpos.dtype)
        for name in ("held", "longest", "steps"):
            self.state[name][worlds] = 0.0

    def _over(self, worlds: Tensor, place: Tensor, quat: Tensor, turn: Tensor) -> Tensor:
        """Values that put the tool centre over the objects of worlds (n,), as a planner of grasps would, and about.

        Args:
            worlds: (n,) int64.
            place: of the objects' frames, (n, 3) m.
            quat: how they stand, (n, 4).
            turn: the same, about the vertical, (n,) rad.
        """
        low, high = self._low[worlds], self._high[worlds]
        names, unit = self._synergies.names, self.draw(worlds, 4)
        values = torch.zeros(len(worlds), self.action_size, device=place.device)
        carrier = names.index("carrier_x")
        middle = place + rotations.rotate(quat, (low + high) / 2)
        middle[:, 2] += _ABOVE - TOOL_HEIGHT
        about = torch.full((3,), self.config.spread, device=place.device)
        about[:2] += self.config.aside
        values[:, carrier : carrier + 3] = middle + about * unit[:, :3]
        along = (high - low)[:, 0] > 1.05 * (high - low)[:, 1]
        # across the longer side, by the nearer of two turns that are alike
        yaw = torch.where(along, turn - math.pi / 2, turn)
        yaw = torch.remainder(yaw + math.pi / 2, math.pi) - math.pi / 2
        values[:, names.index("carrier_yaw")] = yaw + self.config.askew * unit[:, 3]
        return values

    def control(self, action: Tensor) -> None:
        """Move the hand; remember for how long the object was held."""
        self.state["steps"] += 1
        self.state["held"][:] = self._held
        self.state["longest"][:] = torch.maximum(self.state["longest"], self._held)
        super().control(action)

    def update(self) -> None:
        """Where the object is, how high, and where the fingertips are about it."""
        super().update()
        qpos = self.physics.field("qpos")
        turn = qpos[:, self._turn].float()
        lower = rotations.rotate(turn, (self._low + self._high) / 2)
        self._columns = rotations.columns(turn)
        self._middle = qpos[:, self._at].float() + lower
        self._height = self._middle[:, 2] - self._half_height()
        self._offsets = self._fingertips - self._middle[:, None]
        up = self._height >= self.config.height
        # counted from what `control` noted, so that looking twice counts once
        self._held = torch.where(up, self.state["held"] + self.config.rates.control_period, 0.0)

    def observe(self) -> Observation:
        """What the hand feels, where the object is and how it moves, and what it is made of."""
        tool = self.physics.field("xpos")[:, self._forearm].float()
        speed = self.physics.field("qvel")[:, self._speed].float()
        seen = [
            10 * self._middle,
            10 * (self._middle - tool),
            10 * self._height[:, None],
            self._columns,
            speed[:, :3],
            0.2 * speed[:, 3:],
            20 * (self._high - self._low),
            20 * self._offsets.flatten(1),
            self._kinds,
        ]
        return {
            "proprioception": self.proprioception(),
            "object": torch.cat(seen, dim=1),
            "privileged": torch.cat([self._objects.features(), self._held[:, None]], dim=1),
        }

    def reward(self) -> Tensor:
        """Its terms times their weights, (nworld, 4)."""
        weights, wanted = self.config.weights, self.config.height
        terms = [
            weights.reach * reach_term(self._offsets),
            weights.lift * lift_term(self._height, wanted),
            weights.hold * (self._held > 0).float(),
            weights.effort * effort_term(self.state["action"]),
        ]
        return torch.stack(terms, dim=1)

    def terminated(self) -> Tensor:
        """The object is out of reach, or was not lifted in time, (nworld,)."""
        away = self._middle[:, :2].norm(dim=1) > _FURTHEST
        late = self.state["steps"] * self.config.rates.control_period > self.config.patience
        return away | (late & (self._held == 0))

    def success(self) -> Tensor:
        """Held up for as long as was asked, (nworld,)."""
        return torch.maximum(self._held, self.state["longest"]) >= self.config.seconds - 1e-3

    def metrics(self) -> dict[str, Tensor]:
        """Longest time that the object was held up, s; its height, m; its place in the catalogue."""
        held = torch.maximum(self._held, self.state["longest"])
        return super().metrics() | {
            "held": held,
            "height": self._height.clone(),
            "kind": self._objects.kind.clone(),
        }

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the thumb's side, over the table."""
        thumb = 1.0 if self.config.hand.side == "right" else -1.0
        return (-0.35, -0.85 * thumb, -0.35), (0.0, 0.0, 1.0)

    def _half_height(self) -> Tensor:
        """Half the height of the object's bounding box as it stands, (nworld,) m."""
        first, second = self._columns.unflatten(-1, (2, 3)).unbind(-2)
        vertical = torch.stack([first[:, 2], second[:, 2], torch.linalg.cross(first, second)[:, 2]], dim=1)
        return (vertical.abs() * (self._high - self._low) / 2).sum(dim=1)


def reach_term(offsets: Tensor) -> Tensor:
    """How near the fingertips are to the object's middle, 0 to 1, the thumb's as much as all fingers', (nworld,).

    Never negative: a hand must not gain by pushing the object out of reach, which ends the episode.

    Args:
        offsets: from the middle to the fingertips, thumb first, (nworld, 5, 3) m.
    """
    near = (-offsets.norm(dim=2) / _NEAR).exp()
    return (near[:, 0] + near[:, 1:].mean(dim=1)) / 2


def lift_term(height: Tensor, wanted: Tensor | float) -> Tensor:
    """How far the object is lifted, as a share of the height wanted, no more than 1.2, (nworld,)."""
    return (height / wanted).clamp(0.0, 1.2)


def add_table(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add a table top at height 0, felt-covered: what rolls on it comes to rest.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
    """
    felt = matter(timestep) | {"priority": 2, "condim": 6, "friction": [0.8, 0.8 * TORSION, _ROLLING]}
    spec.worldbody.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0.4, 0.4, 0.01],
        rgba=[0.62, 0.6, 0.55, 1],
        **felt,
    )
