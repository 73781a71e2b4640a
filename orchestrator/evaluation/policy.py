"""The policy that a run has trained so far."""

from dataclasses import dataclass
from pathlib import Path

from envs.env import TaskEnv
from envs.registry import make_task
from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from orchestrator.training.trainer import build_model
from policies.checkpoint import load_checkpoint, newest_valid_checkpoint
from policies.networks import ActorCritic

_MODEL = "model."


@dataclass(frozen=True)
class LoadedPolicy:
    """What a run has learned.

    Attributes:
        config: of the run.
        model: its networks, in evaluation mode, on the device of the run's backend.
        checkpoint: where the weights come from.
    """

    config: TrainConfig
    model: ActorCritic
    checkpoint: Path


def load_policy(run: RunDirectory) -> LoadedPolicy:
    """Load the networks of a run's newest checkpoint that is complete and unharmed.

    Raises:
        InputError: there is no such checkpoint, or it is not of this run's config.
    """
    config = load_config(run.config_path, [], TrainConfig)
    checkpoint = newest_valid_checkpoint(run.checkpoints)
    if checkpoint is None:
        raise InputError(run.path, "has no complete checkpoint to evaluate yet")
    tensors, state = load_checkpoint(checkpoint)
    if state.get("task") != config.task:
        raise InputError(checkpoint, f"is of task {state.get('task')!r}, but the run's is {config.task!r}")
    model = build_model(config, make_env(config, worlds=1, seed=0, threads=1))
    try:
        model.load_state_dict({k.removeprefix(_MODEL): v for k, v in tensors.items() if k.startswith(_MODEL)})
    except RuntimeError as error:
        raise InputError(checkpoint, "does not fit the networks that the run's config describes") from error
    return LoadedPolicy(config, model.eval(), checkpoint)


def make_env(
    config: TrainConfig, *, worlds: int, seed: int, threads: int | None = None, play: bool = False
) -> TaskEnv:
    """Worlds of a run's task on held-out episodes, whose ends the caller follows.

    Args:
        config: of the run.
        worlds: how many.
        seed: of the episodes.
        threads: CPU threads; by default the run's.
        play: as it is watched instead of as it is evaluated.
    """
    return TaskEnv(
        make_task(config.task, config.played if play else config.evaluated),
        worlds,
        seed=seed,
        split="heldout",
        backend=config.backend,
        threads=config.threads if threads is None else threads,
        autoreset=False,
    )
