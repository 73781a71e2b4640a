"""`hand-insert`: put a pin that the hand holds into a hole with half a millimetre of clearance."""

import math
from typing import Self

import mujoco
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

from envs import rotations
from envs.carrier import TOOL
from envs.physics import Physics
from envs.registry import register_task
from envs.task import Observation, Vector
from envs.tasks.bodies import unbind_shape
from envs.tasks.carried_hand import TOOL_HEIGHT, CarriedHandConfig, CarriedHandTask
from envs.tasks.hand import effort_term
from envs.tasks.objects import Bands, ObjectConfig, check_bands
from envs.tasks.pin import (
    DIAMETER,
    HANDLE_RADIUS,
    LARGEST,
    PIN,
    PRESSED,
    SHAFT,
    Pins,
    add_pin,
    add_plate,
    add_press_sensor,
)
from envs.tasks.synergies import Synergy
from hand_model.grasps import load_grasp

_GRASP = "14-tripod"
"""How the pin is held: a grasp that the taxonomy's trials found to hold (`docs/grasps.md`)."""

_SINGLES = {
    "carrier_x": 0.06,
    "carrier_y": 0.06,
    "carrier_z": 0.10,
    "carrier_pitch": 0.4,
    "wrist_pronation": 0.4,
}
"""Joints that are told themselves, and the largest change of their targets, m/s or rad/s: pronation rolls the hand."""

_CLOSING, _SETTLING, _CHUNK = 1.0, 1.0, 2
"""How a hand takes hold of its pin before the first episode: it closes in this time, s, while the pin is kept in its
place by being put back there every few physics steps; then it holds the pin alone for this time, s."""

_MEET = 0.6
"""Share of the closing at which the digits touch the pin."""

_DROPPED = 0.010
"""A pin whose handle is this far from where it was in the hand has been dropped, m."""

_NEAR, _LEAN = 0.02, 0.15
"""Distance of the pin's end from the hole's axis, m, and sine of the angle between the axes, over which the reward for
being aligned falls to 1/e."""

_MISS = 0.004
"""Distance from the hole's axis over which the depth's reward falls to 1/e, m."""

_SINK = 0.25
"""Furthest that the pin may sink into a wall, as a share of the clearance: steel does not, and a pin that does is being
pressed where it does not go."""


_MOST_PRESS = 4.0
"""Deeper than this, as a share of what the pin may sink, costs no more."""


class InsertWeights(BaseModel):
    """Weights of the reward's terms, each in a control step.

    Attributes:
        align: of how near the pin's axis is to the hole's, in place and direction.
        depth: of how deep the pin is in the hole, as a share of the depth wanted.
        inserted: of being as deep as wanted.
        press: of how far the pin sinks into a wall, as a share of what it may, up to four times that.
        drop: of a dropped pin, once.
        effort: of the actions' mean square.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    align: float = Field(default=0.5, ge=0)
    depth: float = Field(default=1.0, ge=0)
    inserted: float = Field(default=1.0, ge=0)
    press: float = Field(default=0.5, ge=0)
    drop: float = Field(default=5.0, ge=0)
    effort: float = Field(default=0.02, ge=0)


class HandInsertConfig(CarriedHandConfig):
    """Config of `hand-insert`.

    Attributes:
        clearance: between the hole's diameter and the pin's, m.
        depth: of the pin's full diameter in the hole that makes a success, m.
        diameters: bands of the pins' diameters that are trained with, m.
        heldout_diameters: bands of the diameters that evaluation has instead.
        pin: how friction and density differ; its `size` is not read.
        place: the hole is drawn this far about the place under the pin along x and y, m.
        above: the pin's nose begins this far above the plate, lowest and highest, m.
        tilt: the hole's axis leans by up to this much, rad.
        weights: of the reward's terms.
    """

    episode_seconds: float = Field(default=6.0, gt=0, le=3600)
    clearance: float = Field(default=0.0005, gt=0, le=0.005)
    depth: float = Field(default=0.020, gt=0, le=0.03)
    diameters: Bands = ((0.0132, 0.0142), (0.0150, 0.0156))
    heldout_diameters: Bands = ((0.0142, 0.0150), (0.0156, 0.0160))
    pin: ObjectConfig = ObjectConfig(density=(1140.0, 2700.0))
    place: float = Field(default=0.025, ge=0, le=0.1)
    above: tuple[float, float] = (0.010, 0.025)
    tilt: float = Field(default=math.radians(4), ge=0, le=0.3)
    weights: InsertWeights = InsertWeights()

    @model_validator(mode="after")
    def _disjoint_diameters(self) -> Self:
        check_bands(self.diameters, self.heldout_diameters, 0.008, DIAMETER)
        check_bands(self.heldout_diameters, self.diameters, 0.008, DIAMETER)
        return self


@register_task
class HandInsert(CarriedHandTask):
    """Put a pin, held by thumb, index and middle finger, into a hole.

    The hand is carried, palm down; actions move the carrier, roll the hand and press the digits together. What holds
    the pin is friction: a hand that pushes too hard slides along it, one that lets go drops it.
    """

    name = "hand-insert"
    config_type = HandInsertConfig
    groups = ("proprioception", "object", "privileged")
    reward_terms = ("align", "depth", "inserted", "press", "drop", "effort")
    singles = _SINGLES
    config: HandInsertConfig  # pyright: ignore[reportIncompatibleVariableOverride] - set once

    def __init__(self, config: HandInsertConfig) -> None:
        super().__init__(config)
        self._grasp = load_grasp(_GRASP)
        touching, closing = self._grasp.touching or {}, self._grasp.closing
        self.rest_deg = closing
        squeeze = {joint: angle - touching.get(joint, 0.0) for joint, angle in closing.items()}
        self.moves = (Synergy("squeeze", squeeze, low=-1.0, high=3.0, speed=2.0),)

    def build_scene(self) -> mujoco.MjSpec:
        """The hand, the pin, and the plate under them."""
        spec, timestep = super().build_scene(), self.config.rates.timestep
        add_pin(spec, timestep)
        add_plate(spec, timestep, self.config.clearance)
        add_press_sensor(spec)
        return spec

    def compile_scene(self) -> mujoco.MjModel:
        """See `Task.compile_scene`; pins differ."""
        model = super().compile_scene()
        unbind_shape(model, PIN, LARGEST)
        return model

    def bind(self, physics: Physics, generator: torch.Generator) -> None:
        """Give every world its pin and hole, and have every hand take hold."""
        super().bind(physics, generator)
        config, model, count, device = self.config, physics.model, physics.nworld, physics.device
        address, dof = int(model.joint(PIN).qposadr[0]), int(model.joint(PIN).dofadr[0])
        self._at, self._turn = slice(address, address + 3), slice(address + 3, address + 7)
        self._speed = slice(dof, dof + 6)
        self._palm = model.body("palm").id
        self._pressed = int(model.sensor(PRESSED).adr[0])
        diameters = config.heldout_diameters if self.split == "heldout" else config.diameters
        self._pins = Pins(physics, diameters, config.pin, generator)
        self.state |= {
            "hole": torch.zeros(count, 3, device=device),
            "lean": torch.tensor([1.0, 0.0, 0.0, 0.0], device=device).repeat(count, 1),
            "sunk": torch.zeros(count, device=device),
        }
        self._take_hold()

    def reset(self, worlds: Tensor) -> None:
        """The pin in the hand, as it was taken hold of; the hole somewhere below."""
        config, count = self.config, len(worlds)
        for name, rows in self._start.items():
            self.physics.field(name)[worlds] = rows[worlds]
        for name in ("values", "action"):
            self.state[name][worlds] = 0.0
        self.state["setpoint"][worlds] = self._synergies.targets(self.state["values"][worlds])
        self.robot.begin(worlds, self.state["setpoint"][worlds])
        unit = self.draw(worlds, 3)
        low, high = config.above
        hole = self._start["qpos"][worlds][:, self._at].float()
        hole[:, :2] += config.place * unit[:, :2]
        hole[:, 2] -= SHAFT + self._pins.diameter[worlds].float() / 2
        hole[:, 2] -= low + (high - low) * (unit[:, 2] + 1) / 2
        bearing, angle = math.pi * self.draw(worlds, 1)[:, 0], config.tilt * self.draw(worlds, 1)[:, 0]
        axis = torch.stack([bearing.cos(), bearing.sin(), torch.zeros(count, device=hole.device)], dim=1)
        self.state["sunk"][worlds] = 0.0
        self.state["hole"][worlds] = hole
        self.state["lean"][worlds] = rotations.about(axis, angle)
        self._place_plates()

    def update(self) -> None:
        """How the pin stands in its hole's frame, and where it is in the hand."""
        super().update()
        qpos = self.physics.field("qpos")
        place, turn = qpos[:, self._at].float(), qpos[:, self._turn].float()
        upright = rotations.conjugate(self.state["lean"])
        down = torch.tensor([0.0, 0.0, -1.0], device=place.device).expand_as(place)
        self._axis = rotations.rotate(upright, rotations.rotate(turn, down))
        handle = rotations.rotate(upright, place - self.state["hole"])
        # the end of the pin's full diameter, about the mouth of the hole
        self._end = handle + SHAFT * self._axis
        self._depth = -self._end[:, 2]
        self._miss = self._end[:, :2].norm(dim=1)
        self._slip = self._in_palm(place) - self._held_at
        distance = self.physics.field("sensordata")[:, self._pressed].float()
        self._press = (-distance).clamp(min=0) / (_SINK * self.config.clearance)
        self.state["sunk"] = torch.maximum(self.state["sunk"], self._press)

    def observe(self) -> Observation:
        """What the hand feels, how the pin stands and moves about its hole, and what it is made of."""
        speed = self.physics.field("qvel")[:, self._speed].float()
        seen = [
            20 * self._end,
            # what is seen of the last millimetres
            (400 * self._end).clamp(-3, 3),
            10 * self._axis[:, :2],
            5 * speed[:, :3],
            0.5 * speed[:, 3:],
            50 * self._slip,
            10 * rotations.columns(self.state["lean"]),
            100 * self._pins.diameter.float()[:, None],
        ]
        known = [self._pins.features(), self._press[:, None].clamp(max=_MOST_PRESS)]
        return {
            "proprioception": self.proprioception(),
            "object": torch.cat(seen, dim=1),
            "privileged": torch.cat(known, dim=1),
        }

    def reward(self) -> Tensor:
        """Its terms times their weights, (nworld, 6)."""
        weights = self.config.weights
        terms = [
            weights.align * align_term(self._miss, self._axis),
            weights.depth * depth_term(self._depth, self._miss, self.config.depth),
            weights.inserted * self._inserted().float(),
            weights.press * -self._press.clamp(max=_MOST_PRESS),
            weights.drop * -self.terminated().float(),
            weights.effort * effort_term(self.state["action"]),
        ]
        return torch.stack(terms, dim=1)

    def terminated(self) -> Tensor:
        """The pin was dropped, (nworld,)."""
        return self._slip.norm(dim=1) > _DROPPED

    def success(self) -> Tensor:
        """As deep in the hole as was asked, still in the hand, and never pressed into a wall, (nworld,)."""
        return self._inserted() & (self.state["sunk"] <= 1)

    def metrics(self) -> dict[str, Tensor]:
        """How deep the pin is in the hole, how far off its axis, how far it sank into a wall, m; whether it dropped."""
        sunk = _SINK * self.config.clearance * self.state["sunk"]
        dropped = self.terminated().float()
        return super().metrics() | {
            "depth": self._depth.clone(),
            "miss": self._miss.clone(),
            "sunk": sunk,
            "dropped": dropped,
        }

    def viewpoint(self) -> tuple[Vector, Vector]:
        """From the thumb's side, over the plate."""
        thumb = 1.0 if self.config.hand.side == "right" else -1.0
        return (-0.35, -0.85 * thumb, -0.2), (0.0, 0.0, 1.0)

    def _inserted(self) -> Tensor:
        """As deep in the hole as was asked and in the hand, whatever was pressed, (nworld,)."""
        inside = self._miss < HANDLE_RADIUS / 2
        return (self._depth >= self.config.depth) & inside & ~self.terminated()

    def _in_palm(self, place: Tensor) -> Tensor:
        """Places (nworld, 3) in the palm's frame, (nworld, 3) m."""
        palm = self.physics.field("xpos")[:, self._palm].float()
        turn = self.physics.field("xmat")[:, self._palm].float().reshape(-1, 3, 3)
        return torch.einsum("nij,ni->nj", turn, place - palm)

    def _place_plates(self) -> None:
        place, quat = self.physics.field("mocap_pos"), self.physics.field("mocap_quat")
        place[:, 0] = self.state["hole"].to(place.dtype)
        quat[:, 0] = self.state["lean"].to(quat.dtype)

    def _take_hold(self) -> None:
        """Close every hand on its pin, and remember how it holds it."""
        physics, period = self.physics, _CHUNK * self.config.rates.timestep
        mirror = torch.tensor([1.0, self.config.hand.mirror, 1.0])
        offset = (
            self.config.hand.scale * (torch.tensor(self._grasp.object.position) - torch.tensor(TOOL)) * mirror
        )
        place = (offset + torch.tensor([0.0, 0.0, TOOL_HEIGHT])).to(physics.device, physics.dtype)
        physics.reset()
        self.state["hole"][:] = torch.tensor([0.0, 0.0, -1.0])
        self._place_plates()
        opened, touching, closed = (
            self.pose(angles or {})
            for angles in (self._grasp.preshape, self._grasp.touching, self._grasp.closing)
        )
        every = torch.arange(physics.nworld, device=physics.device)
        self.start_at(every, opened.repeat(physics.nworld, 1))
        qpos, qvel = physics.field("qpos"), physics.field("qvel")
        closing, settling = round(_CLOSING / period), round(_SETTLING / period)
        for step in range(closing + settling):
            if step < closing:
                qpos[:, self._at], qvel[:, self._speed] = place, 0.0
                qpos[:, self._turn] = qpos.new_tensor([1.0, 0.0, 0.0, 0.0])
            share = (step + 1) / closing
            angles = opened + min(share / _MEET, 1) * (touching - opened)
            angles = angles + min(max(share - _MEET, 0) / (1 - _MEET), 1) * (closed - touching)
            self.state["setpoint"][:] = angles
            self.robot.begin(every, angles.expand_as(self.state["setpoint"]))
            physics.step(_CHUNK)
        physics.forward()
        self._held_at = self._in_palm(qpos[:, self._at].float())
        names = ("qpos", "qvel", "act")
        self._start = {name: physics.field(name).clone() for name in names}


def align_term(miss: Tensor, axis: Tensor) -> Tensor:
    """How well pin and hole are aligned, 0 to 1, (nworld,).

    Args:
        miss: distance of the pin's end from the hole's axis, (nworld,) m.
        axis: the pin's, nose first, in the hole's frame, (nworld, 3).
    """
    return ((-miss / _NEAR).exp() + (-axis[:, :2].norm(dim=1) / _LEAN).exp()) / 2


def depth_term(depth: Tensor, miss: Tensor, wanted: float) -> Tensor:
    """How deep the pin is over the hole, 0 to 1.1: from twice the depth wanted above the mouth to that, (nworld,).

    Args:
        depth: of the pin's full diameter below the mouth, (nworld,) m.
        miss: distance from the hole's axis, (nworld,) m.
        wanted: m.
    """
    way = (depth + 2 * wanted) / (3 * wanted)
    return way.clamp(0.0, 1.1) * (-miss / _MISS).exp()
