"""A task of goals small enough to be read: two pucks, the first goes where it is told, at once."""

import mujoco
import torch

from envs.registry import register_task
from envs.tasks.goals import GoalTask, GoalTaskConfig
from envs.tasks.symmetry import ROUND

STEP = 0.05
"""How far an action of 1 moves the first puck, m."""


class PucksConfig(GoalTaskConfig):
    episode_seconds: float = 6 / 18  # Bob has six steps
    zone: tuple[float, float] = (0.12, 0.12)


@register_task
class Pucks(GoalTask):
    name = "test-pucks"
    config_type = PucksConfig
    groups = ("proprioception", "object", "command", "privileged")

    def build_scene(self):
        spec = mujoco.MjSpec()
        spec.option.gravity = [0, 0, 0]
        for name in ("told", "other"):
            puck = spec.worldbody.add_body(name=name)
            for axis in ([1, 0, 0], [0, 1, 0]):
                puck.add_joint(type=mujoco.mjtJoint.mjJNT_SLIDE, axis=axis, damping=1)
            puck.add_geom(size=[0.01, 0, 0], mass=1, contype=0, conaffinity=0)
        return spec

    @property
    def action_size(self):
        return 2

    def symmetries(self):
        return [ROUND, ROUND]

    def reset(self, worlds):
        start = 0.02 * torch.rand(len(worlds), 4, generator=self.generator)
        self.physics.field("qpos")[worlds] = start.double()
        self.aim(worlds, self.flat(start + torch.tensor([0.08, 0, 0, 0])))

    def flat(self, places):
        poses = torch.zeros(len(places), 2, 7)
        poses[..., :2], poses[..., 3] = places.reshape(-1, 2, 2), 1.0
        return poses

    def read_poses(self):
        return self.flat(self.physics.field("qpos").float())

    def control(self, action):
        super().control(action)
        self.physics.field("qpos")[:, :2] += STEP * action.double()

    def command(self, poses, goal):
        return 10 * (goal - poses)[..., :2].flatten(1)

    def observe(self):
        places = 10 * self.poses[..., :2].flatten(1)
        return {
            "proprioception": places[:, :2],
            "object": places[:, 2:],
            "command": self.command(self.poses, self.state["goal"]),
            "privileged": self.state["steps"][:, None] / 6,
        }


ALICE = {
    "actor_groups": ["proprioception", "object"],
    "critic_groups": ["proprioception", "object", "privileged"],
    "actor_hidden": [16],
    "critic_hidden": [16],
}

SMALL = {
    "task": Pucks.name,
    "worlds": 8,
    "threads": 1,
    "backend": "cpu",
    "steps": 8 * 12 * 4,
    "checkpoint_every": 8 * 12 * 2,
    "network": ALICE
    | {
        "actor_groups": ["proprioception", "object", "command"],
        "critic_groups": ["proprioception", "object", "command", "privileged"],
    },
    "ppo": {"rollout_steps": 12, "epochs": 1, "minibatches": 2},
    "goal_play": {"alice": ALICE, "alice_steps": 3, "snapshot_every": 96, "past_share": 0.5},
}
"""The config of a run that takes a second."""
