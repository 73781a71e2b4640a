"""Environments: physics backends, tasks, and their Gymnasium faces.

Importing this package registers the tasks with Gymnasium, under `optimus/`.
"""

from envs.gym.registration import register_all

register_all()
