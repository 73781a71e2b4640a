"""What goes along with a job of Ray's: the run's config, and this checkout's packages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orchestrator.launch.job import CONFIG_FILE, Job

ROOT = Path(__file__).resolve().parents[3]
"""Folder of this checkout's packages."""

PACKAGES = ("hand_model", "envs", "policies", "orchestrator", "configs")


def runtime_env(job: Job) -> dict[str, Any]:
    """Ray's runtime environment, but for the folder that is shipped."""
    environment = job.cluster.environment
    env: dict[str, Any] = {"env_vars": dict(environment.variables)}
    return env | ({"pip": list(environment.pip)} if environment.pip else {})


@contextmanager
def shipped(job: Job) -> Iterator[Path]:
    """A folder with what is shipped; it is there for the time of the upload."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / CONFIG_FILE).write_text(job.config_yaml)
        if job.cluster.environment.ship_code:
            for name in PACKAGES:
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        yield folder
