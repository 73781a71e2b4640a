"""The referee of `hand-over`: whether the object went from one hand to the other, and stayed there."""

from envs.referees.matches import BLUE, RED, MatchVerdict, bodies_of, compare_robots, start_of
from envs.referees.recording import Recording
from envs.referees.replay import Allowance, Touch, inspect_model, replay
from envs.referees.tug import GRIP_DEPTH, TRAY


def judge_hand_over(recording: Recording, seconds: float) -> MatchVerdict:
    """Judge a hand-over.

    Args:
        recording: to its end.
        seconds: for which the receiver alone has to hold the tray.
    """
    verdict = MatchVerdict(score=0.0)
    model = recording.model
    inspect_model(model, TRAY, verdict)
    compare_robots(model, verdict)
    giver, receiver = _roles(recording)
    held = 0.0
    needed = seconds - recording.substeps * model.opt.timestep  # the step in which it was let go
    for touch in replay(recording, TRAY, verdict, Allowance(depth=GRIP_DEPTH)):
        verdict.seconds += float(model.opt.timestep)
        held = held + float(model.opt.timestep) if _held_by(touch, receiver, giver) else 0.0
    verdict.score = 1.0 if held >= needed else 0.0
    verdict.success = not verdict.faults
    return verdict


def _roles(recording: Recording) -> tuple[frozenset[int], frozenset[int]]:
    """Bodies of whoever has the tray at the start, and of the other: who is nearer."""
    data, model = start_of(recording), recording.model
    tray = data.body(TRAY).xpos[0]
    red, blue = bodies_of(model, RED), bodies_of(model, BLUE)
    return (red, blue) if tray < 0 else (blue, red)


def _held_by(touch: Touch, holder: frozenset[int], other: frozenset[int]) -> bool:
    """Whether the holder touches the tray, and neither the other nor the ground does."""
    return bool(touch.partners & holder) and not touch.partners & other and 0 not in touch.partners
