"""`hand-reorient`: turn a cube in the hand to one orientation after another, without dropping it."""

import math
from typing import Literal

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from envs import rotations
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation, Vector
from envs.tasks.hand import HandTask, HandTaskConfig, effort_term
from envs.tasks.objects import ObjectConfig, Objects, matter, stiffen

CUBE = "cube"
_HALF_EDGE = 0.0275
"""Of the largest cube, m."""

_PLACE: Vector = (0.077, -0.004, 0.041)
"""Where the cube lies in a hand that does nothing, m in the world: on the palm, whose back is down."""

_ABOVE = 0.015
"""How far above that it is let go, m."""

_LOWEST, _FURTHEST = -0.01, 0.10
"""A cube whose middle is lower than this, or further from its place sideways, was dropped, m."""

_START_DEG = {
    "little_cmc_flexion": 10.0,
    "thumb_cmc_flexion": -25.0,
    "thumb_cmc_abduction": 25.0,
    "thumb_mcp_flexion": 0.0,
    "thumb_ip_flexion": 10.0,
    "index_mcp_flexion": 20.0,
    "index_pip_flexion": 40.0,
    "index_dip_flexion": 20.0,
    "middle_mcp_flexion": 20.0,
    "middle_pip_flexion": 40.0,
    "middle_dip_flexion": 20.0,
    "ring_mcp_flexion": 20.0,
    "ring_pip_flexion": 40.0,
    "ring_dip_flexion": 20.0,
    "little_mcp_flexion": 20.0,
    "little_pip_flexion": 40.0,
    "little_dip_flexion": 20.0,
}
"""A bowl, palm up; chosen by eye."""


class ReorientWeights(BaseModel):
    """Weights of the reward's terms.

    Attributes:
        progress: of each rad that the cube came nearer to its goal in a control step.
        goal: of each goal reached.
        stay: of the cube's distance from its place, per m.
        drop: of a dropped cube.
        effort: of the actions' mean square.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    progress: float = Field(default=10.0, ge=0)
    goal: float = Field(default=2.0, ge=0)
    stay: float = Field(default=0.5, ge=0)
    drop: float = Field(default=5.0, ge=0)
    effort: float = Field(default=0.02, ge=0)


class HandReorientConfig(HandTaskConfig):
    """Config of `hand-reorient`.

    Attributes:
        axes: goals are turns from the orientation just held, about the `vertical` or about `any` axis.
        largest_turn_rad: of these turns, which are drawn uniformly from twice the tolerance to this, rad.
        both_ways: whether turns about the vertical go either way; otherwise all go counterclockwise, seen from above.
        tolerance_rad: turn between cube and goal that counts as reached, rad.
        wanted: goals in one episode that make a success.
        cube: how cubes differ.
        reach: an action of one sends a joint's target this share of the joint's range away from the bowl.
        wrist_share: the wrist, which carries the cube, goes this share of `reach`, and as much more slowly.
        spread: the start pose is drawn this far about the bowl, as a share of each joint's range.
        weights: of the reward's terms.
    """

    episode_seconds: float = Field(default=60.0, gt=0, le=3600)
    step_fraction: float = Field(default=0.1, gt=0, le=1)
    axes: Literal["vertical", "any"] = "any"
    largest_turn_rad: float = Field(default=math.pi, gt=0, le=math.pi)
    both_ways: bool = True
    tolerance_rad: float = Field(default=0.4, gt=0, le=math.pi)
    wanted: int = Field(default=10, ge=1)
    cube: ObjectConfig = ObjectConfig(density=(300.0, 1200.0))
    reach: float = Field(default=0.35, gt=0, le=1)
    wrist_share: float = Field(default=0.2, ge=0, le=1)
    spread: float = Field(default=0.02, ge=0, le=0.1)
    weights: ReorientWeights = ReorientWeights()


@register_task
class HandReorient(HandTask):
    """Turn a cube that lies in the open hand until it stands as commanded; then the next command comes, and so on.

    The episode ends when the cube is dropped. Sides of the cube are told apart: a quarter turn is another orientation.
    """

    name = "hand-reorient"
    config_type = HandReorientConfig
    groups = ("proprioception", "command", "object", "privileged")
    reward_terms = ("progress", "goal", "stay", "drop", "effort")
    config: HandReorientConfig

    def build_scene(self) -> mujoco.MjSpec:
        """The hand on its back, and the cube over its palm."""
        spec = super().build_scene()
        spec.body("forearm").quat = [0, 1, 0, 0]
        timestep = self.config.rates.timestep
        stiffen(spec, timestep)
        add_cube(spec, timestep)
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Give every world its cube, and allocate the goals."""
        super().bind(physics, generator)
        model, count, device = physics.model, physics.nworld, physics.device
        address, dof = int(model.joint(CUBE).qposadr[0]), int(model.joint(CUBE).dofadr[0])
        self._at, self._turn = slice(address, address + 3), slice(address + 3, address + 7)
        self._speed = slice(dof, dof + 6)
        self._objects = Objects(physics, CUBE, self.config.cube, generator)
        self._bowl = self.pose(_START_DEG)
        wrist = torch.tensor([name.startswith("wrist_") for name in self._joints.names], device=device)
        share = torch.where(wrist, self.config.wrist_share, 1.0)
        self._furthest = share * self._furthest
        self._reach = share * self.config.reach * self._span
        self._place = torch.tensor(_PLACE, device=device)
        self.state |= {
            "goal": torch.tensor([1.0, 0.0, 0.0, 0.0], device=device).repeat(count, 1),
            "reached": torch.zeros(count, device=device),
            "away": torch.zeros(count, device=device),
            "action": torch.zeros(count, model.nu, device=device),
        }

    def reset(self, worlds: Tensor) -> None:
        """The hand a bowl, the cube over it, turned about the vertical, and a first goal."""
        spread = self.config.spread * self._span
        self.start_at(worlds, self._bowl + spread * self.draw(worlds, len(self._span)))
        turn = rotations.about(self._vertical(worlds), math.pi * self.draw(worlds, 1)[:, 0])
        qpos = self.physics.field("qpos")
        above = self._place + torch.tensor([0.0, 0.0, _ABOVE], device=self._place.device)
        qpos[worlds, self._at] = (above + 0.004 * self.draw(worlds, 3)).to(qpos.dtype)
        qpos[worlds, self._turn] = turn.to(qpos.dtype)
        self.state["goal"][worlds] = self._next_goal(worlds, turn)
        for name in ("reached", "away", "action"):
            self.state[name][worlds] = 0.0

    def control(self, action: Tensor) -> None:
        """Replace goals that were met, send the joint targets about the bowl, and remember what the step begins with.

        Actions tell where the targets go, not how they change: noise that adds up opens the bowl, and drops the cube.
        """
        met = self._met.nonzero().squeeze(1)
        if len(met):
            self.state["goal"][met] = self._next_goal(met, self._orientation()[met])
            self.state["reached"][met] += 1
        self.state["away"][:] = rotations.angle(self._to_goal())
        self.state["action"][:] = action
        self.steer(self._bowl + action * self._reach)

    def update(self) -> None:
        """Where the cube is, how far from its goal, whether it meets it, and whether it fell."""
        super().update()
        self._cube = self.physics.field("qpos")[:, self._at].float()
        self._away = rotations.angle(self._to_goal())
        self._met = self._away <= self.config.tolerance_rad
        self._goals = self.state["reached"] + self._met
        sideways = (self._cube - self._place)[:, :2].norm(dim=1)
        self._dropped = (self._cube[:, 2] < _LOWEST) | (sideways > _FURTHEST)

    def observe(self) -> Observation:
        """What the hand feels; the goal; how the cube lies, moves and has to turn; what it is made of."""
        qvel = self.physics.field("qvel")[:, self._speed].float()
        to_goal = self._to_goal()
        # of the two quaternions of one rotation the one that turns less
        to_goal = to_goal * torch.where(to_goal[:, :1] < 0, -1.0, 1.0)
        turn = self._orientation()
        pose = [20 * (self._cube - self._place), rotations.columns(turn), rotations.edges(turn)]
        motion = [2 * qvel[:, :3], 0.2 * qvel[:, 3:]]
        about = 20 * (self._fingertips - self._cube[:, None]).flatten(1)
        return {
            "proprioception": self.proprioception(),
            "command": rotations.columns(self.state["goal"]),
            "object": torch.cat([*pose, *motion, 2 * to_goal, about], dim=1),
            "privileged": torch.cat([self._objects.features(), self._away[:, None]], dim=1),
        }

    def reward(self) -> Tensor:
        """Its terms times their weights, (nworld, 5)."""
        weights = self.config.weights
        terms = [
            weights.progress * (self.state["away"] - self._away),
            weights.goal * self._met.float(),
            weights.stay * stay_term(self._cube, self._place),
            weights.drop * -self._dropped.float(),
            weights.effort * effort_term(self.state["action"]),
        ]
        return torch.stack(terms, dim=1)

    def terminated(self) -> Tensor:
        """Dropped, (nworld,)."""
        return self._dropped

    def success(self) -> Tensor:
        """As many goals as were wanted, (nworld,)."""
        return self._goals >= self.config.wanted

    def metrics(self) -> dict[str, Tensor]:
        """Consecutive goals, and whether the cube was dropped."""
        return super().metrics() | {"goals": self._goals.clone(), "dropped": self._dropped.float()}

    def viewpoint(self) -> tuple[Vector, Vector]:
        """Down on the palm from the fingertips' side."""
        return (-0.5, 0.25, -0.8), (0.0, 0.0, 1.0)

    def _orientation(self) -> Tensor:
        return self.physics.field("qpos")[:, self._turn].float()

    def _to_goal(self) -> Tensor:
        """The turn that is left, in the world's frame, (nworld, 4)."""
        return rotations.multiply(self.state["goal"], rotations.conjugate(self._orientation()))

    def _vertical(self, worlds: Tensor) -> Tensor:
        return torch.tensor([0.0, 0.0, 1.0], device=self.physics.device).repeat(len(worlds), 1)

    def _next_goal(self, worlds: Tensor, turn: Tensor) -> Tensor:
        """Goals for worlds (n,) whose cubes stand at `turn` (n, 4): never one that is met already."""
        config = self.config
        least, most = 2 * config.tolerance_rad, config.largest_turn_rad
        unit = self.draw(worlds, 1)[:, 0]
        angle = least + (most - least) * unit.abs()
        if config.both_ways:
            angle = angle * unit.sign()
        axis = self._vertical(worlds)
        if config.axes == "any":
            normal = torch.randn(len(worlds), 3, generator=self.generator).to(axis.device)
            axis = normal / normal.norm(dim=1, keepdim=True)
        return rotations.multiply(rotations.about(axis, angle), turn)


def stay_term(cube: Tensor, place: Tensor) -> Tensor:
    """Minus the cube's distance from its place over the palm, (nworld,) m."""
    return -(cube - place).norm(dim=1)


def add_cube(spec: mujoco.MjSpec, timestep: float) -> None:
    """Add a cube that moves freely.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
    """
    body = spec.worldbody.add_body(name=CUBE, pos=_PLACE)
    body.add_freejoint(name=CUBE)
    box = mujoco.mjtGeom.mjGEOM_BOX
    body.add_geom(name=CUBE, type=box, size=[_HALF_EDGE] * 3, rgba=[0.25, 0.45, 0.7, 1], **matter(timestep))
    looks = {"type": box, "contype": 0, "conaffinity": 0, "mass": 0}
    for axis, rgba in enumerate(([0.85, 0.2, 0.15, 1], [0.2, 0.65, 0.3, 1], [0.9, 0.75, 0.2, 1])):
        # three sides have a colour of their own, to see the cube turn; they lie within every world's cube
        place, size = [0.0] * 3, [0.6 * _HALF_EDGE] * 3
        place[axis], size[axis] = _HALF_EDGE, 0.0004
        body.add_geom(name=f"side_{axis}", pos=place, size=size, rgba=rgba, **looks)
