"""How much information goes into a policy and how little comes out: video, features, controls."""

import math

import mujoco
import torch
from torch import Tensor

from envs.cameras.config import CamerasConfig
from envs.joints import actuated_joints
from envs.task import TaskConfig
from orchestrator.evaluation.text import data_rate, ratio
from orchestrator.records import Record
from policies.networks import NetworkConfig

_TURN = 2 * math.pi / 4096
"""Resolution of a hinge's encoder, rad: 12 bits a turn, as small magnetic encoders have (ams AS5600, data sheet)."""

_SLIDE = 1e-4
"""Of a slide's, m; an estimate."""

_CONTROL_BYTES = 2
"""Of one joint's target on a bus: 12 bits take a word of 16."""

_NUMBER_BYTES = 4
"""Of a number in an observation or a feature, in single precision."""


class Stage(Record):
    """What passes between two parts of the policy.

    Attributes:
        name: `video`, `numbers` (joint encoders, commands and whatever else is not video), `features` (what the
            video's encoder puts out), `controls` (joint targets as words on a bus) or `entropy` (what a perfect code of
            each joint's movements would take, each joint and control on its own).
        bits_per_second: of one robot.
        compression: how many times fewer bits than the stage before; of the first, none.
    """

    name: str
    bits_per_second: float
    compression: float | None = None


class Bits(Record):
    """From photons to controls.

    Attributes:
        stages: in the order of their passing, those that the policy has. `features` count from `video`, `controls`
            from `features` and `numbers` together.
        entropy_bits_per_control: of the changes of all joint targets in a control step, at the encoders' resolution;
            null where the task commands no joints.
        compression: of all of it, inputs to controls.
    """

    stages: tuple[Stage, ...]
    entropy_bits_per_control: float | None
    compression: float

    def rate(self, name: str) -> float | None:
        """Bits per second of a stage; None where the policy does not have it."""
        return next((stage.bits_per_second for stage in self.stages if stage.name == name), None)


def bits_line(bits: Bits) -> str:
    """`892 kB/s in, 756 B/s out (1,180 to 1)`."""
    given = sum(bits.rate(name) or 0.0 for name in ("video", "numbers"))
    out = data_rate(bits.rate("controls") or 0.0)
    return f"{data_rate(given)} in, {out} out ({ratio(bits.compression)})"


def count_bits(
    network: NetworkConfig, task: TaskConfig, numbers: int, joints: int, entropy: float | None
) -> Bits:
    """Count what a policy takes in and puts out.

    Args:
        network: of the policy.
        task: its rates and cameras.
        numbers: that the policy reads in a control step, video apart.
        joints: that it commands.
        entropy: bits of the changes of all joint targets in a control step, if they are known.
    """
    hz = task.rates.control_hz
    video = video_bits(task.cameras, task.rates.video_hz) if network.sees and task.cameras else 0.0
    read = 8.0 * _NUMBER_BYTES * numbers * hz
    features = 8.0 * _NUMBER_BYTES * network.vision.embedding * hz if video else 0.0
    controls = 8.0 * _CONTROL_BYTES * joints * hz
    stages = [Stage(name="numbers", bits_per_second=read)]
    if video:
        seen = Stage(name="features", bits_per_second=features, compression=video / features)
        stages = [Stage(name="video", bits_per_second=video), seen, *stages]
    inner = (features + read) / controls
    stages.append(Stage(name="controls", bits_per_second=controls, compression=inner))
    if entropy:
        code = Stage(name="entropy", bits_per_second=entropy * hz, compression=controls / (entropy * hz))
        stages.append(code)
    return Bits(stages=tuple(stages), entropy_bits_per_control=entropy, compression=(video + read) / controls)


def video_bits(cameras: CamerasConfig, video_hz: int) -> float:
    """Bits per second of all cameras' video, three bytes a pixel, not compressed."""
    return 8.0 * sum(3 * c.width * c.height * (c.hz or video_hz) for c in cameras.cameras)


class Movements:
    """Changes of joint targets from one control step to the next, in counts of the joints' encoders.

    Args:
        model: whose actuators drive the joints.
        targets: (nworld, nu) rad or m at the episodes' start.
    """

    def __init__(self, model: mujoco.MjModel, targets: Tensor) -> None:
        slides = [int(model.jnt_type[j]) == mujoco.mjtJoint.mjJNT_SLIDE for j in actuated_joints(model)]
        self._resolution = torch.tensor(
            [_SLIDE if slide else _TURN for slide in slides], device=targets.device
        )
        self._before = self._counts(targets)
        self._rows: list[Tensor] = []

    def add(self, targets: Tensor, alive: Tensor) -> None:
        """Take in a control step of the `alive` worlds (nworld,) bool."""
        now = self._counts(targets)
        self._rows.append((now - self._before)[alive].cpu())
        self._before = now

    def rows(self) -> Tensor:
        """All of them, (n, nu) int32."""
        return torch.cat(self._rows)

    def _counts(self, targets: Tensor) -> Tensor:
        return (targets / self._resolution).round().to(torch.int32)


def entropy_bits(rows: Tensor) -> float:
    """Entropy of whole numbers, summed over columns, each on its own: an upper bound on that of a row.

    Each column's has Miller's correction of the bias, (kinds - 1) / 2n nats (Miller 1955, "Note on the bias of
    information estimates").

    Args:
        rows: (n, k) int32.
    """
    total = 0.0
    for column in rows.unbind(1):
        counts = torch.unique(column, return_counts=True)[1].double()
        share = counts / counts.sum()
        total += float(-(share * share.log2()).sum())
        total += (len(counts) - 1) / (2 * len(column)) / math.log(2)
    return total
