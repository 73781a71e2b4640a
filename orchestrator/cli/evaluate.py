"""`optimus evaluate`: how a run's policy does on held-out episodes."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.options import AsJson
from orchestrator.cli.output import only_results_on_stdout, print_result
from orchestrator.errors import InputError
from orchestrator.evaluation.agents import AgentName


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    episodes: Annotated[int, typer.Option(min=1, help="Held-out episodes.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the episodes.")] = 0,
    agent: Annotated[AgentName, typer.Option(help="Whose result it is.")] = "policy",
    judged: Annotated[
        int, typer.Option(min=0, help="Episodes that the task's referee judges, where it has one.")
    ] = 20,
    card: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the skill card to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a run's policy on held-out episodes, beside agents that learned nothing."""
    if card is not None and agent != "policy":
        raise InputError(f"--card {card}", f"cannot go with --agent {agent}: a card is of a policy")
    if card is not None and not card.parent.is_dir():
        raise InputError(
            f"--card {card}", f"expected a file in an existing folder; there is no {card.parent}"
        )
    with only_results_on_stdout():
        from orchestrator.cli.progress import share_progress
        from orchestrator.evaluation.bits import bits_line
        from orchestrator.evaluation.card import skill_card
        from orchestrator.evaluation.evaluate import evaluate as run_evaluation
        from orchestrator.evaluation.judging import judgement_line
        from orchestrator.evaluation.report import write_report
        from orchestrator.training.metrics import check_metrics
        from orchestrator.training.run_directory import RunDirectory

        directory = RunDirectory.open(run)
        check_metrics(directory)
        with share_progress("evaluated") as progress:
            result = run_evaluation(directory, episodes, seed, agent, judged=judged, progress=progress)
        if card is not None:
            skill_card(directory, result).write(card)
        if agent == "policy":  # the others leave nothing in the run
            write_report(directory)
    low, high = result.success_ci95
    lines = [
        f"policy   {result.policy}",
        f"success  {result.success_rate:.1%} of {result.episodes:,} held-out episodes "
        f"(95% interval {low:.1%} to {high:.1%})",
        *(f"  {name:<7}{other.success_rate:.1%}" for name, other in result.baselines.items()),
        *([f"referee  {judgement_line(result.referee)}"] if result.referee else []),
        *([f"bits     {bits_line(result.bits)}"] if result.bits else []),
        f"seconds  {result.seconds:.1f}",
    ]
    print_result(result, lines, as_json=as_json)
