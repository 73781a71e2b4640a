"""The two physics backends held against each other, from recorded states of the hand and of the humanoid."""

import mujoco
import numpy as np
import torch
from numpy.typing import NDArray

from envs.env import TaskEnv
from envs.physics import parity
from envs.registry import make_task
from orchestrator.config_files import load_config
from orchestrator.provenance import command_line, this_machine
from orchestrator.records import BenchmarkResult, Record
from orchestrator.training.config import TrainConfig

SCENES: dict[str, tuple[str, tuple[str, ...]]] = {
    "hand": ("hand-reach", ("task_config.range_fraction=1.0",)),
    "hand_with_cube": (
        "hand-reorient",
        ("task_config.cube={size: [1.0, 1.0], friction: [0.8, 0.8], density: [800.0, 800.0]}",),
    ),
    "humanoid": ("humanoid-walk", ()),
    "humanoid_all_joints": ("humanoid-walk", ("task_config.robot={moves: body, hands: free}",)),
    "humanoid_carrying": ("humanoid-carry", ()),
}
"""Name of a scene, its config and what is overridden in it: all worlds have one model."""

_WORLDS = 20
_SETTLING = 8
"""Control steps before the first recorded state: hands close, feet find the ground."""


class FieldParity(Record):
    """A field's largest error.

    Attributes:
        stage: in which the engine computes it.
        error: in tolerances.
        beyond: states with an error above 1.
        state: in which the largest occurs.
        element: place in the field, flattened.
        mujoco: value there.
        warp: value there.
    """

    stage: str
    error: float
    beyond: int
    state: int
    element: int
    mujoco: float
    warp: float


class SceneParity(Record):
    """How alike the backends are on one scene; see `envs.physics.parity.Parity`."""

    states: int
    touching: int
    contacts: int
    grazing: int
    mismatched: int
    fields: dict[str, FieldParity]


class ParityBenchmark(BenchmarkResult):
    """What `optimus benchmark parity --json` prints.

    Attributes:
        scenes: by name.
    """

    scenes: dict[str, SceneParity]


def parity_benchmark(
    configs: dict[str, TrainConfig], states: int, device: str | None = None
) -> ParityBenchmark:
    """Compare the backends on states that random actions lead to.

    Args:
        configs: by the scene's name.
        states: of each scene.
        device: Warp's; None for its default.
    """
    scenes: dict[str, SceneParity] = {}
    figures: dict[str, float] = {}
    for name, config in configs.items():
        model, rows = record_states(config, states)
        found = parity.compare(model, rows, device)
        fields = {key: FieldParity(**vars(worst)) for key, worst in found.fields.items()}
        scenes[name] = SceneParity(**{**vars(found), "fields": fields})
        figures[f"{name}.states"] = float(found.states)
        figures[f"{name}.grazing"] = float(found.grazing)
        figures[f"{name}.mismatched"] = float(found.mismatched)
        figures |= {f"{name}.{key}": worst.error for key, worst in found.fields.items()}
    return ParityBenchmark(
        name="parity", machine=this_machine(), command=command_line(), figures=figures, scenes=scenes
    )


def scene_configs() -> dict[str, TrainConfig]:
    """The configs of `SCENES`."""
    return {name: load_config(config, list(keys), TrainConfig) for name, (config, keys) in SCENES.items()}


def markdown(result: ParityBenchmark) -> str:
    """A table of the largest error of every field, in tolerances, and how many states had contacts in doubt."""
    names = list(result.scenes)
    fields = list(dict.fromkeys(field for scene in result.scenes.values() for field in scene.fields))
    rows = [["", *names], ["---"] * (1 + len(names))]
    for label in ("states", "touching", "grazing", "mismatched"):
        rows.append([label, *(f"{getattr(result.scenes[name], label):,}" for name in names)])
    for field in fields:
        rows.append([f"`{field}`", *(f"{result.scenes[name].fields[field].error:.2g}" for name in names)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def record_states(config: TrainConfig, count: int) -> tuple[mujoco.MjModel, NDArray[np.float64]]:
    """States of a task under random actions, each some control steps from the next.

    Returns:
        The model of one of its worlds, and (count, nstate) rows of `mjSTATE_INTEGRATION`.
    """
    env = TaskEnv(make_task(config.task, config.task_config), _WORLDS, seed=0, backend="cpu", threads=1)
    env.reset()
    noise = torch.Generator().manual_seed(0)
    rows: list[torch.Tensor] = []
    step = 0
    while _WORLDS * len(rows) < count:
        env.step(torch.randn(_WORLDS, env.action_size, generator=noise))
        step += 1
        if step > _SETTLING:
            rows.append(env.physics.get_state())
    return env.physics.model_of(0), torch.cat(rows)[:count].numpy()
