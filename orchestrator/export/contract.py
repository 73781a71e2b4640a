"""`contract.json`: all that a program needs beside the graph to run an exported policy."""

from orchestrator.records import Interval, Record

Numbers = tuple[float, ...]


class SignalRecord(Record):
    """Numbers that a running simulation has; see `envs.deployment.Signal`.

    Attributes:
        kind: of MuJoCo's objects, or `own`.
        names: of the objects, or of what the program keeps or is told.
        field: of each object.
        part: which of all these numbers; none: all.
    """

    kind: str
    names: tuple[str, ...]
    field: str
    part: tuple[int, ...]


class TermRecord(Record):
    """`scale * (plus - minus) + offset`; see `envs.deployment.Term`."""

    plus: SignalRecord
    minus: SignalRecord | None
    scale: Numbers | float
    offset: Numbers | float


class InputRecord(Record):
    """One of the graph's inputs: its axes but the first, which is the world's, and its type."""

    shape: tuple[int, ...]
    dtype: str


class NormalizationRecord(Record):
    """What the graph itself does to the numbers that it is given: `clip((x - mean) / deviation, -limit, limit)`.

    Attributes:
        groups: put side by side in this order.
        mean: of each number.
        deviation: of each number.
        limit: largest magnitude.
    """

    groups: tuple[str, ...]
    mean: Numbers
    deviation: Numbers
    limit: float


class ActionRecord(Record):
    """From an action in [-1, 1] to `ctrl`; see `envs.deployment.ActionMap`.

    The setpoint is `rest`, or the last setpoint where that is null; `setpoint[moved] += scale * action`;
    `setpoint = clip(setpoint, low, high)`; `ctrl = matrix @ setpoint`.
    """

    joints: tuple[str, ...]
    moved: tuple[int, ...]
    scale: Numbers
    rest: Numbers | None
    low: Numbers
    high: Numbers
    matrix: tuple[Numbers, ...]


class CameraRecord(Record):
    """One camera of the model; it takes a picture every `stride` frames of video."""

    name: str
    width: int
    height: int
    stride: int


class VideoRecord(Record):
    """`pixels`: (frames, cameras, 3, height, width) uint8, oldest frame first.

    Attributes:
        cameras: in order.
        frames: of each control period.
        late: frames that pass between exposure and the policy; where an episode begins all frames show its start.
    """

    cameras: tuple[CameraRecord, ...]
    frames: int
    late: int


class BoundRecord(Record):
    """Holds where every row of `value`, `width` numbers each, is shorter than `limit`; a single number is as it is."""

    value: TermRecord
    width: int
    limit: float


class SuccessRecord(Record):
    """An episode ends well whose bounds hold, some in every control step, some at its end."""

    throughout: tuple[BoundRecord, ...]
    at_end: tuple[BoundRecord, ...]


class RatesRecord(Record):
    """Hz."""

    physics_hz: int
    control_hz: int
    video_hz: int


class Checked(Record):
    """What was held against what before the files were written.

    Attributes:
        episodes: held-out ones.
        steps: control steps in them, of all worlds together.
        action_difference: largest between ONNX Runtime's actions and torch's on what the episodes observed, each with
            its own memory.
        observation_difference: largest between the observations that the contract describes and the task's own; null
            where it describes none.
        control_difference: largest between the controls that it makes of the actions and the task's own, rad or m;
            null likewise. Whether an episode goes on, and ended well, was the same, too.
        success_rate: of the policy in these episodes, in this project.
        success_ci95: its interval.
    """

    episodes: int
    steps: int
    action_difference: float
    observation_difference: float | None = None
    control_difference: float | None = None
    success_rate: float
    success_ci95: Interval


class Contract(Record):
    """All of it.

    Attributes:
        format: version of this layout.
        task: name of the task.
        policy: checkpoint that was exported.
        weights_sha256: checksum of the run's networks.
        versions: of the libraries that made the files.
        files: what lies beside this one, and what it is.
        rates: of physics, control and video.
        episode_steps: control steps in an episode.
        inputs: of the graph, in order; the memory is one.
        undescribed: why nothing says how observations are made, what becomes of actions and what success is, so that
            there is no player either; null where all this is said.
        observation: terms of each group of numbers, in order.
        told: what the numbers are that someone else comes up with in each control step, by their name.
        normalization: what the graph does to them.
        video: how pixels are made, where the policy sees.
        memory: inputs that are zero where an episode begins, by name, and their sizes; afterwards each is the output of
            the same place behind the action.
        action: what becomes of an action; null where that is not said.
        success: when an episode ended well; null likewise.
        checked: what was compared; null only while that is going on.
    """

    format: int = 3
    task: str
    policy: str
    weights_sha256: str
    versions: dict[str, str]
    files: dict[str, str]
    rates: RatesRecord
    episode_steps: int
    inputs: dict[str, InputRecord]
    undescribed: str | None
    observation: dict[str, tuple[TermRecord, ...]]
    told: dict[str, str]
    normalization: NormalizationRecord
    video: VideoRecord | None
    memory: dict[str, int]
    action: ActionRecord | None
    success: SuccessRecord | None
    checked: Checked | None = None
