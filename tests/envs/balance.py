"""A task small enough to be read: a pole on a cart, whose episode ends when the pole falls."""

import mujoco
import torch

from envs.env import TaskEnv
from envs.task import Task, TaskConfig

FALLEN = 0.3  # rad


class Balance(Task):
    name = "balance"
    reward_terms = ("upright", "centred")

    def build_scene(self):
        spec = mujoco.MjSpec()
        spec.compiler.degree = False
        cart = spec.worldbody.add_body(name="cart")
        cart.add_joint(name="slide", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[1, 0, 0])
        cart.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.1, 0, 0], mass=1, contype=0)
        pole = cart.add_body(name="pole")
        pole.add_joint(name="hinge", type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0, 1, 0])
        pole.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CAPSULE,
            fromto=[0, 0, 0, 0, 0, 1],
            size=[0.02, 0, 0],
            mass=0.1,
            contype=0,
        )
        motor = spec.add_actuator(
            name="push", target="slide", trntype=mujoco.mjtTrn.mjTRN_JOINT, ctrllimited=1, ctrlrange=[-20, 20]
        )
        motor.set_to_motor()
        return spec

    def bind(self, physics, generator):
        super().bind(physics, generator)
        self.state = {"last_action": torch.zeros(physics.nworld, 1, device=physics.device)}

    def reset(self, worlds):
        start = 0.1 * torch.rand(len(worlds), 2, generator=self.generator, dtype=torch.float64) - 0.05
        self.physics.field("qpos")[worlds] = start.to(self.physics.dtype)
        self.state["last_action"][worlds] = 0

    def control(self, action):
        self.state["last_action"][:] = action
        super().control(action)

    def observe(self):
        qpos, qvel = self.physics.field("qpos"), self.physics.field("qvel")
        return {
            "proprioception": torch.cat([qpos, qvel, self.state["last_action"]], dim=1).float(),
            "command": torch.zeros(self.physics.nworld, 1),
            "privileged": qvel.float(),
        }

    def reward(self):
        return torch.stack([self._angle().cos(), -self.physics.field("qpos")[:, 0].abs()], dim=1).float()

    def terminated(self):
        return self._angle().abs() > FALLEN

    def success(self):
        return self._angle().abs() < 0.1

    def metrics(self):
        return {"angle": self._angle().abs().float()}

    def _angle(self):
        return self.physics.field("qpos")[:, 1]


def balance_env(nworld, seconds=1.0, **kwargs):
    """18 control steps a second."""
    return TaskEnv(Balance(TaskConfig(episode_seconds=seconds)), nworld, threads=1, backend="cpu", **kwargs)
