"""`hand-turn`: screw a star knob by three full turns."""

import math

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation, Vector
from envs.tasks.hand import HandTask, HandTaskConfig, effort_term
from envs.tasks.objects import ObjectConfig, Objects, Span, matter, stiffen, uniform

KNOB, BOLT = "knob", "bolt"
"""The body that is turned, and the hinge that it turns on."""

LOBES = 5
_LOBE_RADIUS, _LOBE_CIRCLE, _LOBE_HALF = 0.008, 0.020, 0.007
"""Radius of a lobe, of the circle that the lobes stand on, and half the length between a lobe's rounded ends, m: at its
full size a star grip of 56 mm, one of DIN 6336's."""

_HUB_RADIUS, _HUB_HALF = 0.015, 0.001
"""Of the knob's middle, m."""

_PLACE: Vector = (0.116, 0.0, 0.0)
"""Middle of the knob in the forearm's frame, m: on the forearm's axis, within reach of all five fingertips."""

_PLATE = 0.020
"""From the knob's middle to the plate that the bolt goes into, m: what keeps the fingers' roots off the knob."""

_SPINDLE_INERTIA = 2e-5
"""Of the bolt behind the knob, kg·m²: a steel M20 bolt of 80 mm has 1e-5, its washers the rest; an estimate."""

_START_DEG = {
    "wrist_flexion": -63.4,
    "wrist_deviation": -7.1,
    "little_cmc_flexion": 15.3,
    "little_cmc_rotation": 9.3,
    "thumb_cmc_flexion": -30.0,
    "thumb_cmc_abduction": 35.2,
    "thumb_mcp_flexion": -10.0,
    "thumb_mcp_abduction": 15.0,
    "thumb_ip_flexion": 20.0,
    "index_mcp_abduction": 13.2,
    "index_mcp_flexion": 88.0,
    "index_pip_flexion": 13.2,
    "middle_mcp_abduction": 1.2,
    "middle_mcp_flexion": 68.9,
    "middle_pip_flexion": 51.8,
    "ring_mcp_abduction": 19.9,
    "ring_mcp_flexion": 74.8,
    "ring_pip_flexion": 34.5,
    "little_mcp_abduction": 20.0,
    "little_mcp_flexion": 72.0,
    "little_pip_flexion": 3.7,
}
"""A claw around the knob that touches nothing, its fingertips 42 mm from the axis; found by least squares."""


class TurnWeights(BaseModel):
    """Weights of the reward's terms.

    Attributes:
        turn: of each rad that the knob was turned in a control step; turning back costs as much.
        reach: of the fingertips' mean distance from the knob's rim, per m.
        effort: of the actions' mean square.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    turn: float = Field(default=10.0, ge=0)
    reach: float = Field(default=2.0, ge=0)
    effort: float = Field(default=0.05, ge=0)


class HandTurnConfig(HandTaskConfig):
    """Config of `hand-turn`.

    Attributes:
        turns: full turns that make a success.
        knob: how knobs differ.
        resistance: dry friction of the bolt, N·m, drawn for each world.
        damping: viscous friction of the bolt, N·m·s/rad.
        offset: the knob's middle is drawn this far about its place along each axis, m, for each world.
        spread: the start pose is drawn this far about the claw, as a share of each joint's range.
        fastest: speed above which turning earns nothing more, rad/s.
        weights: of the reward's terms.
    """

    episode_seconds: float = Field(default=20.0, gt=0, le=3600)
    step_fraction: float = Field(default=0.08, gt=0, le=1)
    turns: float = Field(default=3.0, gt=0)
    knob: ObjectConfig = ObjectConfig()
    resistance: Span = (0.03, 0.10)
    damping: float = Field(default=0.002, ge=0)
    offset: float = Field(default=0.002, ge=0, le=0.02)
    spread: float = Field(default=0.02, ge=0, le=0.1)
    fastest: float = Field(default=3.0, gt=0)
    weights: TurnWeights = TurnWeights()


@register_task
class HandTurn(HandTask):
    """Turn a knob on a hinge with dry friction, on and on, as far as an episode lasts.

    The wrist's pronation covers less than half a turn, so the hand has to let go and take hold again. The knob is to
    turn as a screw with a right-hand thread goes in, clockwise as the hand sees it; for the left hand it is the mirror
    image.
    """

    name = "hand-turn"
    config_type = HandTurnConfig
    groups = ("proprioception", "command", "tracking", "object", "privileged")
    reward_terms = ("turn", "reach", "effort")
    config: HandTurnConfig

    def build_scene(self) -> mujoco.MjSpec:
        """The hand, the plate, and the knob before it; the bolt itself is left out."""
        spec = super().build_scene()
        timestep = self.config.rates.timestep
        stiffen(spec, timestep)
        add_knob(spec, timestep, self.config.damping)
        return spec

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Give every world its knob and its bolt."""
        super().bind(physics, generator)
        model, config = physics.model, self.config
        self._knob, self._hinge = model.body(KNOB).id, int(model.joint(BOLT).qposadr[0])
        self._bolt = int(model.joint(BOLT).dofadr[0])
        self._sense = 1.0 if config.hand.side == "right" else -1.0
        self._objects = Objects(physics, KNOB, config.knob, generator)
        self._resistance = uniform(config.resistance, physics, generator)
        physics.expand("dof_frictionloss")[:, self._bolt] = self._resistance
        offset = [uniform((-config.offset, config.offset), physics, generator) for _ in range(3)]
        physics.expand("body_pos")[:, self._knob] += torch.stack(offset, dim=1)
        self._place = physics.expand("body_pos")[:, self._knob].float()
        self._rim = (_LOBE_CIRCLE + _LOBE_RADIUS) * self._objects.size.float()
        self._claw = self.pose(_START_DEG)
        self.state["begun"] = torch.zeros(physics.nworld, dtype=physics.dtype, device=physics.device)
        self.state["before"] = torch.zeros_like(self.state["begun"])
        self.state["action"] = torch.zeros(physics.nworld, model.nu, device=physics.device)

    def reset(self, worlds: Tensor) -> None:
        """An open claw about the knob, the wrist turned and the knob standing as it may."""
        spread = self.config.spread * self._span
        angles = self._claw + spread * self.draw(worlds, len(self._span))
        pronation = self._joints.names.index("wrist_pronation")
        middle, half = (self._joints.low + self._joints.high) / 2, self._span / 2
        angles[:, pronation] = middle[pronation] + 0.9 * half[pronation] * self.draw(worlds, 1)[:, 0]
        knob = math.pi * self.draw(worlds, 1)[:, 0].to(self.physics.dtype)
        self.physics.field("qpos")[worlds, self._hinge] = knob
        self.start_at(worlds, angles)
        self.state["begun"][worlds] = knob
        self.state["before"][worlds] = knob
        self.state["action"][worlds] = 0.0

    def control(self, action: Tensor) -> None:
        """Move the joint targets; remember the action and where the knob stood."""
        self.state["action"][:] = action
        self.state["before"][:] = self.physics.field("qpos")[:, self._hinge]
        super().control(action)

    def update(self) -> None:
        """Where the fingertips are about the knob, and how far it was turned."""
        super().update()
        angle = self.physics.field("qpos")[:, self._hinge]
        self._turned = self._sense * (angle - self.state["begun"]).float()
        self._step = self._sense * (angle - self.state["before"]).float()
        self._offsets = self._fingertips - self._place[:, None]

    def observe(self) -> Observation:
        """What the hand feels, where the knob is, the fingertips about it, how it stands, and what it is made of."""
        hinge = self.physics.field("qpos")[:, self._hinge].float()
        speed = self.physics.field("qvel")[:, self._bolt].float()
        # lobes are alike: what can be seen of the angle repeats with them
        seen = [(LOBES * hinge).sin(), (LOBES * hinge).cos(), 0.2 * speed, 10 * self._rim]
        hidden = [
            self._objects.features(),
            10 * self._resistance.float()[:, None],
            self._turned[:, None] / 10,
        ]
        return {
            "proprioception": self.proprioception(),
            "command": 10 * self._place,
            "tracking": 20 * self._offsets.flatten(1),
            "object": torch.stack(seen, dim=1),
            "privileged": torch.cat(hidden, dim=1),
        }

    def reward(self) -> Tensor:
        """Its terms times their weights, (nworld, 3)."""
        weights = self.config.weights
        terms = [
            weights.turn * turn_term(self._step, self.config.fastest * self.config.rates.control_period),
            weights.reach * reach_term(self._offsets, self._rim),
            weights.effort * effort_term(self.state["action"]),
        ]
        return torch.stack(terms, dim=1)

    def success(self) -> Tensor:
        """Turned by as much as was asked, (nworld,)."""
        return self._turned >= 2 * math.pi * self.config.turns

    def metrics(self) -> dict[str, Tensor]:
        """Turns made, counted back where the knob was turned back."""
        return super().metrics() | {"turns": self._turned / (2 * math.pi)}

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the thumb's side and above, fingers to the right."""
        thumb = 1.0 if self.config.hand.side == "right" else -1.0
        return (-0.35, -0.8 * thumb, -0.5), (0.0, 0.0, 1.0)


def turn_term(turned: Tensor, most: float) -> Tensor:
    """What the knob was turned in a control step, (nworld,) rad, no more than `most` either way."""
    return turned.clamp(-most, most)


def reach_term(offsets: Tensor, rim: Tensor) -> Tensor:
    """Minus the fingertips' mean distance beyond the rim, (nworld,) m.

    Args:
        offsets: from the knob's middle to the fingertips, (nworld, 5, 3) m.
        rim: the knob's radius, (nworld,) m.
    """
    return -(offsets.norm(dim=2) - rim[:, None]).clamp(min=0).mean(dim=1)


def add_knob(spec: mujoco.MjSpec, timestep: float, damping: float) -> None:
    """Add a star knob before a plate: rounded lobes around a hub, on a hinge along the forearm without an end.

    Args:
        spec: with the hand.
        timestep: of the physics, s.
        damping: of the hinge, N·m·s/rad.
    """
    solid = matter(timestep)
    spec.worldbody.add_geom(
        name="plate",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        pos=[_PLACE[0] + _PLATE, _PLACE[1], _PLACE[2]],
        zaxis=[-1, 0, 0],
        size=[0.08, 0.08, 0.01],
        rgba=[0.6, 0.62, 0.65, 1],
        **solid,
    )
    body = spec.worldbody.add_body(name=KNOB, pos=_PLACE)
    body.add_joint(name=BOLT, axis=[1, 0, 0], damping=damping, armature=_SPINDLE_INERTIA, frictionloss=0.05)
    capsule = mujoco.mjtGeom.mjGEOM_CAPSULE
    # capsules lie along their own z, the bolt along x
    along_x = [math.sqrt(0.5), 0, math.sqrt(0.5), 0]
    shared = {"type": capsule, "quat": along_x, **solid}
    body.add_geom(name="hub", size=[_HUB_RADIUS, _HUB_HALF, 0], rgba=[0.35, 0.37, 0.4, 1], **shared)
    for lobe in range(LOBES):
        turn = 2 * math.pi * lobe / LOBES
        place = [0, _LOBE_CIRCLE * math.cos(turn), _LOBE_CIRCLE * math.sin(turn)]
        # one lobe of another colour, to see the knob turn
        rgba = [0.85, 0.2, 0.15, 1] if lobe == 0 else [0.2, 0.22, 0.25, 1]
        body.add_geom(name=f"lobe_{lobe}", pos=place, size=[_LOBE_RADIUS, _LOBE_HALF, 0], rgba=rgba, **shared)
