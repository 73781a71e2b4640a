"""What a task by eye shares with the task that is told all: it hides what cameras are to see."""

from dataclasses import replace
from typing import ClassVar

import mujoco
import torch
from torch import Tensor

from envs.cameras.picture import Views, add_views
from envs.deployment import Deployment
from envs.task import Observation
from envs.tasks.hand import HandTask


class Seen(HandTask):
    """Comes before another task in a class's bases: of its groups only those in `kept` are left to an actor.

    All others are `privileged`, side by side; the other task's policies may teach.

    Attributes:
        views: how cameras look at a right hand; those of a left one do so from the other side.
        kept: groups that stay as they are.
        sought: the other task's group that the cameras are there to find: a group of its own for critics and teachers.
    """

    views: ClassVar[Views]

    kept: ClassVar[tuple[str, ...]] = ("proprioception",)

    sought: ClassVar[str]

    def build_picture(self) -> mujoco.MjSpec:
        """The scene with cameras, backdrops and a light."""
        spec = self.build_scene()
        add_views(spec, self.views, self.config.hand.mirror)
        return spec

    def observe(self) -> Observation:
        """What is kept; what is sought; and, privileged, the rest."""
        told = super().observe()  # pyright: ignore[reportAbstractUsage] - the next base has it
        seen = told.pop(self.sought)
        hidden: list[Tensor] = [values for name, values in told.items() if name not in self.kept]
        kept = {name: told[name] for name in self.kept}
        return kept | {"sought": seen, "privileged": torch.cat(hidden, dim=1)}

    def teacher_observe(self) -> Observation:
        """The groups of the other task."""
        return super().observe()  # pyright: ignore[reportAbstractUsage] - the next base has it

    def deployment(self) -> Deployment:
        """See `Task.deployment`: a robot makes nothing of what is hidden."""
        whole = super().deployment()
        kept = {name: terms for name, terms in whole.groups.items() if name in self.kept}
        return replace(whole, groups=kept)
