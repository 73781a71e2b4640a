"""Tasks that robots learn; each module registers its own.

Other packages' tasks come with them: an installed package names the modules that register them as entry points of the
group `optimus.tasks`.
"""

from importlib.metadata import entry_points

from envs.tasks.hand_grasp import HandGrasp, HandGraspConfig
from envs.tasks.hand_grasp_visual import HandGraspVisual, HandGraspVisualConfig
from envs.tasks.hand_insert import HandInsert, HandInsertConfig
from envs.tasks.hand_reach import HandReach, HandReachConfig
from envs.tasks.hand_reach_visual import HandReachVisual, HandReachVisualConfig
from envs.tasks.hand_reorient import HandReorient, HandReorientConfig
from envs.tasks.hand_reorient_visual import HandReorientVisual, HandReorientVisualConfig
from envs.tasks.hand_turn import HandTurn, HandTurnConfig
from envs.tasks.locomotion.carry import Carry, CarryConfig
from envs.tasks.locomotion.lift_beam import LiftBeam, LiftBeamConfig
from envs.tasks.locomotion.stand import Stand, StandConfig
from envs.tasks.locomotion.walk import Walk, WalkConfig
from envs.tasks.matches.hand_over import HandOver, HandOverConfig
from envs.tasks.matches.hand_tug import HandTug, HandTugConfig
from envs.tasks.matches.humanoid_sumo import HumanoidSumo, HumanoidSumoConfig
from envs.tasks.matches.thumb_war import ThumbWar, ThumbWarConfig
from envs.tasks.place.task import Place, PlaceConfig
from envs.tasks.push.task import HandPush, HandPushConfig
from envs.tasks.rearrange.task import HumanoidRearrange, HumanoidRearrangeConfig

for _entry in entry_points(group="optimus.tasks"):
    _entry.load()

__all__ = [
    "Carry",
    "CarryConfig",
    "HandGrasp",
    "HandGraspConfig",
    "HandGraspVisual",
    "HandGraspVisualConfig",
    "HandInsert",
    "HandInsertConfig",
    "HandOver",
    "HandOverConfig",
    "HandPush",
    "HandPushConfig",
    "HandReach",
    "HandReachConfig",
    "HandReachVisual",
    "HandReachVisualConfig",
    "HandReorient",
    "HandReorientConfig",
    "HandReorientVisual",
    "HandReorientVisualConfig",
    "HandTug",
    "HandTugConfig",
    "HandTurn",
    "HandTurnConfig",
    "HumanoidRearrange",
    "HumanoidRearrangeConfig",
    "HumanoidSumo",
    "HumanoidSumoConfig",
    "LiftBeam",
    "LiftBeamConfig",
    "Place",
    "PlaceConfig",
    "Stand",
    "StandConfig",
    "ThumbWar",
    "ThumbWarConfig",
    "Walk",
    "WalkConfig",
]
