"""Which referee judges which task."""

from collections.abc import Callable, Mapping
from typing import Any

from envs.referees.blocks import judge_blocks
from envs.referees.carry import judge_carry
from envs.referees.grasp import judge_grasp
from envs.referees.hand_over import judge_hand_over
from envs.referees.insert import judge_insert
from envs.referees.lift_beam import judge_lift_beam
from envs.referees.locomotion import judge_locomotion
from envs.referees.matches import MatchVerdict
from envs.referees.place import judge_place
from envs.referees.recording import Recording
from envs.referees.reorient import judge_reorient
from envs.referees.replay import Findings
from envs.referees.sumo import judge_sumo
from envs.referees.thumb_war import judge_thumb_war
from envs.referees.tug import judge_tug
from envs.referees.turn import judge_turn

Judge = Callable[[Recording, Mapping[str, Any]], Findings]
"""Judges an episode by what was asked: the task's config as plain data."""

MatchJudge = Callable[[Recording, Mapping[str, Any]], MatchVerdict]
"""Judges a match likewise, and says who won."""


def _turn(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    return judge_turn(recording, asked["turns"], asked["hand"]["side"] == "right")


def _reorient(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    return judge_reorient(recording, asked["wanted"], asked["tolerance_rad"])


def _grasp(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    return judge_grasp(recording, asked["height"], asked["seconds"])


def _insert(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    return judge_insert(recording, asked["depth"], asked["clearance"])


def _locomotion(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    least, most = asked["randomization"]["push"]
    return judge_locomotion(recording, most, least)


def _carry(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    least, most = asked["randomization"]["push"]
    return judge_carry(recording, asked["box_mass"], most, least)


def _tug(recording: Recording, asked: Mapping[str, Any]) -> MatchVerdict:
    return judge_tug(recording, asked["line"])


def _hand_over(recording: Recording, asked: Mapping[str, Any]) -> MatchVerdict:
    return judge_hand_over(recording, asked["seconds"])


def _thumb_war(recording: Recording, asked: Mapping[str, Any]) -> MatchVerdict:
    return judge_thumb_war(recording, asked["seconds"], asked["height"])


def _sumo(recording: Recording, asked: Mapping[str, Any]) -> MatchVerdict:
    return judge_sumo(recording, asked["radius"], asked["tilt_deg"], asked["height"])


def _place(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    return judge_place(recording, asked["tolerance"], asked["upright_deg"], asked["rest_seconds"])


def _blocks(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    return judge_blocks(recording, asked["tolerance"], asked["tolerance_rad"])


def _lift_beam(recording: Recording, asked: Mapping[str, Any]) -> Findings:
    return judge_lift_beam(recording, asked["tolerance"], asked["level_deg"])


JUDGES: dict[str, Judge] = {
    "hand-turn": _turn,
    "hand-reorient": _reorient,
    "hand-reorient-visual": _reorient,
    "hand-grasp": _grasp,
    "hand-grasp-visual": _grasp,
    "hand-insert": _insert,
    "hand-push": _blocks,
    "humanoid-stand": _locomotion,
    "humanoid-walk": _locomotion,
    "humanoid-carry": _carry,
    "humanoid-place": _place,
    "humanoid-rearrange": _blocks,
    "humanoid-lift-beam": _lift_beam,
}
"""By the task's name."""

MATCH_JUDGES: dict[str, MatchJudge] = {
    "hand-tug": _tug,
    "hand-over": _hand_over,
    "thumb-war": _thumb_war,
    "humanoid-sumo": _sumo,
}
"""Of matches, by the task's name."""
