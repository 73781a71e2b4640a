"""Where figures come from: machine, versions, revision."""

import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from envs.cpus import available_cpus
from orchestrator.records import Machine, RunInfo

LIBRARIES = (
    "optimus-academy",
    "torch",
    "mujoco",
    "mujoco-warp",
    "warp-lang",
    "numpy",
    "gymnasium",
    "safetensors",
    "onnx",
    "onnxruntime",
)
"""Distributions whose versions a run records."""


def run_info(task: str, seed: int, *, threads: int = 0) -> RunInfo:
    """Describe a run that starts now, by this process's command line.

    Args:
        task: name of the task.
        seed: of the run.
        threads: that the run will use; 0 for as many as this process uses now.
    """
    return RunInfo(
        task=task,
        seed=seed,
        started=datetime.now(UTC).replace(microsecond=0),
        command=command_line(),
        git_revision=git_revision(),
        machine=this_machine(threads),
        versions=versions(),
    )


def command_line() -> str:
    """This process's command line, as a shell would take it, the program by its bare name."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def this_machine(threads: int = 0) -> Machine:
    """The machine that this process runs on.

    Args:
        threads: that the work uses; 0 for as many as the tensor library uses now.
    """
    import torch

    accelerator = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return Machine(
        cpu=_cpu_model(),
        cores=available_cpus(),
        threads=threads or torch.get_num_threads(),
        accelerator=accelerator,
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that are installed, by name."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def origin(threads: int = 0) -> dict[str, Any]:
    """What made a result file: the command, the revision, the machine and the versions.

    Args:
        threads: that the work uses; 0 for as many as the tensor library uses now.
    """
    return {
        "command": command_line(),
        "git_revision": git_revision(),
        "machine": this_machine(threads).model_dump(),
        "versions": versions(),
    }


def git_revision() -> str | None:
    """Revision of the repository that this package lies in, `-dirty` with uncommitted changes; else none.

    Results are no part of what makes them: a benchmark that writes several does not make its own tree dirty.
    """
    root = Path(__file__).resolve().parents[1]
    # An installed copy may lie inside somebody else's repository: only our own .git counts.
    if not (root / ".git").exists():
        return None
    try:
        revision = _git(root, "rev-parse", "HEAD")
        changed = _git(
            root, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{revision}-dirty" if changed else revision


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())
