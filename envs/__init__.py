"""Environments: physics backends, tasks, and their Gymnasium faces."""
