"""Environments: physics backends, tasks, and their Gymnasium faces.

Importing this package registers the tasks with Gymnasium, under `optimus/`.
"""

import envs.tasks as _tasks  # noqa: F401 - for its effect: the tasks register themselves
