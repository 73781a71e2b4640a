"""Videos of a run's best and worst evaluated episode, drawn without OpenGL."""

from pathlib import Path

import mujoco
import numpy as np
from torch import Tensor

from envs.rendering import Renderer
from envs.task import Task
from envs.video import write_video
from orchestrator.config_files import load_config
from orchestrator.errors import InputError
from orchestrator.evaluation.archive import read_archive
from orchestrator.evaluation.policy import make_env
from orchestrator.evaluation.progress import ShareCallback, part_of
from orchestrator.evaluation.recordings import FILE, Recording, Recordings, episode_score
from orchestrator.evaluation.result import read_evaluation
from orchestrator.evaluation.scene import CAMERA, viewing_spec
from orchestrator.evaluation.trajectories import Trajectories
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory

SIZE = 420
"""Width and height of a frame, pixels."""

_HOLD_SECONDS = 0.9
"""How long the last pose stays in view."""

_CHUNK = 8
"""Frames drawn between two reports of progress."""


def record(
    run: RunDirectory, *, size: int = SIZE, samples: int = 2, progress: ShareCallback | None = None
) -> Recordings:
    """Write `videos/best.mp4` and `videos/worst.mp4` of the episodes that the run's evaluation kept.

    One frame for each control step, played in real time.

    Args:
        run: evaluated before.
        size: width and height of a frame, pixels.
        samples: per pixel along each axis; their square is the cost.
        progress: told how far it has come.

    Raises:
        InputError: the run has not been evaluated, or not all of it can be read.
    """
    evaluation, archive = read_evaluation(run), read_archive(run)
    if evaluation is None or archive is None:
        raise InputError(run.path, "has not been evaluated yet: there is no episode to record")
    config = load_config(run.config_path, [], TrainConfig)
    figures, trajectories = archive.figures("policy"), archive.trajectories()
    score = episode_score(figures)
    chosen = {"best": int(score.argmax()), "worst": int(score.argmin())}
    # bound to a world, a task can name its goal points
    task = make_env(config, worlds=1, seed=0, threads=1).task
    states = {name: _states(trajectories, episode) for name, episode in chosen.items()}
    rate = config.evaluated.rates.control_hz
    recordings = []
    for index, (name, episode) in enumerate(chosen.items()):
        renderer = renderer_of(task, *states[name], size, samples)  # that has all of it in view, and no more
        film(run.videos / f"{name}.mp4", renderer, *states[name], rate, part_of(progress, index, len(chosen)))
        recordings.append(
            Recording(
                name=name,
                file=f"{name}.mp4",
                episode=episode,
                success=bool(figures["success"][episode]),
                error=_error(figures, episode),
                seconds=int(trajectories.length[episode]) / rate,
                checkpoint=evaluation.checkpoint,
            )
        )
    found = Recordings(episodes=tuple(recordings))
    found.write(run.videos / FILE)
    return found


def film(
    path: Path,
    renderer: Renderer,
    qpos: np.ndarray,
    mocap: np.ndarray,
    rate: int,
    progress: ShareCallback | None = None,
) -> None:
    """Write a video of states; the last one stays in view for a moment.

    Args:
        path: of the file.
        renderer: what `renderer_of` made.
        qpos: (n, nq) positions, one for each frame.
        mocap: (n, m, 7) poses of mocap bodies and goal points, as `Trajectories` has them.
        rate: frames per second.
        progress: told how far it has come.
    """
    frames = []
    for start in range(0, len(qpos), _CHUNK):
        part = slice(start, start + _CHUNK)
        frames.append(renderer.render(qpos[part], mocap[part, :, :3], mocap[part, :, 3:]))
        if progress is not None:
            progress(min(1.0, (start + _CHUNK) / len(qpos)))
    frames.append(np.repeat(frames[-1][-1:], round(_HOLD_SECONDS * rate), axis=0))
    write_video(path, np.concatenate(frames), rate)


def renderer_of(task: Task, qpos: np.ndarray, mocap: np.ndarray, size: int, samples: int) -> Renderer:
    """One camera that has all of some states in its picture.

    Args:
        task: bound to a world.
        qpos: (n, nq) positions.
        mocap: (n, m, 7) poses of mocap bodies and goal points, as `Trajectories` has them.
        size: width and height of a frame, pixels.
        samples: per pixel along each axis.
    """
    focus = np.concatenate([_bounds(task.physics.model, qpos), mocap[..., :3].reshape(-1, 3)])
    model = viewing_spec(task, tuple(task.goal_points()), focus).compile()
    return Renderer(model, size, size, CAMERA, samples)


def _states(trajectories: Trajectories, episode: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and mocap poses of an episode, as `renderer_of` takes them."""
    qpos, mocap = (states.double().numpy() for states in trajectories.states(episode))
    return qpos, mocap


def _bounds(model: mujoco.MjModel, poses: np.ndarray) -> np.ndarray:
    """Corners around every geom in some poses (n, nq): (m, 3) m."""
    data = mujoco.MjData(model)
    bounded = model.geom_rbound > 0  # planes are not
    corners = np.concatenate([np.eye(3), -np.eye(3)])[None] * model.geom_rbound[bounded][:, None, None]
    places = []
    for pose in poses:
        data.qpos[:] = pose
        mujoco.mj_kinematics(model, data)
        places.append((data.geom_xpos[bounded][:, None] + corners).reshape(-1, 3))
    return np.concatenate(places)


def _error(figures: dict[str, Tensor], episode: int) -> float | None:
    distance = figures.get("distance/mean")
    return None if distance is None or not distance[episode].isfinite() else float(distance[episode])
