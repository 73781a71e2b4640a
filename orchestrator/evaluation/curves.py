"""Learning curves: from the columns of a run's metrics to charts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa

from hand_model import FINGERS
from orchestrator.evaluation.plots import INK, Line, curves
from orchestrator.training.metrics import STEP

MEAN = "mean"
"""What the mean of a family of figures is called; it is drawn dark, over the others."""

MAX_POINTS = 1_500
"""Rows drawn of a long run, evenly spaced: more than a chart has pixels."""


@dataclass(frozen=True)
class Chart:
    """A figure with its heading.

    Attributes:
        id: of its element in the page.
        title: heading.
        figure: the plot.
        note: one line under the heading.
        wide: over the page's whole width.
    """

    id: str
    title: str
    figure: go.Figure
    note: str = ""
    wide: bool = False


class Curves:
    """A run's metrics over training.

    Args:
        table: as `orchestrator.training.metrics` has them.

    Attributes:
        steps: environment steps, (n,).
        seconds: training time, s, (n,), without checkpoints and pauses.
        median_throughput: environment steps/s; None if the run has no such figure.
    """

    def __init__(self, table: pa.Table) -> None:
        columns = {name: table.column(name).to_numpy().astype(float) for name in table.column_names}
        spent = columns.get("time/collect_seconds", np.zeros(len(table))) + columns.get(
            "time/learn_seconds", np.zeros(len(table))
        )
        rows = np.unique(np.linspace(0, max(len(table) - 1, 0), min(len(table), MAX_POINTS)).astype(int))
        self.seconds = np.nancumsum(spent)[rows]
        self._columns = {name: values[rows] for name, values in columns.items()}
        self.steps = self._columns[STEP]
        rates = columns.get("time/steps_per_second", np.empty(0))
        rates = rates[np.isfinite(rates)]
        self.median_throughput = float(np.median(rates)) if len(rates) else None

    def last(self, name: str) -> float | None:
        """The last value of a column; None where there is none."""
        values = self._columns.get(name, np.empty(0))
        values = values[np.isfinite(values)]
        return float(values[-1]) if len(values) else None

    def charts(self) -> list[Chart]:
        """One chart for each family of metrics that the run has."""
        made = [
            self._chart("Success", {"success": "episode/success"}, "% of episodes", scale=100),
            self._family(
                "Distance from the goal at the episode's end", "episode/distance/", "mm", scale=1000, log=True
            ),
            self._chart("Return", {"return": "episode/return"}, "summed reward of an episode"),
            self._family("Reward", "reward/", "mean over steps"),
            *self._others(),
            self._chart("Divergence of the policy", {"KL": "loss/kl"}, "nats per group of actions", log=True),
            self._chart("Step size", {"learning rate": "policy/learning_rate"}, "", log=True),
            self._chart("Exploration noise", {"standard deviation": "policy/std"}, "of the actions, mean"),
            self._chart("Value loss", {"value loss": "loss/value"}, "", log=True),
            self._chart("Throughput", {"throughput": "time/steps_per_second"}, "environment steps/s"),
        ]
        return [chart for chart in made if chart is not None]

    def _others(self) -> list[Chart | None]:
        """The task's further figures: one chart each."""
        shown = ("success", "return", "length", "diverged", "diverged_total")
        names = [n.removeprefix("episode/") for n in self._columns if n.startswith("episode/")]
        rest = [n for n in names if n not in shown and not n.startswith("distance/")]
        return [self._chart(name.replace("/", ", "), {name: f"episode/{name}"}, "") for name in rest]

    def _family(
        self, title: str, prefix: str, unit: str, *, scale: float = 1.0, log: bool = False
    ) -> Chart | None:
        names = in_order(n.removeprefix(prefix) for n in self._columns if n.startswith(prefix))
        return self._chart(title, {n: prefix + n for n in names}, unit, scale=scale, log=log)

    def _chart(
        self, title: str, names: dict[str, str], unit: str, *, scale: float = 1.0, log: bool = False
    ) -> Chart | None:
        lines = [
            Line(label, scale * self._columns[name], INK if label == MEAN else None)
            for label, name in names.items()
            if name in self._columns and np.isfinite(self._columns[name]).any()
        ]
        if not lines:
            return None
        slug = "".join(c if c.isalnum() else "-" for c in title.lower())
        return Chart(f"training-{slug}", title, curves(lines, self.steps, unit, log=log))


def in_order(names: Iterable[str]) -> list[str]:
    """Fingers as anatomy has them, so that a finger has its colour everywhere; a mean last."""
    ranks = {name: rank for rank, name in enumerate(FINGERS)} | {MEAN: len(FINGERS) + 1}
    return sorted(names, key=lambda name: (ranks.get(name, len(FINGERS)), name))
