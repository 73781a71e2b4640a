"""Tune the free numbers of grasps in `configs/grasps/`, and write what was found there.

    .venv/bin/python benchmarks/tune_grasps.py --generations 6 9 14

Without numbers it tunes all 33. A grasp's file is written only where the search found a candidate without faults, or
one better than the numbers that the file has.
"""

import argparse
from pathlib import Path

from envs.grasping.hands import GraspHand, our_hand
from envs.grasping.shadow import shadow_hand
from envs.grasping.trial import TrialRunner, moments
from envs.grasping.tuning import SEARCH, Tuner, costs
from hand_model.grasps import dump_grasp, grasp_names, load_grasp
from hand_model.sheets import SHEETS


def tune(name: str, hand: GraspHand, folder: Path, generations: int, starts: int, seed: int) -> str:
    """Tune one grasp from the numbers in `folder`, or else from this project's hand's; returns what came of it."""
    path = folder / f"{name}.yaml"
    grasp = load_grasp(str(path) if path.exists() else name)
    before = float(costs(hand, grasp, TrialRunner(hand, grasp, 1).run([grasp], moments(SEARCH)))[0])
    found = Tuner(hand, grasp, seed=seed, starts=starts).run(generations, print)
    if found.cost < before or not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(dump_grasp(found.grasp if found.cost < before else grasp), encoding="utf-8")
    return f"{name}: {before:.2f} -> {min(found.cost, before):.2f} in {found.trials} trials"


def main() -> None:
    """Tune the grasps that were named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--generations", type=int, default=6)
    parser.add_argument(
        "--starts", type=int, default=1, help="searches for the pose, from places around the file's"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hand", choices=["ours", "shadow"], default="ours")
    arguments = parser.parse_args()
    ours = arguments.hand == "ours"
    hand, folder = (our_hand(), SHEETS / "grasps") if ours else (shadow_hand(), SHEETS / "grasps" / "shadow")
    for name in grasp_names():
        if not arguments.numbers or int(name[:2]) in arguments.numbers:
            print(
                tune(name, hand, folder, arguments.generations, arguments.starts, arguments.seed), flush=True
            )


if __name__ == "__main__":
    main()
