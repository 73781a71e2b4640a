"""A model of an iteration's time on many devices: simulation, update, communication, stragglers, failures.

Devices step in lockstep: every minibatch ends with an all-reduce, so an iteration takes as long as its slowest device.

- simulation: T (o_s + w c_s), for T control steps of w worlds on each device;
- update: E M o_u + E T w c_u, for E epochs of M minibatches;
- communication: an all-reduce of n bytes over G devices takes 2 log2(G) hops of a tree and 2 n (G - 1) / G bytes
  through each device's link (Thakur, Rabenseifner and Gropp 2005, section 4);
- stragglers: the slowest of G devices, whose times are normal with relative spread s, takes
  1 + s Phi^-1((G - 3/8) / (G + 1/4)) times the mean (Blom 1958);
- failures: with checkpoints of d seconds every t seconds and a failure of the group every m / G seconds, each of
  which costs half an interval and r seconds of recovery, the share of useful time is 1 / (1 + d/t + G (t/2 + r) / m)
  (Young 1974, to first order).
"""

import math
from dataclasses import dataclass, fields
from statistics import NormalDist

REDUCTIONS_PER_MINIBATCH = 3
"""Gradients of the actor and of the critic, and the figures that the step size follows."""

REDUCTIONS_PER_ITERATION = 14
"""Moments of advantages, returns and two normalizers, three reductions each, mean rewards and episodes' figures."""


@dataclass(frozen=True)
class Machine:
    """Figures of `Hardware` as numbers, in SI units.

    Attributes:
        step_overhead: s.
        step: s per world.
        update_overhead: s per minibatch.
        update: s per sample and epoch.
        hop: s, within a machine.
        node_hop: s, between machines.
        bandwidth: byte/s, within a machine.
        node_bandwidth: byte/s, between machines.
        spread: relative standard deviation of a device's time.
        between_failures: of a device, s.
        recover: s.
        recover_per_worker: s.
        checkpoint: s.
    """

    step_overhead: float
    step: float
    update_overhead: float
    update: float
    hop: float = 0.0
    node_hop: float = 0.0
    bandwidth: float = math.inf
    node_bandwidth: float = math.inf
    spread: float = 0.0
    between_failures: float = math.inf
    recover: float = 0.0
    recover_per_worker: float = 0.0
    checkpoint: float = 0.0


@dataclass(frozen=True)
class Work:
    """What one iteration of a run is.

    Attributes:
        worlds: of one device.
        rollout_steps: control steps of each.
        epochs: over the rollout.
        minibatches: of an epoch.
        gradient_bytes: of all parameters.
        checkpoint_every: environment steps of all devices between checkpoints.
    """

    worlds: int
    rollout_steps: int
    epochs: int
    minibatches: int
    gradient_bytes: float
    checkpoint_every: float = math.inf


@dataclass(frozen=True)
class Scaled:
    """What the model says of a number of devices.

    Attributes:
        devices: how many.
        steps_per_second: environment steps that last, of all devices.
        efficiency: that, as a share of as many times one device without failures.
        simulation: share of the wall-clock time, as are the next.
        update: of the networks.
        communication: of gradients and statistics.
        stragglers: waiting for the slowest device.
        checkpoints: writing them.
        failures: work done again, and recovering.
    """

    devices: int
    steps_per_second: float
    efficiency: float
    simulation: float
    update: float
    communication: float
    stragglers: float
    checkpoints: float
    failures: float

    @property
    def breaks_first(self) -> str:
        """What costs most beyond simulation and update."""
        losses = [field.name for field in fields(self)[5:]]
        return max(losses, key=lambda name: getattr(self, name))


def all_reduce_seconds(machine: Machine, devices: int, size: float, per_node: int) -> float:
    """Time of one all-reduce.

    Args:
        machine: its links.
        devices: that take part.
        size: of what is reduced, bytes.
        per_node: devices of a machine.
    """
    if devices == 1:
        return 0.0
    inside, nodes = min(devices, per_node), math.ceil(devices / per_node)
    latency = 2 * (math.log2(inside) * machine.hop + math.log2(nodes) * machine.node_hop)
    link = machine.bandwidth if nodes == 1 else min(machine.bandwidth, machine.node_bandwidth)
    return latency + 2 * size * (devices - 1) / devices / link


def slowest(devices: int, spread: float) -> float:
    """Expected time of the slowest device, where the mean is 1."""
    return 1 + spread * NormalDist().inv_cdf((devices - 0.375) / (devices + 0.25)) if devices > 1 else 1.0


def scaled(machine: Machine, work: Work, devices: int, per_node: int) -> Scaled:
    """What a run makes of so many devices, each with its worlds (weak scaling)."""
    updates = work.epochs * work.minibatches
    samples = work.worlds * work.rollout_steps
    simulation = work.rollout_steps * (machine.step_overhead + work.worlds * machine.step)
    update = updates * machine.update_overhead + work.epochs * samples * machine.update
    waiting = (simulation + update) * (slowest(devices, machine.spread) - 1)
    small = updates * (REDUCTIONS_PER_MINIBATCH - 1) + REDUCTIONS_PER_ITERATION
    talking = updates * all_reduce_seconds(machine, devices, work.gradient_bytes, per_node)
    talking += small * all_reduce_seconds(machine, devices, 0.0, per_node)
    iteration = simulation + update + waiting + talking
    interval = work.checkpoint_every / (devices * samples) * iteration
    saving = machine.checkpoint / interval
    recovery = machine.recover + devices * machine.recover_per_worker
    # Without checkpoints worth the name there is nothing to lose but the recovery.
    lost = (
        devices * ((interval / 2 if math.isfinite(interval) else 0.0) + recovery) / machine.between_failures
    )
    whole = 1 + saving + lost
    wall = iteration * whole
    return Scaled(
        devices=devices,
        steps_per_second=devices * samples / wall,
        efficiency=(simulation + update) / wall,
        simulation=simulation / wall,
        update=update / wall,
        communication=talking / wall,
        stragglers=waiting / wall,
        checkpoints=saving / whole,
        failures=lost / whole,
    )
