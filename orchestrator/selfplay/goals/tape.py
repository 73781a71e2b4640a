"""Alice's last turn in every world, as Bob would have seen it with her goal as his."""

from collections.abc import Sequence

import torch
from torch import Tensor

from envs.task import Observation
from envs.tasks.goals import GoalTask
from policies.cloning import Demonstrations
from policies.networks import Actor

_COMMAND = "command"


class Tape:
    """Records turns of Alice.

    Args:
        task: whose objects are at `poses`.
        observation: of every world: what groups there are.
        steps: of a turn.
    """

    def __init__(self, task: GoalTask, observation: Observation, steps: int) -> None:
        self._task = task
        count = len(task.poses)
        kept = {name: group for name, group in observation.items() if name != _COMMAND}
        self._rows = {name: group.new_zeros(steps, *group.shape) for name, group in kept.items()}
        self._poses = task.poses.new_zeros(steps, *task.poses.shape)
        self._action = torch.zeros(steps, count, task.action_size, device=task.poses.device)

    def note(self, worlds: Tensor, clock: Tensor, observation: Observation, action: Tensor) -> None:
        """Take in a step of worlds (n,): what was seen before it, (nworld, size), and what was done."""
        at = clock[worlds]
        for name, rows in self._rows.items():
            rows[at, worlds] = observation[name][worlds]
        self._poses[at, worlds] = self._task.poses[worlds]
        self._action[at, worlds] = action[worlds].clamp(-1.0, 1.0)

    def demonstrations(self, worlds: Tensor, goal: Tensor, bob: Actor) -> Demonstrations:
        """The turns of worlds (n,) as ways to their goals (n, objects, 7), turn after turn: n times a turn's steps."""

        def turns(rows: Tensor) -> Tensor:
            return rows[:, worlds].transpose(0, 1).flatten(0, 1)

        told = self._task.command(turns(self._poses), goal.repeat_interleave(len(self._poses), dim=0))
        seen = {name: turns(rows) for name, rows in self._rows.items()} | {_COMMAND: told}
        return Demonstrations(bob.reader.gather(seen), turns(self._action))

    def state_dict(self) -> dict[str, Tensor]:
        """What was recorded."""
        return {f"seen.{name}": rows for name, rows in self._rows.items()} | {
            "poses": self._poses,
            "action": self._action,
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from `state_dict`."""
        for name, rows in self._rows.items():
            rows.copy_(state[f"seen.{name}"])
        self._poses.copy_(state["poses"])
        self._action.copy_(state["action"])


def joined(parts: Sequence[Demonstrations]) -> Demonstrations | None:
    """All of them; none where there are none."""
    if not parts:
        return None
    return Demonstrations(torch.cat([p.actor_input for p in parts]), torch.cat([p.action for p in parts]))
