"""Physics backends behind one protocol."""

from __future__ import annotations

from typing import Literal

import mujoco
import torch

from envs.physics.cpu import CpuPhysics
from envs.physics.protocol import Physics, PhysicsOverflowError

Backend = Literal["auto", "cpu", "warp"]


def make_physics(
    model: mujoco.MjModel,
    nworld: int,
    backend: Backend = "auto",
    threads: int = 0,
    device: str | None = None,
    nconmax: int | None = None,
    njmax: int | None = None,
) -> Physics:
    """Make simulations on the backend that suits the machine, or on the one named.

    Args:
        model: copied.
        nworld: number of simulations.
        backend: "cpu" is MuJoCo on threads, "warp" MuJoCo Warp, "auto" the latter where there is a GPU.
        threads: threads of the CPU backend; 0 for every CPU this process may use.
        device: the Warp backend's device; None for the first GPU, or Warp's CPU device without one.
        nconmax: the Warp backend's contacts per world, on average; None for an estimate.
        njmax: the Warp backend's constraints in any world; None for an estimate.

    Returns:
        The simulations, at the model's defaults.
    """
    if backend == "auto":
        backend = "warp" if torch.cuda.is_available() else "cpu"
    if backend == "cpu":
        return CpuPhysics(model, nworld, threads)
    from envs.physics.warp import WarpPhysics  # here, as Warp takes seconds to import

    return WarpPhysics(model, nworld, device, nconmax, njmax)


__all__ = ["Backend", "CpuPhysics", "Physics", "PhysicsOverflowError", "make_physics"]
