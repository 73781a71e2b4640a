"""Alice's goals over training as one picture: `pictures/goals.png`."""

import math

import numpy as np
from PIL import Image, ImageDraw

from envs.registry import make_task
from envs.tasks.goals import GoalTask
from orchestrator.selfplay.goals.album import KEPT, Album
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from policies.checkpoint import load_checkpoint, newest_valid_checkpoint, under

_TILE, _MARGIN, _LABEL = 150, 8, 86
"""Sides of a goal's picture, of what is left between two, and of the column that says when, pixels."""

_PAGES = 8
"""Most rows."""

_PAPER, _INK, _ZONE = (255, 255, 255), (31, 36, 48), (240, 242, 245)
_SOLVED, _FAILED = (60, 150, 90), (200, 80, 70)


def write_gallery(run: RunDirectory, config: TrainConfig) -> None:
    """Draw what the newest checkpoint's album has; nothing where it has no page yet."""
    newest = newest_valid_checkpoint(run.checkpoints)
    if newest is None:
        return
    task = make_task(config.task, config.task_config)
    assert isinstance(task, GoalTask)
    tensors, _ = load_checkpoint(newest)
    state = under(tensors, "play.album.")
    album = Album(state["latest"][:, 0])
    album.load_state_dict(state)
    if album.steps:
        run.pictures.mkdir(exist_ok=True)
        draw_album(album, task).save(run.pictures / "goals.png")


def draw_album(album: Album, task: GoalTask) -> Image.Image:
    """Rows of goals seen from above, oldest first: outlines where the objects were, filled where Alice left them.

    The grey square is the zone, the white one about it the table. A green frame: Bob brought it about; red: he did not.
    """
    rows = np.unique(np.linspace(0, len(album.steps) - 1, min(_PAGES, len(album.steps))).round().astype(int))
    pitch = _TILE + _MARGIN
    image = Image.new("RGB", (_LABEL + KEPT * pitch, len(rows) * pitch + _MARGIN), _PAPER)
    pen = ImageDraw.Draw(image)
    for row, page in enumerate(rows):
        top = _MARGIN + row * pitch
        pen.text((_MARGIN, top + _TILE // 2 - 6), f"{album.steps[page]:,}\nsteps", fill=_INK)
        for column in range(KEPT):
            solved = float(album.solved[page, column])
            if math.isnan(solved):
                continue
            poses = album.pages[page, column].numpy()
            tile = draw_goal(task, poses[0], poses[1], _SOLVED if solved else _FAILED)
            image.paste(tile, (_LABEL + column * pitch, top))
    return image


def draw_goal(
    task: GoalTask, start: np.ndarray, goal: np.ndarray, frame: tuple[int, int, int]
) -> Image.Image:
    """One goal; poses are (objects, 7)."""
    image = Image.new("RGB", (_TILE, _TILE), _PAPER)
    pen = ImageDraw.Draw(image)
    half = max(task.config.table)

    def pixels(points: np.ndarray) -> list[tuple[float, float]]:
        return [(float(x), float(y)) for x, y in (points * (1, -1) / half + 1) * _TILE / 2]

    corner = np.array(task.config.zone)
    (left, bottom), (right, top) = pixels(np.array([-corner, corner]))
    pen.rectangle((left, top, right, bottom), fill=_ZONE)
    for poses, filled in ((start, False), (goal, True)):
        for (outline, colour), pose in zip(task.outlines(), poses, strict=True):
            ink = tuple(round(255 * channel) for channel in colour[:3])
            ends = pixels(_placed(np.array(outline), pose))
            pen.polygon(ends, fill=ink if filled else None, outline=_INK if filled else ink)
    pen.rectangle((0, 0, _TILE - 1, _TILE - 1), outline=frame, width=3)
    return image


def _placed(outline: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """An outline (n, 2) of an object at a pose (7,), as seen from above."""
    turn = 2 * math.atan2(pose[6], pose[3])
    c, s = math.cos(turn), math.sin(turn)
    return outline @ np.array([[c, s], [-s, c]]) + pose[:2]
