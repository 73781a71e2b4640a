"""One trial, in a process of its own: `python -m orchestrator.benchmarks.learners.trial FILE`.

The spec comes as one line of JSON on stdin, the result goes to FILE. When stdin ends, the process that asked is
gone, and so is this one.
"""

import importlib
import importlib.util
import os
import sys
import threading
from importlib import metadata
from pathlib import Path

from orchestrator.benchmarks.learners.records import TrialResult, TrialSpec

_HERE = __name__.rpartition(".")[0] if __name__ != "__main__" else "orchestrator.benchmarks.learners"

TRAINERS = {
    "ours": ("ours", "train"),
    "ours-summed": ("ours", "train_summed"),
    "rsl-rl": ("rsl_rl", "train"),
    "sb3": ("sb3", "train"),
    "sb3-sac": ("sb3", "train_sac"),
}
"""Module and function that trains each learner; a peer's module is imported in its own trials only."""

_SB3 = ("stable-baselines3", "stable_baselines3")
PEERS = {"rsl-rl": ("rsl-rl-lib", "rsl_rl"), "sb3": _SB3, "sb3-sac": _SB3}
"""Distribution and import name of the learners that are not ours."""


def missing_package(learner: str) -> str | None:
    """The distribution that a learner needs and that is not installed."""
    distribution, module = PEERS.get(learner, ("", ""))
    return distribution if module and importlib.util.find_spec(module) is None else None


def run_trial(spec: TrialSpec) -> TrialResult:
    """Train and evaluate in this process."""
    import torch

    from orchestrator.benchmarks.learners.watch import Watch
    from orchestrator.provenance import git_revision, this_machine, versions

    torch.set_num_threads(spec.config.threads or torch.get_num_threads())
    watch = Watch(spec)
    module, function = TRAINERS[spec.learner]
    getattr(importlib.import_module(f"{_HERE}.{module}"), function)(spec, watch)
    peers = (
        {PEERS[spec.learner][0]: metadata.version(PEERS[spec.learner][0])} if spec.learner in PEERS else {}
    )
    return TrialResult(
        spec=spec,
        curve=watch.curve,
        iterations=watch.iterations,
        collect_seconds=watch.collect_seconds / watch.iterations,
        update_seconds=watch.update_seconds / watch.iterations,
        machine=this_machine(),
        git_revision=git_revision(),
        versions=versions() | peers,
    )


def _end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    """See the module."""
    spec = TrialSpec.model_validate_json(sys.stdin.readline())
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    run_trial(spec).write(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
