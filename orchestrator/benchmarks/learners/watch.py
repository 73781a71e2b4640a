"""The clock of a trial, which stops while the learner is evaluated."""

import sys
import time

from envs.env import TaskEnv
from orchestrator.benchmarks.learners.records import CurvePoint, TrialSpec
from orchestrator.evaluation.policy import make_env
from orchestrator.evaluation.rollouts import Agent, run_episodes


class Watch:
    """Counts training time, evaluates now and then, and says when the budget is spent.

    Args:
        spec: of the trial.
    """

    def __init__(self, spec: TrialSpec) -> None:
        self._spec = spec
        self._env: TaskEnv = make_env(spec.config, worlds=spec.episodes, seed=spec.evaluation_seed)
        self._next = spec.every
        self._resumed = 0.0
        self.seconds = 0.0
        self.steps = 0
        self.iterations = 0
        self.collect_seconds = 0.0
        self.update_seconds = 0.0
        self.curve: list[CurvePoint] = []

    def start(self, agent: Agent) -> None:
        """Evaluate the untrained agent; training time runs from here."""
        self._evaluate(agent)
        self._resumed = time.perf_counter()

    def lap(self, agent: Agent, steps: int, collect_seconds: float, update_seconds: float) -> bool:
        """An iteration is over; evaluate if it is time to.

        Args:
            agent: what has been learned, acting without exploration noise.
            steps: environment steps of this iteration, summed over worlds.
            collect_seconds: of gathering its rollout, s.
            update_seconds: of learning from it, s.

        Returns:
            Whether there is time left.
        """
        self.seconds += time.perf_counter() - self._resumed
        self.steps += steps
        self.iterations += 1
        self.collect_seconds += collect_seconds
        self.update_seconds += update_seconds
        left = self.seconds < self._spec.seconds
        if self.seconds >= self._next or not left:
            self._evaluate(agent)
            self._next = (self.seconds // self._spec.every + 1) * self._spec.every
        self._resumed = time.perf_counter()
        return left

    def _evaluate(self, agent: Agent) -> None:
        self._env.seed(self._spec.evaluation_seed)
        figures = run_episodes(self._env, agent, self._spec.episodes).figures
        means = {name: float(values.double().mean()) for name, values in figures.items()}
        point = CurvePoint(
            seconds=self.seconds, steps=self.steps, success_rate=means.pop("success"), metrics=means
        )
        self.curve.append(point)
        print(
            f"{self._spec.learner} seed {self._spec.seed}: {point.seconds:.0f} s, {point.steps:,} steps, "
            f"success {point.success_rate:.1%}, distance {1000 * means['distance/mean']:.1f} mm",
            file=sys.stderr,
            flush=True,
        )
