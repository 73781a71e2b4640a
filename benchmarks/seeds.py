"""Train a config with several seeds, evaluate each, and keep what was found: shared by the benchmarks of tasks.

Each seed's figures are written as soon as they are there, and a seed that has them is not trained again: remove its
file for that. A run that was stopped goes on where it was.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from torch import Tensor

from envs.env import TaskEnv
from envs.registry import make_task
from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.evaluation.curves import Curves
from orchestrator.evaluation.policy import load_policy
from orchestrator.evaluation.rollouts import run_episodes
from orchestrator.evaluation.statistics import wilson_interval
from orchestrator.training.config import TrainConfig
from orchestrator.training.metrics import read_metrics
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import tensors_sha256

RESULTS = Path(__file__).parent / "results"
EVALUATION_SEED = 1

Further = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Figures beyond the success rate, from a run's folder and what `optimus evaluate --json` said of it."""


@dataclass(frozen=True)
class Study:
    """Several seeds of one config.

    Attributes:
        config: name of the training config.
        seeds: to train with.
        episodes: held-out ones that each is evaluated on.
        command: that made the figures.
        further: figures beyond the success rate.
        averaged: names of the figures whose means are given.
        overrides: of the config's keys, as `--set` takes them.
        variant: what the overrides make of the config, in a word; runs and figures of their own bear it.
        results: folder of the figures.
    """

    config: str
    seeds: Sequence[int]
    episodes: int
    command: str
    further: Further
    averaged: Sequence[str]
    overrides: Sequence[str] = ()
    variant: str = ""
    results: Path = RESULTS

    @property
    def title(self) -> str:
        """The config's name, and the variant's."""
        return f"{self.config}-{self.variant}" if self.variant else self.config

    @property
    def name(self) -> str:
        """Of the figures' file and folder."""
        return self.title.replace("-", "_")

    def path(self, seed: int) -> Path:
        """Where a seed's figures are."""
        return self.results / self.name / f"seed_{seed}.json"

    def run(self) -> dict[str, float]:
        """All seeds, one after the other, and their means.

        Raises:
            InputError: an earlier call's figures are of another config.
        """
        found = {seed: self.earlier(seed) for seed in self.seeds}
        seeds = [found[seed] or self.one(seed) for seed in self.seeds]
        mean = {name: statistics.mean(seed[name] for seed in seeds) for name in self.averaged}
        result = {"command": self.command, "episodes": self.episodes, "mean": mean, "seeds": seeds}
        (self.results / f"{self.name}.json").write_text(json.dumps(result, indent=1) + "\n")
        return mean

    def earlier(self, seed: int) -> dict[str, Any] | None:
        """What an earlier call found.

        Raises:
            InputError: the config has changed since.
        """
        path = self.path(seed)
        if not path.exists():
            return None
        figures = json.loads(path.read_text())
        if not self.fits(seed, figures["config"]):
            raise InputError(
                path, f"is of another config than {self.config} is now; remove the file to train again"
            )
        return figures

    def fits(self, seed: int, text: str) -> bool:
        """Whether a resolved config is that of a seed's run; keys newer than it are left out, `play` does not count."""
        try:
            given = TrainConfig.model_validate(yaml.safe_load(text))
        except ValidationError:
            return False
        wanted = load_config(self.config, [*self.overrides, f"seed={seed}"], TrainConfig)
        return given.model_copy(update={"play": None}) == wanted.model_copy(update={"play": None})

    def train(self, run: str, seed: int) -> dict[str, Any]:
        """Train a seed, or go on with the run that is there if it is of the same config; what came of it."""
        config = Path(run, "config.yaml")
        keys = [word for key in (*self.overrides, f"seed={seed}") for word in ("--set", key)]
        if not config.exists() or not self.fits(seed, config.read_text()):
            optimus("train", self.config, "--run-dir", run, *keys, "--overwrite")
        elif learned(run)["steps"] < load_config(self.config, list(self.overrides), TrainConfig).steps:
            optimus("train", "--resume", "--run-dir", run)
        return learned(run)

    def one(self, seed: int) -> dict[str, Any]:
        """Train and evaluate one seed, and write its figures down."""
        run = f"runs/{self.title}-seed-{seed}"
        trained = self.train(run, seed)
        evaluated = optimus("evaluate", run, "--episodes", str(self.episodes), "--seed", str(EVALUATION_SEED))
        baselines = evaluated.get("baselines", {})
        figures = {
            "seed": seed,
            "steps": trained["steps"],
            "train_seconds": trained["seconds"],
            "weights_sha256": trained["weights_sha256"],
            "success_rate": evaluated["success_rate"],
            "success_ci95": evaluated["success_ci95"],
            **self.further(run, evaluated),
            "zero_success_rate": baselines["zero"]["success_rate"],
            "random_success_rate": baselines["random"]["success_rate"],
            "run": json.loads(Path(run, "run.json").read_text()),
            "config": Path(run, "config.yaml").read_text(),
        }
        path = self.path(seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=1) + "\n")
        return figures


def learned(run: str) -> dict[str, Any]:
    """Steps and time of a run's training so far, and the checksum of its newest weights."""
    directory = RunDirectory.open(Path(run))
    if not directory.metrics.is_file():
        return {"steps": 0}
    curves = Curves(read_metrics(directory.metrics))
    weights = tensors_sha256(load_policy(directory).model.state_dict())
    return {"steps": int(curves.steps[-1]), "seconds": float(curves.seconds[-1]), "weights_sha256": weights}


def figures_under(run: str, changes: dict[str, Any], episodes: int) -> dict[str, Tensor]:
    """Figures of a run's policy in held-out episodes where the task's config is another one, each (episodes,)."""
    policy = load_policy(RunDirectory.open(Path(run)))
    task = make_task(policy.config.task, policy.config.evaluated.model_copy(update=changes))
    env = TaskEnv(task, episodes, seed=EVALUATION_SEED, split="heldout", autoreset=False)
    return run_episodes(env, policy.model.actor, episodes).figures


def success_of(figures: dict[str, Tensor]) -> dict[str, Any]:
    """Share of episodes that ended well, and its 95% interval."""
    count, episodes = int(figures["success"].sum()), len(figures["success"])
    return {"success_rate": count / episodes, "success_ci95": wilson_interval(count, episodes)}


def optimus(*arguments: str) -> dict[str, Any]:
    """Run a command of the project; returns what it prints with `--json`."""
    command = [sys.executable, "-c", "from orchestrator.cli.main import main; raise SystemExit(main())"]
    done = subprocess.run([*command, *arguments, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def report(study: Study) -> None:
    """Run a study and print its means; one line and exit code 2 where old figures don't fit."""
    try:
        print(json.dumps(study.run(), indent=1))
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
