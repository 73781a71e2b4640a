"""Memory that tensors leave behind is there for the next ones."""

import platform
import subprocess
import sys

import pytest

PAGES_TOUCHED_AGAIN = """
import resource
import torch
from orchestrator.training.allocator import keep_freed_memory

keep_freed_memory()
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.zeros(64, 2**20).add_(1)  # 256 MiB: 65,536 pages
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_a_tensor_takes_the_memory_that_the_last_one_left() -> None:
    # in a process of its own, as this one's memory may have been kept already
    done = subprocess.run(
        [sys.executable, "-c", PAGES_TOUCHED_AGAIN], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) < 1000
