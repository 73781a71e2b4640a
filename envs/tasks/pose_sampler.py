"""Joint poses without self-penetration, drawn uniformly over the joints' ranges; followers follow."""

import mujoco
import numpy as np
import torch
from mujoco.batch import Batch
from torch import Tensor

from hand_model import couple

_STAGE = int(mujoco.mjtStage.mjSTAGE_POS)
_SCRATCH_WORLDS = 64
_MAX_ROUNDS = 200


class PoseSampler:
    """Draws poses of every joint of a model, rejecting those in which anything touches.

    Kinematics and contacts are computed by MuJoCo in a few scratch worlds on the CPU, whatever backend the task runs
    on, so that one seed draws the same poses everywhere.

    Args:
        model: hinge and slide joints only, every one limited.
        range_fraction: share of each joint's range that is covered, centred, in (0, 1].
        sites: names of the sites whose positions go with a pose.
    """

    def __init__(self, model: mujoco.MjModel, range_fraction: float, sites: tuple[str, ...]) -> None:
        self._scratch = Batch(model, _SCRATCH_WORLDS, 1)
        self._qpos = self._scratch.bind("qpos")
        self._contacts = self._scratch.bind("ncon")
        self._positions = self._scratch.bind("site_xpos")
        limits = torch.as_tensor(model.jnt_range, dtype=torch.float64)
        self._centre = limits.mean(dim=1)
        self._half = (limits[:, 1] - limits[:, 0]) / 2 * range_fraction
        self._model = model
        self._sites = [model.site(name).id for name in sites]

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw `count` poses.

        Returns:
            Joint angles (count, nq) rad and site positions (count, nsite, 3) m in the world frame, float64.

        Raises:
            RuntimeError: so few poses are free of contact that the search was given up.
        """
        poses: list[Tensor] = []
        sites: list[Tensor] = []
        missing = count
        for _ in range(_MAX_ROUNDS + count):
            if missing == 0:
                break
            pose, site = self._try(min(2 * missing, _SCRATCH_WORLDS), generator)
            poses.append(pose[:missing])
            sites.append(site[:missing])
            missing -= len(poses[-1])
        if missing:
            raise RuntimeError(f"only {count - missing} of {count} poses without self-penetration were found")
        return torch.cat(poses), torch.cat(sites)

    def _try(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        unit = 2 * torch.rand(count, len(self._half), generator=generator, dtype=torch.float64) - 1
        pose = self._centre + self._half * unit
        couple(self._model, pose.numpy())
        self._qpos[:count] = pose.numpy()
        self._scratch.forward(np.arange(count), stage=_STAGE)
        free = torch.from_numpy(self._contacts[:count] == 0)
        sites = torch.from_numpy(self._positions[:count][:, self._sites])
        return pose[free], sites[free]
