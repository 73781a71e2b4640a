"""4,096 robots over two Ray workers: beside one worker alone, and what Ray itself takes.

    python benchmarks/scale_out.py

writes benchmarks/results/scale_out.json. Both workers hold 2,048 worlds of `hand-reach` and one thread each; each is
pinned to a core of its own where this process may use two. In every iteration the first worker makes one alone,
while the other waits, and then both make one together. Wall-clock times say little where others use the same cores:
processor times are beside them.
"""

import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from orchestrator.config_files import dump_config, load_config
from orchestrator.provenance import origin, run_info
from orchestrator.training.config import TrainConfig
from orchestrator.training.progress import Silent
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.scale_out import connect, train_scaled
from orchestrator.training.trainer import Trainer
from policies.replicas import Replicas

RESULT = Path(__file__).parent / "results/scale_out.json"
WORLDS, ITERATIONS = 4096, 20
"""Worlds of both workers; the first iteration, which warms up, is not counted."""


class Compared(Trainer):
    """A worker that also iterates alone, and writes down what both took.

    Args:
        config: of the run.
        replicas: the workers.
        cores: that they may use.
        starter: process that started Ray.
    """

    def __init__(self, config: TrainConfig, replicas: Replicas, cores: list[int], starter: int) -> None:
        os.sched_setaffinity(0, {cores[replicas.rank % len(cores)]})
        super().__init__(config, replicas)
        self._alone = Trainer(config) if replicas.rank == 0 else None
        self._starter = starter

    def iterate(self) -> dict[str, float]:
        """One iteration alone, one together."""
        taken = timed(self._alone.iterate, "alone") if self._alone else {}
        pids = self.replicas.gather(os.getpid())  # the others wait here
        before = ray_seconds(self._starter, pids)
        figures: dict[str, float] = {}
        together = timed(lambda: figures.update(super(Compared, self).iterate()), "together")
        others = self.replicas.gather(together["time/together_cpu"])
        around = ray_seconds(self._starter, pids) - before
        shared = {"time/all_cpu": sum(others), "time/ray_cpu": around}
        return figures | taken | together | shared


def timed(work: Callable[[], object], name: str) -> dict[str, float]:
    """Wall-clock and processor seconds of this process, all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {f"time/{name}_cpu": time.process_time() - cpu, f"time/{name}_wall": time.perf_counter() - wall}


def ray_seconds(starter: int, workers: list[int]) -> float:
    """Processor seconds that everything below a process has taken, but for the workers and what they started."""
    known = processes()
    own = {pid for worker in workers for pid in family(known, worker)}
    return sum(known[pid][1] for pid in family(known, starter) if pid not in own | {starter})


def processes() -> dict[int, tuple[int, float]]:
    """Parent and processor seconds of every process; see proc(5)."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may just have ended
            words = path.read_text().rpartition(")")[2].split()
            ticks = int(words[11]) + int(words[12])
            found[int(path.parent.name)] = int(words[1]), ticks / os.sysconf("SC_CLK_TCK")
    return found


def family(known: dict[int, tuple[int, float]], pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        found += [child for child, (parent, _) in known.items() if parent == one]
    return found


def main() -> None:
    """Train a few iterations and write the figures."""
    base = load_config("hand-reach", ["threads=1", "workers=2", f"worlds={WORLDS}"], TrainConfig)
    config = base.model_copy(update={"steps": ITERATIONS * base.rollout_samples})
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        info = run_info(config.task, config.seed, threads=1)
        with RunDirectory.create(Path(folder) / "run", dump_config(config), info) as run:
            connect(config)
            build = partial(Compared, cores=cores, starter=os.getpid())
            train_scaled(config, run, Silent(), build)
        rows = pq.read_table(run.metrics).to_pylist()
    counted = rows[1:]
    figures = summary(counted, config) | {"iterations": len(counted), "steps": rows[-1]["step"]}
    report = {"name": "scale_out", "worlds": WORLDS, "workers": 2, "cores": cores, "figures": figures}
    report |= {"rows": [{k: v for k, v in row.items() if k.startswith("time/")} for row in counted]}
    RESULT.write_text(json.dumps(report | origin(1), indent=1) + "\n")


def summary(rows: list[dict[str, float]], config: TrainConfig) -> dict[str, float]:
    """Medians over iterations."""

    def median(name: str) -> float:
        return statistics.median(row[f"time/{name}"] for row in rows)

    ray = statistics.median(row["time/ray_cpu"] / (row["time/ray_cpu"] + row["time/all_cpu"]) for row in rows)
    return {
        "efficiency_by_processor_time": 2 * median("alone_cpu") / median("all_cpu"),
        "efficiency_by_wall_clock": statistics.median(
            row["time/alone_wall"] / row["time/together_wall"] for row in rows
        ),
        "ray_share_of_processor_time": ray,
        "steps_per_processor_second": config.rollout_samples / median("all_cpu"),
    }


if __name__ == "__main__":
    main()
