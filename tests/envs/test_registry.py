import os
import subprocess
import sys

import pytest

from envs.registry import register_task
from envs.task import Task

PLUGIN = """
from envs.registry import register_task
from envs.tasks import HandReach

@register_task
class Other(HandReach):
    name = "other-reach"
"""


def test_an_installed_package_brings_its_tasks(tmp_path):
    (tmp_path / "my_tasks.py").write_text(PLUGIN)
    info = tmp_path / "my_tasks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-tasks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[optimus.tasks]\nother = my_tasks\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    for first in ("envs.registry", "my_tasks"):
        code = f"import {first}; from envs.registry import TASKS, make_task; print(make_task('other-reach').name)"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        assert done.stdout == "other-reach\n", done.stderr


def test_a_name_belongs_to_one_task():
    class Impostor(Task):
        name = "hand-reach"

    with pytest.raises(ValueError, match="'hand-reach' is registered twice"):
        register_task(Impostor)
