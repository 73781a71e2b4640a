"""A match small enough to be read: two players pull at one cart on a rail."""

import mujoco
import torch

from envs.match import DRAWN, LOST, WON, MatchTask
from envs.registry import register_task
from envs.task import TaskConfig


class RopeConfig(TaskConfig):
    episode_seconds: float = 1.0
    line: float = 0.2


@register_task
class Rope(MatchTask):
    name = "test-rope"
    config_type = RopeConfig
    players = ("red", "blue")
    groups = ("proprioception", "privileged")
    player_terms = ("outcome", "pull")
    exploration_terms = ("pull",)

    def build_scene(self):
        spec = mujoco.MjSpec()
        cart = spec.worldbody.add_body(name="cart")
        cart.add_joint(name="rail", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[1, 0, 0], damping=1)
        cart.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.1, 0, 0], mass=1)
        for player in self.players:
            motor = spec.add_actuator(name=player, target="rail", trntype=mujoco.mjtTrn.mjTRN_JOINT)
            motor.set_to_motor()
        return spec

    def bind(self, physics, generator):
        super().bind(physics, generator)
        self.state["before"] = torch.zeros(physics.nworld)

    @property
    def player_action_size(self):
        return 1

    def reset(self, worlds):
        start = 0.1 * torch.rand(len(worlds), 1, generator=self.generator, dtype=torch.float64) - 0.05
        self.physics.field("qpos")[worlds] = start
        self.state["before"][worlds] = start[:, 0].float()

    def control_players(self, action):
        self.state["before"][:] = self.physics.field("qpos")[:, 0].float()
        self.physics.field("ctrl")[:] = (action[:, :, 0] * torch.tensor([-2.0, 2.0])).double()

    def update(self):
        self.x = self.physics.field("qpos")[:, 0].float()

    def observe_players(self):
        side = torch.tensor([-1.0, 1.0])[None, :, None]
        both = torch.stack([self.x, self.physics.field("qvel")[:, 0].float()], dim=1)[:, None]
        return {"proprioception": 5 * side * both, "privileged": side * both}

    def scores(self):
        red = torch.where(self.x <= -self.config.line, WON, DRAWN)
        red = torch.where(self.x >= self.config.line, LOST, red)
        return torch.stack([red, 1 - red], dim=1)

    def reward_players(self):
        pulled = self.state["before"] - self.x
        return torch.stack([2 * self.scores() - 1, torch.stack([pulled, -pulled], dim=1)], dim=2)

    def terminated(self):
        return self.x.abs() >= self.config.line


@register_task
class Together(Rope):
    """The same cart: both players win where they pull it to either end, and lose where they don't."""

    name = "test-together"
    cooperative = True

    def scores(self):
        done = (self.x.abs() >= self.config.line).float()
        return torch.stack([done, done], dim=1)
