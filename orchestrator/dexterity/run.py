"""Measure a design, and what it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass

from hand_model import HandConfig
from hand_model.dexterity.fist import track_fist
from hand_model.dexterity.measure import Dexterity, measure_hand
from hand_model.dexterity.opposition import kapandji, score
from hand_model.dexterity.ours import our_hand
from hand_model.dexterity.shadow import shadow_folder, shadow_hand
from orchestrator.dexterity.feix import GraspTrial, try_grasps
from orchestrator.dexterity.records import FistRow, HandResult, Measured, beside_people
from orchestrator.errors import InputError, nearest

PEERS = {"shadow": shadow_hand}
"""Hands of others, by name."""


@dataclass(frozen=True)
class Measurement:
    """A measured design.

    Attributes:
        result: its figures.
        ours: as it was measured.
        peers: the hands beside it, by name.
        grasps: the grasps that were tried.
    """

    result: HandResult
    ours: Dexterity
    peers: dict[str, Dexterity]
    grasps: list[GraspTrial]


def peer_names(asked: str | None) -> list[str]:
    """Names of the hands to measure beside.

    Args:
        asked: `none`, a name, or nothing: then those that are installed.

    Raises:
        InputError: there is no such hand, or it is not installed.
    """
    if asked is None:
        return ["shadow"] if shadow_folder() else []
    if asked == "none":
        return []
    if asked not in PEERS:
        raise InputError(f"--beside {asked}", f"expected shadow or none{nearest(asked, [*PEERS, 'none'])}")
    if not shadow_folder():
        raise InputError(
            "--beside shadow", "its model is in the package gymnasium-robotics, which is not installed"
        )
    return [asked]


def measure_design(
    config: HandConfig,
    peers: list[str],
    grasps: bool = True,
    progress: Callable[[float], None] = lambda share: None,
) -> Measurement:
    """Measure a design.

    Args:
        config: the hand.
        peers: names of others to measure beside it.
        grasps: whether to try the grasps, which takes longer than all else.
        progress: told which share of the work is done.
    """
    parts = 1 + len(peers) + grasps
    ours = measure_hand(our_hand(config), lambda share: progress(share / parts))
    others = {}
    for number, name in enumerate(peers, start=1):
        progress(number / parts)
        others[name] = measure_hand(
            PEERS[name](), lambda share, done=number: progress((done + share) / parts)
        )
    other_side = "left" if config.side == "right" else "right"
    mirrored = score(kapandji(our_hand(config.model_copy(update={"side": other_side}))))
    tried = try_grasps(config, lambda share: progress((parts - 1 + share) / parts)) if grasps else []
    progress(1.0)
    scores = {config.side: ours.kapandji, other_side: mirrored}
    result = HandResult(
        **Measured.figures(ours),  # pyright: ignore[reportArgumentType]
        variant=config.transmission,
        side=config.side,
        kapandji_by_side={side: scores[side] for side in ("right", "left")},
        feix={trial.grasp.name: trial.held for trial in tried},
        fist=[FistRow.of(joint) for joint in track_fist(config)],
        people=beside_people(ours),
        beside={name: Measured.model_validate(Measured.figures(other)) for name, other in others.items()},
    )
    return Measurement(result, ours, others, tried)
