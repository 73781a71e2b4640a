"""Tune the free numbers of grasps in `configs/grasps/`, and write what was found there.

    .venv/bin/python benchmarks/tune_grasps.py --generations 6 9 14

Without numbers it tunes all 33. A search ends when the referee calls its best candidate held for `--hold` seconds under
each gravity and push. A grasp's file is written where that was found, or numbers that are better than the file's.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from envs.grasping.hands import GraspHand, our_hand
from envs.grasping.recording import record_trial
from envs.grasping.referee import judge
from envs.grasping.shadow import shadow_hand
from envs.grasping.trial import Schedule, TrialRunner, moments
from envs.grasping.tuning import SEARCH, Tuner, costs
from hand_model.grasps import Grasp, dump_grasp, grasp_names, load_grasp
from hand_model.sheets import SHEETS


def held(hand: GraspHand, grasp: Grasp, hold: float) -> bool:
    """Whether the referee calls a grasp held for `hold` s under each gravity and push."""
    found = judge(record_trial(hand, grasp, Schedule(hold=hold)), hand, grasp, hold)
    if found.faults:
        print(f"  refused: {found.faults[0]}", flush=True)
    return found.held


def tune(name: str, hand: GraspHand, folder: Path, options: argparse.Namespace) -> str:
    """Tune one grasp from the numbers in `folder`, or else from this project's hand's; returns what came of it."""
    path = folder / f"{name}.yaml"
    grasp = load_grasp(str(path) if path.exists() else name)
    schedule = replace(SEARCH, hold=options.search_hold)
    before = float(costs(hand, grasp, TrialRunner(hand, grasp, 1).run([grasp], moments(schedule)))[0])
    accepted: list[Grasp] = []

    def accept(candidate: Grasp) -> bool:
        if held(hand, candidate, options.hold):
            accepted.append(candidate)
        return bool(accepted)

    tuner = Tuner(hand, grasp, seed=options.seed, starts=options.starts, schedule=schedule)
    found = tuner.run(options.generations, lambda line: print(" ", line, flush=True), accept)
    if accepted or found.cost < before or not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        better = accepted or found.cost < before
        path.write_text(dump_grasp(found.grasp if better else grasp), encoding="utf-8")
    how = "held" if accepted else "not held"
    return f"{name}: {how}, {before:.2f} -> {found.cost:.2f} in {found.trials} trials"


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
    parser.add_argument(
        "--hold", type=float, default=5.0, help="seconds of the holds that the referee judges"
    )
    parser.add_argument(
        "--search-hold", type=float, default=SEARCH.hold, help="seconds of the search's holds"
    )
    parser.add_argument("--hand", choices=["ours", "shadow"], default="ours")
    arguments = parser.parse_args()
    ours = arguments.hand == "ours"
    hand, folder = (our_hand(), SHEETS / "grasps") if ours else (shadow_hand(), SHEETS / "grasps" / "shadow")
    for name in grasp_names():
        if not arguments.numbers or int(name[:2]) in arguments.numbers:
            print(tune(name, hand, folder, arguments), flush=True)


if __name__ == "__main__":
    main()
