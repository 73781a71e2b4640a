"""`export`: writes a run's policy as an ONNX graph, a model, a contract and a player, and checks them first."""

import shutil
import tempfile
from pathlib import Path

import mujoco
import numpy as np

from envs.imperfections import ImperfectConfig
from envs.randomization import RandomizationConfig
from orchestrator.errors import InputError, check_writable
from orchestrator.evaluation.policy import load_policy, make_env
from orchestrator.evaluation.progress import ShareCallback
from orchestrator.export import player
from orchestrator.export.check import check
from orchestrator.export.contract import Contract
from orchestrator.export.describe import describe
from orchestrator.export.starts import exported_model
from orchestrator.training.config import TrainConfig
from orchestrator.training.run_directory import RunDirectory
from policies.onnx_export import export_onnx

CONTRACT = "contract.json"
_PLAYERS = Path(player.__file__).parent


def export(
    run: RunDirectory, out: Path, episodes: int, seed: int, progress: ShareCallback | None = None
) -> Contract:
    """Export a run's newest policy.

    The policy plays held-out episodes; in each of their steps ONNX Runtime is asked the same as torch, and in some
    worlds the observations and controls are made once more as the contract says. Nothing is written where they differ.

    Args:
        run: the newest complete checkpoint is taken.
        out: folder; an earlier export in it is replaced.
        episodes: that are checked and given along.
        seed: of the episodes.
        progress: told how far it has come.

    Raises:
        InputError: the run has no policy, its task does not say how to run one, or something else lies in `out`.
        orchestrator.export.check.ExportError: something differs.
    """
    _check_replaceable(out)
    policy = load_policy(run)
    env = make_env(_alike(policy.config), worlds=episodes, seed=seed)
    contract = describe(policy, env)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
        folder = Path(scratch, "export")
        folder.mkdir()
        contract.write(folder / CONTRACT)
        export_onnx(policy.model.actor.cpu(), env.observe(), folder / "policy.onnx")
        if not contract.undescribed:
            mujoco.mj_saveModel(exported_model(env), str(folder / "model.mjb"))
        checked, episodes_played = check(env, policy.model.actor, contract, folder, progress)
        contract = contract.model_copy(update={"checked": checked})
        contract.write(folder / CONTRACT)
        if not contract.undescribed:
            np.savez_compressed(folder / "episodes.npz", **episodes_played)  # pyright: ignore[reportArgumentType]
        for name in contract.files:
            if (source := _PLAYERS / name).is_file():
                shutil.copyfile(source, folder / name)
        if out.exists():
            shutil.rmtree(out)
        folder.replace(out)
    return contract


def _alike(config: TrainConfig) -> TrainConfig:
    """With robots that are all alike, for one model goes along, and on the engine that will run it."""
    task = config.evaluated
    if isinstance(task, ImperfectConfig):
        task = task.model_copy(update={"randomization": RandomizationConfig()})
    return config.model_copy(update={"evaluation": task, "backend": "cpu"})


def _check_replaceable(out: Path) -> None:
    check_writable(out, "--out")
    if out.is_dir() and any(out.iterdir()) and not (out / CONTRACT).is_file():
        raise InputError(
            f"--out {out}", "expected a new or empty folder, or an earlier export; this one is neither"
        )
