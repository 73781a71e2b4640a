"""Memory that tensors leave behind is there for the next ones."""

import platform
import subprocess
import sys

import pytest

ROUNDS, PAGES = 40, 16_384
FETCHED = f"""
import resource
import torch
from orchestrator.training.allocator import keep_freed_memory

keep_freed_memory()
for _ in range({ROUNDS}):
    values = torch.ones({PAGES}, 1024) * 2
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_a_tensor_takes_the_memory_that_the_last_one_left() -> None:
    # in a process of its own, as this one's memory may have been kept already
    done = subprocess.run([sys.executable, "-c", FETCHED], check=True, capture_output=True, text=True)
    # each round has two tensors; a few of them find the hole that was left a little too small
    assert int(done.stdout) < 0.3 * 2 * ROUNDS * PAGES
