"""What cannot be trained, through the command itself: one line, exit code 2, no process and no run left behind."""

import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

MARK = "OPTIMUS_TEST_MARK"
RAYS = re.compile(r"\d{4}-\d\d-\d\d .*\t(INFO|WARNING) ")
"""How a line of Ray's own log begins, which tells that it starts."""


def marked(mark):
    """Ids of the processes that were started, at whatever remove, with a mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={mark}".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it has just ended, or is somebody else's
            continue
    return found


@pytest.mark.parametrize(
    ("settings", "env", "line"),
    [
        (["workers=64", "worlds=64"], {}, "optimus: workers: expected at most "),
        (
            ["workers=2"],
            {"RAY_ADDRESS": "127.0.0.1:9"},
            "optimus: RAY_ADDRESS=127.0.0.1:9: no Ray cluster answers",
        ),
        (["store=file:///proc/nothing"], {}, "optimus: store: file:///proc/nothing"),
        (
            ["ppo.of_another_version=1"],
            {},
            "optimus: --set ppo.of_another_version=1: ppo.of_another_version: unknown key",
        ),
    ],
    ids=[
        "more workers than there is room for",
        "unreachable head",
        "forbidden store",
        "another version's key",
    ],
)
def test_a_refused_run_leaves_nothing_behind(settings, env, line, tmp_path):
    mark, place = uuid.uuid4().hex, tmp_path / "run"
    words = [word for key in settings for word in ("--set", key)]
    command = [
        sys.executable,
        "-m",
        "orchestrator.cli",
        "train",
        "hand-reach",
        "--run-dir",
        str(place),
        *words,
    ]
    own = {key: value for key, value in os.environ.items() if key != "RAY_ADDRESS"}
    done = subprocess.run(command, env=own | env | {MARK: mark}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    said = [told for told in done.stderr.strip().splitlines() if not RAYS.match(told)]
    assert len(said) == 1
    assert said[0].startswith(line)
    assert not place.exists()
    deadline = time.monotonic() + 30
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not marked(mark)
