"""Tests draw the same numbers in any order; what they measure on the way is told at the end."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _same_draws():
    """Whatever ran before, a test's own draws from torch's global generator are the same."""
    torch.manual_seed(0)


def pytest_terminal_summary(terminalreporter):
    """One line for each figure that a test has recorded as a property."""
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid}: {name}: " + ", ".join(f"{x:.0f}" for x in figures))
