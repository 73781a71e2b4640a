"""Draw the goals that nobody trains with, once for each task: `configs/goals/TASK.yaml`.

    python benchmarks/goal_holdout.py humanoid-rearrange

Three families for each number of blocks: `uniform` poses over the area, `corner` goals, one block in a corner of
it and the others anywhere, and `swap`, two blocks that change places. Drawn before anything was trained; drawing
again gives the same file.
"""

import argparse
import math
from pathlib import Path

import torch
from torch import Tensor

from envs.registry import make_task
from envs.tasks.blocks.placing import CANDIDATES, place_apart
from envs.tasks.blocks.shapes import BLOCKS
from envs.tasks.blocks.task import BlocksTask

TASKS = {"hand-push": 4, "humanoid-rearrange": 3}
"""Most blocks of each task."""

GOALS = Path(__file__).parents[1] / "configs" / "goals"
SEED = 2101_04882
EACH = 64
"""Goals of a family for a number of blocks."""

FIRST = (0, 1)
"""Places of the blocks that swap."""

NEAR = 0.06
"""Some block has to go at least this far, m."""

CORNER = 0.875
"""Of a goal in a corner, from the middle along x and y, as a share of the area's half sides."""


def layout(spread: tuple[float, float], blocks: int, generator: torch.Generator) -> Tensor:
    """Places and headings over the area, (blocks, 3)."""
    tries = (2 * torch.rand(1, CANDIDATES, blocks, 2, generator=generator) - 1) * torch.tensor(spread)
    radii = torch.tensor([block.radius for block in BLOCKS[:blocks]])
    heading = math.pi * (2 * torch.rand(blocks, 1, generator=generator) - 1)
    return torch.cat([place_apart(tries, radii)[0], heading], dim=1)


def corner(spread: tuple[float, float], blocks: int, generator: torch.Generator) -> Tensor:
    """The first block in a corner, the others anywhere clear of it."""
    signs = 2.0 * torch.randint(2, (2,), generator=generator) - 1
    tries = (2 * torch.rand(1, CANDIDATES, blocks, 2, generator=generator) - 1) * torch.tensor(spread)
    tries[:, :, 0] = CORNER * torch.tensor(spread) * signs
    radii = torch.tensor([block.radius for block in BLOCKS[:blocks]])
    heading = math.pi * (2 * torch.rand(blocks, 1, generator=generator) - 1)
    return torch.cat([place_apart(tries, radii)[0], heading], dim=1)


def swapped(start: Tensor) -> Tensor:
    """The first two blocks in each other's places, headings as they were."""
    goal = start.clone()
    goal[FIRST, :2] = start[FIRST[::-1], :2]
    return goal


def row(values: Tensor) -> str:
    """A layout as YAML, rounded to tenths of a millimetre and of a milliradian."""
    return (
        "[" + ", ".join("[" + ", ".join(f"{x:.4f}" for x in block) + "]" for block in values.tolist()) + "]"
    )


def draw(task: str) -> None:
    """Write a task's file."""
    made = make_task(task)
    assert isinstance(made, BlocksTask)
    spread, generator = made.config.spread, torch.Generator().manual_seed(SEED)
    lines = [
        f"# Starts and goals of {task} that nobody trains with; made by benchmarks/{Path(__file__).name}."
    ]
    lines.append("# Of each block: x and y, m, and heading, rad.")
    lines.append("goals:")
    for blocks in range(1, TASKS[task] + 1):
        for family in ("uniform", "corner", "swap") if blocks > 1 else ("uniform", "corner"):
            for _ in range(EACH):
                start = goal = layout(spread, blocks, generator)
                while (goal - start)[:, :2].norm(dim=1).amax() < NEAR:
                    start = layout(spread, blocks, generator)
                    drawn = (corner if family == "corner" else layout)(spread, blocks, generator)
                    goal = swapped(start) if family == "swap" else drawn
                lines.append(f"  - {{family: {family}, start: {row(start)}, goal: {row(goal)}}}")
    (GOALS / f"{task}.yaml").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Write the files of the tasks that were named."""
    parser = argparse.ArgumentParser(description="Draw goals that nobody trains with.")
    parser.add_argument("tasks", nargs="*", default=list(TASKS), help=", ".join(TASKS))
    for task in parser.parse_args().tasks:
        draw(task)


if __name__ == "__main__":
    main()
