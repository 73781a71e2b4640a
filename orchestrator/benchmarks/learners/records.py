"""What a trial is told, and what it and the whole benchmark say afterwards."""

from orchestrator.records import BenchmarkResult, Machine, Record
from orchestrator.training.config import TrainConfig

Hyperparameters = dict[str, bool | int | float | str | None]
"""By the names that the learner itself gives them."""


class TrialSpec(Record):
    """One learner, trained once.

    Attributes:
        learner: by name.
        seed: of the networks, the exploration noise and the training episodes.
        seconds: training time, s; evaluations are not counted.
        every: training time between two evaluations, s.
        episodes: held-out episodes in an evaluation.
        evaluation_seed: of those episodes, the same in every evaluation.
        hyperparameters: that differ from the learner's defaults.
        config: task, worlds, threads and networks; also the defaults of this project's own learner.
    """

    learner: str
    seed: int
    seconds: float
    every: float
    episodes: int
    evaluation_seed: int
    hyperparameters: Hyperparameters
    config: TrainConfig


class CurvePoint(Record):
    """One evaluation, without exploration noise.

    Attributes:
        seconds: training time so far, s.
        steps: environment steps so far, summed over worlds.
        success_rate: share of the held-out episodes that met the goal at their end.
        metrics: the task's figures at the episodes' end, means by name.
    """

    seconds: float
    steps: int
    success_rate: float
    metrics: dict[str, float]


class TrialResult(Record):
    """What one trial was like.

    Attributes:
        spec: what it was told.
        curve: its evaluations, the first before any training.
        iterations: rollouts gathered and learned from.
        collect_seconds: of gathering one rollout, mean, s.
        update_seconds: of learning from one rollout, mean, s.
        machine: where it ran.
        git_revision: of this project; null outside a repository.
        versions: of Python and the libraries, by name.
    """

    spec: TrialSpec
    curve: list[CurvePoint]
    iterations: int
    collect_seconds: float
    update_seconds: float
    machine: Machine
    git_revision: str | None
    versions: dict[str, str]

    @property
    def final(self) -> CurvePoint:
        """The last evaluation."""
        return self.curve[-1]

    def seconds_to(self, success_rate: float) -> float | None:
        """Training time until a success rate, s, linear between evaluations; None if it was not reached."""
        if self.curve[0].success_rate >= success_rate:
            return self.curve[0].seconds
        for before, after in zip(self.curve, self.curve[1:], strict=False):
            if after.success_rate >= success_rate:
                share = (success_rate - before.success_rate) / (after.success_rate - before.success_rate)
                return before.seconds + share * (after.seconds - before.seconds)
        return None


class TuningOutcome(Record):
    """One set of hyperparameters, tried for a short time.

    Attributes:
        learner: by name.
        hyperparameters: that differ from the learner's defaults.
        distance_mm: mean distance of the fingertips to their targets at the episodes' end, mm; the lowest wins.
        success_rate: of the same episodes.
        chosen: the learner's best.
    """

    learner: str
    hyperparameters: Hyperparameters
    distance_mm: float
    success_rate: float
    chosen: bool


class LearnerSummary(Record):
    """One learner over its seeds, in the order of the seeds.

    Attributes:
        learner: by name.
        tuned: its hyperparameters were chosen by tuning; else they are the first of its grid.
        hyperparameters: that differ from the learner's defaults.
        seeds: of the trials.
        seconds_to_half_success: training time to 50% success, s; null where that was not reached.
        final_success: share of the held-out episodes at the end.
        final_distance_mm: mean distance of the fingertips to their targets, mm.
        steps_per_second: environment steps over training time, mean of the seeds.
        collect_seconds: of gathering one rollout, mean of the seeds, s.
        update_seconds: of learning from one rollout, mean of the seeds, s.
    """

    learner: str
    tuned: bool
    hyperparameters: Hyperparameters
    seeds: list[int]
    seconds_to_half_success: list[float | None]
    final_success: list[float]
    final_distance_mm: list[float]
    steps_per_second: float
    collect_seconds: float
    update_seconds: float


class LearnersResult(BenchmarkResult):
    """What `optimus benchmark learners --json` prints; its file holds the trials with their curves, too.

    Attributes:
        learners: a summary each.
        tuning: everything that was tried, and what was chosen.
        trials: the trials behind the summaries.
    """

    learners: tuple[LearnerSummary, ...] = ()
    tuning: tuple[TuningOutcome, ...] = ()
    trials: tuple[TrialResult, ...] = ()
