"""The model of scaling, fitted: to this machine's own times, and to what others have published of many GPUs.

    python benchmarks/scaling.py

writes benchmarks/results/scaling.json and docs/images/scaling.png. Times here are CPU seconds of one thread, which
other work on the machine does not lengthen. Points that a fit does not use are predicted by it, with the error.
"""

import json
import os
import time
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import torch
from torch import distributed, multiprocessing

from orchestrator.config_files import load_config
from orchestrator.launch.hardware import Hardware
from orchestrator.launch.plan import as_machine
from orchestrator.launch.scaling import Machine, Work, scaled, slowest
from orchestrator.provenance import origin
from orchestrator.training.config import TrainConfig
from orchestrator.training.trainer import Trainer

ROOT = Path(__file__).parents[1]
RESULTS, PICTURE = ROOT / "benchmarks/results/scaling.json", ROOT / "docs/images/scaling.png"

WORLDS = {32: "fit", 64: "held out", 128: "fit", 256: "held out", 512: "fit", 1024: "held out"}
SIZES = {256: "fit", 4_096: "held out", 65_536: "fit", 1_048_576: "held out", 4_194_304: "fit"}
"""Bytes of an all-reduce."""

DEVICES = (1, 8, 64, 512, 4096)
LEARNER_WORLDS = 8192
"""Of each GPU, as in Isaac Lab's Shadow hand."""

ISAAC_LAB = (
    "Isaac Lab, Performance Benchmarks (isaac-sim/IsaacLab, docs, commit 0caf5f5): L40 GPUs, 4 a machine"
)
FRAMES_PER_SECOND = {
    "cartpole": {1: (490e3, 260e3), 4: (2.1e6, 950e3), 16: (8.2e6, 3.5e6)},
    "cartpole-camera": {1: (28e3, 21e3), 4: (120e3, 90e3), 16: (490e3, 260e3)},
    "g1-rough": {1: (64e3, 62e3), 4: (270e3, 250e3), 16: (1.1e6, 960e3)},
    "shadow-cube": {1: (140e3, 120e3), 4: (420e3, 390e3), 16: (2.3e6, 1.8e6)},
}
"""By task and number of GPUs: with inference, and with training."""

DD_PPO = "Wijmans et al. 2019 (arXiv 1911.00357), abstract: 107 times one GPU on 128"
SPREAD = (128 / 107 - 1) / NormalDist().inv_cdf((128 - 0.375) / (128 + 0.25))
"""Relative spread of a device's time that explains DD-PPO's loss by stragglers alone."""


def main() -> None:
    """Measure where nothing was measured yet, fit, predict, draw."""
    torch.set_num_threads(1)
    figures: dict[str, Any] = {"name": "scaling", "measured": measured(), "published": published()}
    figures["gb300"] = gb300()
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    draw(figures)


def measured() -> dict[str, Any]:
    """This machine's times, as they were measured before; remove the file of results to measure them again."""
    if RESULTS.exists():
        return json.loads(RESULTS.read_text())["measured"]
    return {"cpu": fitted_times(), "all_reduce": fitted_all_reduce()} | origin(1)


def fitted_times() -> dict[str, Any]:
    """Simulation's and update's time on one CPU core, by the number of worlds."""
    base = load_config("hand-reach", ["threads=1", "steps=1"], TrainConfig)
    rows = [
        measure(base.model_copy(update={"worlds": worlds})) | {"use": use} for worlds, use in WORLDS.items()
    ]
    steps, epochs = base.ppo.rollout_steps, base.ppo.epochs
    updates = epochs * base.ppo.minibatches
    worlds = np.array([row["worlds"] for row in rows], float)
    fit = np.array([row["use"] == "fit" for row in rows])
    report: dict[str, Any] = {"source": "hand-reach, one thread, CPU seconds", "rows": rows}
    for name, each, per in (("collect", steps, steps), ("learn", updates, epochs * steps)):
        taken = np.array([row[f"{name}_seconds"] for row in rows])
        design = np.stack([np.full_like(worlds, each), per * worlds], 1)
        overhead, slope = line(design[fit], taken[fit])
        error = design @ [overhead, slope] / taken - 1
        report[name] = {"overhead_us": 1e6 * overhead, "each_us": 1e6 * slope}
        report[name] |= errors(error, fit)
    return report


def measure(config: TrainConfig) -> dict[str, float]:
    """CPU seconds of one iteration's two halves; the least of five."""
    trainer = Trainer(config)
    times = []
    for _ in range(6):
        begun = time.process_time()
        rollout, _ = trainer.collector.collect(config.rollout_steps)
        gathered = time.process_time()
        trainer.learner.update(rollout)
        times.append((gathered - begun, time.process_time() - gathered))
    collect, learn = np.array(times[1:]).min(0)
    return {"worlds": config.worlds, "collect_seconds": float(collect), "learn_seconds": float(learn)}


def fitted_all_reduce() -> dict[str, Any]:
    """An all-reduce's time between two processes on one core, by its size."""
    queue = multiprocessing.get_context("spawn").SimpleQueue()
    multiprocessing.spawn(reduce_sizes, (queue,), nprocs=2)  # pyright: ignore[reportPrivateImportUsage]
    taken, sizes = np.array(queue.get()), np.array(list(SIZES), float)
    fit = np.array([use == "fit" for use in SIZES.values()])
    design = np.stack([np.full_like(sizes, 2), sizes], 1)
    hop, per_byte = line(design[fit], taken[fit])
    report = {
        "source": "Gloo, two processes, CPU seconds of one",
        "hop_us": 1e6 * hop,
        "gb_per_second": 1e-9 / per_byte,
    }
    report["rows"] = [{"bytes": int(s), "seconds": float(t)} for s, t in zip(sizes, taken, strict=True)]
    return report | errors(design @ [hop, per_byte] / taken - 1, fit)


def reduce_sizes(rank: int, queue: Any) -> None:  # noqa: ANN401 - multiprocessing keeps the type to itself
    """One of the two processes."""
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29511"}
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    taken = []
    for size in SIZES:
        data, repeats = torch.zeros(size // 4), max(10, 4_000_000 // size if size > 65_536 else 200)
        distributed.all_reduce(data)
        begun = time.process_time()
        for _ in range(repeats):
            distributed.all_reduce(data)
        taken.append((time.process_time() - begun) / repeats)
    if rank == 0:
        queue.put(taken)
    distributed.destroy_process_group()


def published() -> dict[str, Any]:
    """Isaac Lab's figures: a device's time fitted to 1 and 4 GPUs, 16 GPUs on four machines predicted."""
    rows = []
    for task, known in FRAMES_PER_SECOND.items():
        for kind, name in enumerate(("simulated", "trained")):
            apart = [devices / known[devices][kind] for devices in (1, 4)]
            frame = float(
                np.exp(np.mean(np.log([a / slowest(d, SPREAD) for a, d in zip(apart, (1, 4), strict=True)])))
            )
            for devices, rates in known.items():
                predicted = devices / (frame * slowest(devices, SPREAD))
                use = "held out" if devices == 16 else "fit"
                rows.append(
                    {"task": task, "figure": name, "gpus": devices, "published": rates[kind], "use": use}
                    | {"predicted": predicted, "error": predicted / rates[kind] - 1}
                )
    held = [abs(row["error"]) for row in rows if row["use"] == "held out"]
    return {
        "sources": [ISAAC_LAB, DD_PPO],
        "spread": SPREAD,
        "rows": rows,
        "held_out_mean_error": float(np.mean(held)),
    }


def gb300() -> dict[str, Any]:
    """What the model says of a cluster of GB300, both ends of its hardware's ranges."""
    config = load_config("hand-reach", [], TrainConfig)
    hardware = load_config("hardware/gb300", [], Hardware)
    work = Work(LEARNER_WORLDS, config.ppo.rollout_steps, config.ppo.epochs, config.ppo.minibatches, 1.4e6)
    ends = {}
    for end, name in enumerate(("fast", "slow")):
        machine = as_machine(hardware, "hand-reach", end)
        ends[name] = [described(machine, work, devices) for devices in DEVICES]
    return {"worlds_per_gpu": LEARNER_WORLDS, "checkpoint_every_seconds": CHECKPOINT_SECONDS} | ends


CHECKPOINT_SECONDS = 600.0


def described(machine: Machine, work: Work, devices: int) -> dict[str, Any]:
    """One point of the model's, with a checkpoint every ten minutes."""
    plain = scaled(machine, work, devices, per_node=4)
    every = plain.steps_per_second * CHECKPOINT_SECONDS
    often = Work(**{**vars(work), "checkpoint_every": every})
    it = scaled(machine, often, devices, per_node=4)
    return vars(it) | {"breaks_first": it.breaks_first if devices > 1 else "nothing"}


def line(design: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Least squares of relative errors."""
    return np.linalg.lstsq(design / taken[:, None], np.ones(len(taken)), rcond=None)[0]


def errors(error: np.ndarray, fit: np.ndarray) -> dict[str, Any]:
    """Relative errors of the fit's own points and of the others."""
    return {"fit_errors": error[fit].tolist(), "held_out_errors": error[~fit].tolist()}


def draw(figures: dict[str, Any]) -> None:
    """Efficiency by the number of GPUs, and where the time goes."""
    from matplotlib import pyplot as plt

    plot, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4.2), layout="constrained")
    ends = figures["gb300"]
    for end, style in (("fast", "C0-s"), ("slow", "C0--s")):
        share = [row["efficiency"] for row in ends[end]]
        left.plot(DEVICES, share, style, markersize=4, label=f"model, GB300, hand-reach, {end} end")
    for number, task in enumerate(FRAMES_PER_SECOND):
        rows = [r for r in figures["published"]["rows"] if r["task"] == task and r["figure"] == "trained"]
        alone = rows[0]["published"]
        points = [row["published"] / row["gpus"] / alone for row in rows]
        left.plot([row["gpus"] for row in rows], points, f"C{number + 1}o:", label=f"Isaac Lab, L40, {task}")
    left.plot([128], [107 / 128], "k*", markersize=11, label="DD-PPO, V100")
    left.set(
        xscale="log", xlabel="GPUs", ylabel="steps/s of a GPU, as a share of one alone", ylim=(0.6, 1.12)
    )
    left.set_xticks(DEVICES, [f"{devices:,}" for devices in DEVICES])
    left.minorticks_off()
    left.legend(fontsize=7, loc="lower left")
    bottom = np.zeros(len(DEVICES))
    for part in ("simulation", "update", "communication", "stragglers", "checkpoints", "failures"):
        share = np.array([row[part] for row in ends["slow"]])
        right.bar([f"{d:,}" for d in DEVICES], share, bottom=bottom, label=part)
        bottom += share
    right.set(xlabel="GPUs", ylabel="share of the wall-clock time, slow end")
    right.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    PICTURE.parent.mkdir(exist_ok=True)
    plot.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main()
