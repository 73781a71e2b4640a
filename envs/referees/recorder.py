"""Writes episodes down, for a referee."""

from collections.abc import Sequence

import numpy as np

from envs.env import TaskEnv
from envs.referees.recording import Recording

_DRIVERS = ("actuator_gainprm", "actuator_forcerange")
"""What heat changes in a world's model between control steps."""


class Recorder:
    """Writes down some worlds of an env, step by step.

    Args:
        env: on the CPU backend, at the start of its episodes.
        worlds: which.
    """

    def __init__(self, env: TaskEnv, worlds: Sequence[int]) -> None:
        self._env, self._worlds = env, list(worlds)
        self._rows: list[dict[str, np.ndarray]] = []
        self.note()

    def note(self) -> None:
        """Take in the present state: call it after every control step."""
        physics = self._env.physics
        row = {"state": physics.get_state()[self._worlds].numpy()}
        if self._env.motors:
            row |= {name: physics.expand(name)[self._worlds].numpy().copy() for name in _DRIVERS}
        for name, tensor in self._env.task.state.items():
            row[f"note.{name}"] = tensor[self._worlds].numpy(force=True).copy()
        self._rows.append(row)

    def recording(self, index: int, length: int | None = None) -> Recording:
        """The episode of the `index`-th recorded world, cut to `length` control steps."""
        rows = self._rows[: None if length is None else length + 1]
        columns = {name: np.stack([row[name][index] for row in rows]) for name in rows[0]}
        return Recording(
            self._env.physics.model_of(self._worlds[index]),
            self._env.task.config.rates.substeps,
            columns.pop("state"),
            {name: columns.pop(name) for name in _DRIVERS if name in columns},
            {name.removeprefix("note."): values for name, values in columns.items()},
        )
