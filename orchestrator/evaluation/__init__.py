"""Evaluation: held-out episodes, recordings and reports."""
