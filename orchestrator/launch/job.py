"""A run that is to be launched: what it needs, and the command that trains it there."""

import math
from dataclasses import dataclass
from pathlib import Path

from orchestrator.config_files import dump_config
from orchestrator.errors import InputError
from orchestrator.launch.config import AnyCluster
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import LAUNCH

CONFIG_FILE = "config.yaml"
"""What the run's resolved config is called in what is submitted."""


@dataclass(frozen=True)
class Job:
    """One run and where it goes.

    Attributes:
        run: its run directory here; the name there is its last part.
        config: what it trains.
        cluster: where.
    """

    run: Path
    config: TrainConfig
    cluster: AnyCluster

    @property
    def name(self) -> str:
        """Of the run."""
        return self.run.name

    @property
    def folder(self) -> Path:
        """Where what was submitted is kept."""
        return self.run / LAUNCH

    @property
    def run_there(self) -> str:
        """The run directory on a cluster that shares no file system with this machine."""
        return f"{self.cluster.runs.rstrip('/')}/{self.name}"

    @property
    def config_yaml(self) -> str:
        """The resolved config."""
        return dump_config(self.config)

    @property
    def cpus_per_worker(self) -> int:
        """CPUs that a worker takes."""
        return max(1, self.config.threads)

    @property
    def on_gpus(self) -> bool:
        """Whether each worker takes a GPU."""
        return self.cluster.nodes.gpus > 0 and self.config.backend != "cpu"

    @property
    def node_count(self) -> int:
        """Machines that hold all workers.

        Raises:
            InputError: the cluster has too few.
        """
        nodes, workers = self.cluster.nodes, self.config.workers
        each = nodes.gpus if self.on_gpus else nodes.cpus // self.cpus_per_worker
        if not each:
            raise InputError(
                "threads", f"expected at most {nodes.cpus}, the CPUs of a machine, got {self.config.threads}"
            )
        count = math.ceil(workers / each)
        if count > nodes.most:
            unit = "GPU" if self.on_gpus else "CPU"
            amount = each * nodes.most * (1 if self.on_gpus else self.cpus_per_worker)
            need = workers * (1 if self.on_gpus else self.cpus_per_worker)
            raise InputError(
                "workers",
                f"expected at most {each * nodes.most}: {workers} need {need} {unit}s, the cluster has {amount}",
            )
        return count

    def check_room(self) -> None:
        """Check that the cluster has room for all workers.

        Raises:
            InputError: it has not.
        """
        _ = self.node_count

    def train_command(self, config: str, run_there: str) -> list[str]:
        """What trains the run, and goes on with it when it is called again.

        Args:
            config: path of the resolved config there.
            run_there: path of the run directory there.
        """
        return [*self.cluster.environment.command, "train", config, "--run-dir", run_there, "--go-on"]

    def check_place(self) -> None:
        """Check that the folder of runs is the same place whatever directory a process begins in.

        Raises:
            InputError: it is not.
        """
        if not self.cluster.runs.startswith("/"):
            raise InputError(
                "runs",
                f"expected a path from the root of the machines' file system, got {self.cluster.runs!r}",
            )
