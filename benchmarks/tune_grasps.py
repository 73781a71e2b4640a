"""Tune the free numbers of grasps in `configs/grasps/`, and write what was found there.

    .venv/bin/python benchmarks/tune_grasps.py --generations 6 9 14

Without numbers it tunes all 33. A grasp's file is written only where the search found a candidate without faults, or
one better than the numbers that the file has.
"""

import argparse

from envs.grasping.hands import our_hand
from envs.grasping.trial import TrialRunner, moments
from envs.grasping.tuning import SEARCH, Tuner, costs
from hand_model.grasps import dump_grasp, grasp_names, load_grasp
from hand_model.sheets import SHEETS


def tune(name: str, generations: int, starts: int, seed: int) -> str:
    """Tune one grasp; returns what came of it."""
    hand, grasp = our_hand(), load_grasp(name)
    before = float(costs(hand, grasp, TrialRunner(hand, grasp, 1).run([grasp], moments(SEARCH)))[0])
    found = Tuner(hand, grasp, seed=seed, starts=starts).run(generations, print)
    if found.cost < before:
        (SHEETS / "grasps" / f"{name}.yaml").write_text(dump_grasp(found.grasp), encoding="utf-8")
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
    arguments = parser.parse_args()
    for name in grasp_names():
        if not arguments.numbers or int(name[:2]) in arguments.numbers:
            print(tune(name, arguments.generations, arguments.starts, arguments.seed), flush=True)


if __name__ == "__main__":
    main()
