"""The teacher of a run that distills one: another run's policy, asked in this run's worlds."""

from pathlib import Path

import torch
from torch import Tensor

from envs.registry import TASKS
from envs.task import Task
from orchestrator.errors import InputError
from orchestrator.training.model import load_policy
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import tensors_sha256


class Teacher:
    """Says what a trained policy would do.

    Args:
        path: its run directory.
        task: name of the student's task.
        action_size: number of the student's actions.

    Attributes:
        weights_sha256: checksum of its networks.

    Raises:
        InputError: it is no run, or of a task that does not teach this one, or has other actions.
    """

    def __init__(self, path: str, task: str, action_size: int) -> None:
        taught = TASKS[task].teacher
        if taught is None:
            raise InputError("distillation.teacher", f"task {task!r} has no teacher")
        policy = load_policy(RunDirectory.open(Path(path)))
        if policy.config.task != taught:
            raise InputError(
                path, f"distillation.teacher: expected a run of {taught!r}, got one of {policy.config.task!r}"
            )
        self._actor = policy.model.actor
        self.weights_sha256 = tensors_sha256(policy.model.state_dict())
        if len(self._actor.log_std) != action_size:
            raise InputError(
                path, f"distillation.teacher: expected {action_size} actions, got {len(self._actor.log_std)}"
            )

    @torch.no_grad()
    def act(self, task: Task) -> Tensor:
        """What it would do in the worlds as they stand, (nworld, action_size) in [-1, 1]."""
        return self._actor.act(task.teacher_observe()).clamp(-1.0, 1.0)
