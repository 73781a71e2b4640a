"""The contract of a run's policy."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from envs.cameras.config import CamerasConfig
from envs.deployment import Deployment, Term
from envs.env import TaskEnv
from envs.rates import Rates
from envs.task import PIXELS, Task
from orchestrator.evaluation.policy import LoadedPolicy
from orchestrator.export.contract import (
    ActionRecord,
    CameraRecord,
    Contract,
    InputRecord,
    NormalizationRecord,
    RatesRecord,
    SuccessRecord,
    TermRecord,
    VideoRecord,
)
from orchestrator.provenance import versions
from policies.checkpoint import tensors_sha256
from policies.networks import Actor
from policies.onnx_export import MEMORY, memory_size

GRAPH = {"policy.onnx": "the policy, normalization and clipping included"}
PLAYER = {
    "model.mjb": "the compiled scene, for the version of MuJoCo that is named here",
    "episodes.npz": "held-out episodes: integration state and setpoint at the start; what the policy is told in each "
    "control step; whether each ended well",
    "player.py": "plays the episodes with mujoco, onnxruntime and numpy",
}
SEEING = {"seeing_player.py": "plays them where the policy sees, with `player.py`; OpenGL draws"}


def describe(policy: LoadedPolicy, env: TaskEnv) -> Contract:
    """What a program has to know that runs the policy, but for what was checked.

    Args:
        policy: of the run.
        env: worlds of its task.
    """
    actor, task = policy.model.actor, env.task
    groups = [name for name in actor.groups if name != PIXELS]
    deployment = _deployment(env.task, groups)
    observation = env.observe()
    inputs = {
        name: InputRecord(
            shape=tuple(observation[name].shape[1:]), dtype=str(observation[name].numpy(force=True).dtype)
        )
        for name in actor.groups
    }
    memory = {MEMORY: memory_size(actor)} if memory_size(actor) else {}
    inputs |= {name: InputRecord(shape=(size,), dtype="float32") for name, size in memory.items()}
    cameras = task.config.cameras if actor.groups != tuple(groups) else None
    return Contract(
        task=task.name,
        policy=policy.checkpoint.name,
        weights_sha256=tensors_sha256(policy.model.state_dict()),
        versions=versions(),
        rates=RatesRecord(**task.config.rates.model_dump()),
        episode_steps=task.config.episode_steps,
        inputs=inputs,
        normalization=_normalization(actor),
        video=_video(cameras, task.config.rates) if cameras else None,
        memory=memory,
        **_players_part(deployment, groups, sees=cameras is not None),
    )


def _deployment(task: Task, groups: Sequence[str]) -> Deployment | str:
    """What the task says to those who run its policies, or why it doesn't."""
    if task.config.heat:
        return "nothing outside this project follows the heat of motors"
    try:
        deployment = task.deployment()
    except ValueError as error:
        return str(error)
    if lacking := [name for name in groups if name not in deployment.groups]:
        return f"task {task.name!r} does not say how a robot would make the group {lacking[0]!r}"
    return deployment


def _players_part(deployment: Deployment | str, groups: Sequence[str], *, sees: bool) -> dict[str, Any]:
    if isinstance(deployment, str):
        nothing = {"observation": {}, "told": {}, "action": None, "success": None}
        return nothing | {"undescribed": deployment, "files": GRAPH}
    return {
        "undescribed": None,
        "files": GRAPH | PLAYER | (SEEING if sees else {}),
        "observation": {name: tuple(_term(t) for t in deployment.groups[name]) for name in groups},
        "told": deployment.told,
        "action": ActionRecord(**dataclasses.asdict(deployment.action)),
        "success": SuccessRecord.model_validate(dataclasses.asdict(deployment.success)),
    }


def _normalization(actor: Actor) -> NormalizationRecord:
    normalizer = actor.reader.normalizer
    return NormalizationRecord(
        groups=actor.reader.groups,
        mean=tuple(normalizer.mean.tolist()),
        deviation=tuple(normalizer.deviation.tolist()),
        limit=normalizer.clip,
    )


def _video(cameras: CamerasConfig, rates: Rates) -> VideoRecord:
    return VideoRecord(
        cameras=tuple(
            CameraRecord(
                name=c.name, width=c.width, height=c.height, stride=rates.video_hz // (c.hz or rates.video_hz)
            )
            for c in cameras.cameras
        ),
        frames=rates.video_hz // rates.control_hz,
        late=round(cameras.latency * rates.video_hz),
    )


def _term(term: Term) -> TermRecord:
    return TermRecord.model_validate(dataclasses.asdict(term))
