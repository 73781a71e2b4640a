"""`optimus view`: watch a run's policy, or a task, in the browser."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.output import only_results_on_stdout
from orchestrator.errors import InputError, nearest

if TYPE_CHECKING:
    from envs.env import TaskEnv
    from orchestrator.evaluation.rollouts import Agent


def view(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TASK", help="A run directory, or a task to see at rest.", show_default=False
        ),
    ],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the page; 0 takes the first free one from 8080.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the episodes.")] = 0,
) -> None:
    """Watch a run's policy, or a task, in the browser; the page is served to this machine only."""
    with only_results_on_stdout():
        from orchestrator.evaluation.view import serve

        env, agent = _scene(what, seed)
        serve(env, agent, title=f"optimus: {what}", port=port)


def _scene(what: str, seed: int) -> "tuple[TaskEnv, Agent]":
    """One world of a run's task with its policy, or of a task with an agent that keeps still."""
    from envs.agents import ZeroAgent
    from envs.env import TaskEnv
    from envs.registry import TASKS, make_task
    from orchestrator.evaluation.policy import load_policy, make_env
    from orchestrator.training.run_directory import RunDirectory

    if what in TASKS:
        env = TaskEnv(make_task(what), 1, seed=seed, split="heldout", backend="cpu", autoreset=False)
        return env, ZeroAgent(env.action_size)
    if not Path(what).exists():
        raise InputError(what, f"expected a run directory or a task's name{nearest(what, TASKS)}")
    policy = load_policy(RunDirectory.open(Path(what)))
    return make_env(policy.config, worlds=1, seed=seed, play=True), policy.model.actor
