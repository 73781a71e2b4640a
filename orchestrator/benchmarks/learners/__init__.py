"""Learners side by side: this project's PPO and its peers', on one task, machine and wall-clock budget."""
