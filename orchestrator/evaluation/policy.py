"""The policy that a run has trained so far, and worlds to try it in."""

from envs.env import TaskEnv
from envs.registry import make_task
from orchestrator.training.config import TrainConfig
from orchestrator.training.model import LoadedPolicy, load_policy

__all__ = ["LoadedPolicy", "load_policy", "make_env"]


def make_env(
    config: TrainConfig,
    *,
    worlds: int,
    seed: int,
    threads: int | None = None,
    play: bool = False,
    unseen: bool = False,
) -> TaskEnv:
    """Worlds of a run's task on held-out episodes, whose ends the caller follows.

    Args:
        config: of the run.
        worlds: how many.
        seed: of the episodes.
        threads: CPU threads; by default the run's.
        play: as it is watched instead of as it is evaluated.
        unseen: without cameras, for agents that need none; the episodes are the same.
    """
    task_config = config.played if play else config.evaluated
    if unseen:
        task_config = task_config.model_copy(update={"cameras": None})
    return TaskEnv(
        make_task(config.task, task_config),
        worlds,
        seed=seed,
        split="heldout",
        backend=config.backend,
        threads=config.threads if threads is None else threads,
        autoreset=False,
    )
