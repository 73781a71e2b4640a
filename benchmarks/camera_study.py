"""What cameras' number, places and resolution change for a student that sees, each trained for as many steps.

    python benchmarks/camera_study.py --teacher runs/hand-reach-seed-0 --cases front front-side

trains `hand-reach-student` once for each case, with fewer steps than the config has, the learning rate and the
teacher's share falling over them, and evaluates each on the same 300 held-out episodes.
`benchmarks/results/hand_reach_student_CASE.json` holds each case's figures.
"""

import argparse
import sys

from seeds import Study, report
from vision import AVERAGED, EPISODES, seeing

STEPS, TEACHER_STEPS = 80_000, 4_000
_FOUR = ("front", "little", "wrist", "tips")
CASES = {
    "front": (("front",), 64),
    "front-side": (("front", "side"), 64),
    "three": (("front", "side", "little"), 64),
    "four": (_FOUR, 64),
    "four-32": (_FOUR, 32),
    "four-96": (_FOUR, 96),
}
"""Cameras, and the pixels of their pictures along each side, by name."""


def overrides(case: str) -> list[str]:
    """Of the student's config."""
    names, size = CASES[case]
    cameras = ", ".join(f"{{name: {name}, hz: 18, width: {size}, height: {size}}}" for name in names)
    lengths = [f"steps={STEPS}", f"distillation.teacher_steps={TEACHER_STEPS}"]
    return [f"task_config.cameras.cameras=[{cameras}]", *lengths, "threads=1"]


def main() -> None:
    """Train and evaluate the cases that are not there yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--teacher", required=True, help="run directory of hand-reach")
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    given = parser.parse_args()
    for case in given.cases:
        study = Study(
            config="hand-reach-student",
            variant=case,
            seeds=[0],
            episodes=EPISODES,
            command=" ".join(["python", "benchmarks/camera_study.py", *sys.argv[1:]]),
            further=seeing,
            averaged=AVERAGED,
            overrides=[f"distillation.teacher={given.teacher}", *overrides(case)],
        )
        report(study)


if __name__ == "__main__":
    main()
