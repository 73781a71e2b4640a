"""Typed records that outlive a process: what runs, evaluations and benchmarks say about themselves.

All of them are strict JSON: no NaN, no infinities. A field that nothing has measured is null.
"""

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

Interval = tuple[float, float]
"""Lowest and highest value."""


class Record(BaseModel):
    """Base of the records: unknown keys are refused, and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def write(self, path: Path) -> None:
        """Write as JSON; whoever reads at that moment sees the old file or the new one, never half of one."""
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(self.model_dump_json(indent=1) + "\n")
        partial.replace(path)


class Machine(Record):
    """Where figures come from.

    Attributes:
        cpu: model, as the system names it.
        cores: logical cores that this process may use.
        threads: threads of the tensor library.
        accelerator: model, or none.
    """

    cpu: str
    cores: int
    threads: int
    accelerator: str | None = None


class RunInfo(Record):
    """`run.json`: what it takes to say where a figure comes from.

    Attributes:
        task: name of the task.
        seed: of everything random in the run.
        started: date and time, UTC.
        command: the command line.
        git_revision: of this project, `-dirty` where files had changes; null outside a repository.
        machine: where it ran.
        versions: of Python and the libraries, by name.
    """

    task: str
    seed: int
    started: datetime
    command: str
    git_revision: str | None
    machine: Machine
    versions: dict[str, str]


class TrainResult(Record):
    """What `optimus train --json` prints.

    Attributes:
        run_dir: the run directory.
        task: name of the task.
        steps: environment steps in the whole run, summed over worlds.
        seconds: wall-clock time of training, s; of a resumed run, since it was resumed.
        seed: of the run.
        weights_sha256: checksum of the networks' final weights.
    """

    run_dir: str
    task: str
    steps: int
    seconds: float
    seed: int
    weights_sha256: str


class Distribution(Record):
    """A sample's shape: how many, mean, and quantiles."""

    count: int
    mean: float
    p5: float
    p25: float
    p50: float
    p75: float
    p95: float


class Judgement(Record):
    """What a referee said of episodes that it stepped again.

    Attributes:
        judged: episodes.
        claimed: those that the task counts as successes.
        confirmed: claimed ones that the referee counts, too.
        faults: episodes with each fault, by what is wrong.
        figures: what the referee measured, mean over episodes, by name.
        deepest_contact_m: of any body in any other, median over episodes and worst, m.
    """

    judged: int
    claimed: int
    confirmed: int
    faults: dict[str, int]
    figures: dict[str, float]
    deepest_contact_m: Interval


class EvaluationResult(Record):
    """What `optimus evaluate --json` prints.

    Attributes:
        task: name of the task.
        policy: what acted: a checkpoint (`RUN/checkpoints/step_...`), or `zero` or `random`.
        episodes: held-out episodes.
        seed: of the episodes.
        success_rate: share of episodes that met the goal at their end.
        success_ci95: 95% confidence interval of the success rate.
        seconds: wall-clock time, s.
        mean_return: summed reward of an episode, mean.
        reward_terms: what each of the reward's terms added to `mean_return`, by name.
        diverged: episodes whose physics left the finite numbers; they count as failed.
        metrics: the task's further figures, mean over episodes, by name.
        fingers: figures of each finger by name, mean over episodes, or null.
        joints: figures of each joint by name, mean over episodes, or null.
    """

    task: str
    policy: str
    episodes: int
    seed: int
    success_rate: float = Field(ge=0, le=1)
    success_ci95: Interval
    seconds: float
    mean_return: float
    reward_terms: dict[str, float] = {}
    diverged: int = 0
    metrics: dict[str, float] = {}
    fingers: dict[str, dict[str, float]] | None = None
    joints: dict[str, dict[str, float]] | None = None


class SkillCard(Record):
    """What a planner may count on: one policy's measured skill at one task.

    Attributes:
        format: version of this layout.
        task: name of the task.
        policy: checkpoint that acted.
        episodes: held-out episodes behind the figures.
        success_rate: share of episodes that met the goal.
        success_ci95: 95% confidence interval of the success rate.
        cycle_time_s: time from an episode's start to its goal, over the successful ones, s.
        energy_per_cycle_j: electrical energy, J, mean over the successful ones.
        peak_winding_temperature_celsius: hottest winding seen, degrees Celsius.
        verifier_flags: what the verifiers objected to; an empty list where they looked and found nothing.
        run: run directory that the policy comes from.
    """

    format: int = 1
    task: str
    policy: str
    episodes: int
    success_rate: float = Field(ge=0, le=1)
    success_ci95: Interval
    cycle_time_s: Distribution | None = None
    energy_per_cycle_j: float | None = None
    peak_winding_temperature_celsius: float | None = None
    verifier_flags: list[str] | None = None
    run: str


class BenchmarkResult(Record):
    """What `optimus benchmark --json` prints.

    Attributes:
        name: of the benchmark.
        machine: where it ran.
        command: the command line.
        figures: by name; a name carries its unit.
    """

    name: str
    machine: Machine
    command: str
    figures: dict[str, float]
