"""Runs: training, evaluation and the command line."""
