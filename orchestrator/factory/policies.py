"""A run's policy as a worker, acting in the worlds of its task."""

from collections.abc import Sequence
from pathlib import Path

from orchestrator.evaluation.policy import load_policy, make_env
from orchestrator.evaluation.rollouts import batch_worlds, run_episodes
from orchestrator.factory.leaf import Attempt
from orchestrator.training.run_directory import RunDirectory


class PolicyWorker:
    """A trained policy as a worker: each attempt is one held-out episode of its task.

    An attempt that succeeds takes until the moment from which the goal stayed met, as in skill cards; one that fails
    takes the whole episode.

    Args:
        run: directory of the training run.

    Attributes:
        task: that the policy was trained for.

    Raises:
        InputError: there is no such run, or it has no policy yet.
    """

    def __init__(self, run: Path) -> None:
        self._policy = load_policy(RunDirectory.open(run))
        self.task = self._policy.config.task

    def attempt(self, count: int, seed: int) -> Sequence[Attempt]:
        """Run so many episodes at once; see `Worker`."""
        env = make_env(self._policy.config, worlds=batch_worlds(count), seed=seed)
        outcomes = run_episodes(env, self._policy.model.actor, count)
        success = outcomes.figures["success"].tolist()
        lengths = (outcomes.figures["length"] * env.task.config.rates.control_period).tolist()
        cycles = outcomes.cycle_seconds.tolist()
        energies = outcomes.figures.get("energy_j")
        return [
            Attempt(
                success=bool(success[i]),
                seconds=float(cycles[i] if success[i] else lengths[i]),
                energy_j=None if energies is None else float(energies[i]),
            )
            for i in range(count)
        ]
