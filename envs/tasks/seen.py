"""What a task by eye shares with the task that is told all: it hides what cameras are to see."""

from typing import ClassVar

import torch
from torch import Tensor

from envs.deployment import Deployment
from envs.task import Observation, Task


class Seen(Task):
    """Comes before another task in a class's bases: of its groups only those in `kept` are left to an actor.

    All others are `privileged`, side by side; the other task's policies may teach.

    Attributes:
        kept: groups that stay as they are.
    """

    kept: ClassVar[tuple[str, ...]] = ("proprioception",)

    def observe(self) -> Observation:
        """What is kept; and, privileged, the rest."""
        told = super().observe()  # pyright: ignore[reportAbstractUsage] - the next base has it
        hidden: list[Tensor] = [values for name, values in told.items() if name not in self.kept]
        return {name: told[name] for name in self.kept} | {"privileged": torch.cat(hidden, dim=1)}

    def teacher_observe(self) -> Observation:
        """The groups of the other task."""
        return super().observe()  # pyright: ignore[reportAbstractUsage] - the next base has it

    def deployment(self) -> Deployment:
        """See `Task.deployment`: a robot makes nothing of what is hidden."""
        told = super().deployment()
        kept = {name: terms for name, terms in told.groups.items() if name in self.kept}
        return Deployment(kept, told.action, told.success)
