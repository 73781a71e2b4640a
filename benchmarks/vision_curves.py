"""Learning curves from pixels, students' beside end-to-end PPO's: `docs/images/from-pixels.png`.

    python benchmarks/vision_curves.py

draws what `benchmarks/vision.py` has kept. Lines are of the training's own episodes, PPO's two seconds long and the
students' three controls, begun anywhere on the way; points are of the same 300 held-out episodes, two seconds long.
"""

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from seeds import RESULTS

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "from-pixels.png"
WAYS = {
    "hand_reach_student": ("student, taught by a policy that is told", "tab:blue"),
    "hand_reach_visual": ("PPO, end to end", "tab:orange"),
}


def seeds(way: str) -> list[dict[str, Any]]:
    """Figures of each seed of a way to learn."""
    return [json.loads(path.read_text()) for path in sorted((RESULTS / way).glob("seed_*.json"))]


def curves(axes: Axes, name: str, held_out: str, scale: float) -> None:
    """A figure over minutes of training, each seed a line, with what the held-out episodes found at its end."""
    for way, (label, colour) in WAYS.items():
        for index, seed in enumerate(seeds(way)):
            curve = seed["curve"]
            minutes = [second / 60 for second in curve["seconds"]]
            values = [None if value is None else scale * value for value in curve[name]]
            axes.plot(minutes, values, color=colour, linewidth=1.2, label=None if index else label)
            axes.plot(seed["train_seconds"] / 60, scale * seed[held_out], "o", color=colour, markersize=6)


def main() -> None:
    """Draw both figures side by side."""
    mpl.use("agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    curves(left, "episode/success", "success_20mm", 100)
    left.set(ylabel="every fingertip within 20 mm, %", ylim=(-3, 100))
    curves(right, "episode/distance/mean", "mean_distance_m", 1000)
    right.set(ylabel="mean distance at the end, mm", yscale="log", yticks=[5, 10, 20, 50, 100])
    right.yaxis.set_major_formatter("{x:.0f}")
    right.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    for axes in (left, right):
        axes.set_xlabel("minutes of one core")
        axes.spines[["top", "right"]].set_visible(False)
    right.plot([], [], "o", color="grey", label="held out, two seconds")
    right.legend(frameon=False, fontsize=8)
    figure.savefig(PICTURE, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
