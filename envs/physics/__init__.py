"""Physics backends behind one protocol."""

from envs.physics.cpu import CpuPhysics
from envs.physics.protocol import Physics, PhysicsOverflowError

__all__ = ["CpuPhysics", "Physics", "PhysicsOverflowError"]
