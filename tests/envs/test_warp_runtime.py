"""Warp starts without a word."""

import subprocess
import sys


def test_starting_warp_prints_nothing():
    code = "from envs.warp_runtime import mjw, wp; wp.zeros(3, device='cpu').fill_(1.0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
