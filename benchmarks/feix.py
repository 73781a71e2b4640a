"""Carry out the 33 grasps of the GRASP taxonomy, have the referee judge the recordings, and write the figures down.

    .venv/bin/python benchmarks/feix.py
    .venv/bin/python benchmarks/feix.py --hand shadow     # needs the benchmark extra

Recordings go to `runs/feix/HAND/`, pictures too with `--pictures`; figures to `benchmarks/results/feix.json`, each
grasp's as soon as they are there. A grasp that was not held is in them with the reasons.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from envs.grasping.hands import GraspHand, our_hand
from envs.grasping.recording import held_pose, record_trial, save_recording
from envs.grasping.referee import Verdict, judge
from envs.grasping.scene import PHYSICS_HZ
from envs.grasping.shadow import shadow_grasps, shadow_hand
from envs.grasping.trial import Schedule
from hand_model.grasps import Grasp, load_grasps, object_mass

RESULTS = Path(__file__).parent / "results" / "feix.json"

_FELL_MM = 1000
"""Slip beyond which an object was dropped, mm: how far it fell says nothing."""


def figures(grasp: Grasp, verdict: Verdict, seconds: float) -> dict[str, Any]:
    """What is written down of one grasp."""
    winding = None if math.isnan(verdict.winding) else round(verdict.winding, 1)
    return {
        "name": grasp.name,
        "held": verdict.held,
        "faults": verdict.faults,
        "slip_mm": round(1000 * verdict.slip, 2),
        "rotation_deg": round(math.degrees(verdict.rotation), 1),
        "peak_winding_c": winding,
        "least_grip_n": round(verdict.grip, 2) if math.isfinite(verdict.grip) else None,
        "peak_effort": round(verdict.effort, 2),
        "penetration_mm": round(1000 * verdict.penetration, 2),
        "seconds_per_gravity": round(verdict.gravity_s, 2),
        "seconds_per_push": round(verdict.push_s, 2),
        "object_kg": round(object_mass(grasp.object), 4),
        "friction": grasp.object.friction,
        "wall_s": round(seconds, 1),
    }


def attempt(
    hand: GraspHand, grasp: Grasp, hold: float, physics_hz: int, folder: Path
) -> tuple[Verdict, np.ndarray]:
    """Carry a grasp out, record it, judge the recording; the verdict and the pose at the end of the lift."""
    recording = record_trial(hand, grasp, Schedule(hold=hold), physics_hz)
    save_recording(folder / f"{grasp.number:02d}.npz", recording)
    return judge(recording, hand, grasp, hold), held_pose(recording)


def picture(hand: GraspHand, grasp: Grasp, qpos: np.ndarray, path: Path) -> None:
    """Draw a grasp."""
    from envs.grasping.pictures import draw  # here, as the ray tracer takes seconds to import

    Image.fromarray(draw(hand, grasp, qpos)).save(path)


def contact_sheet(folder: Path, columns: int = 4, width: int = 400) -> None:
    """All pictures of a folder on one."""
    pictures = [Image.open(path) for path in sorted(folder.glob("[0-9][0-9].png"))]
    height = width * pictures[0].height // pictures[0].width
    sheet = Image.new("RGB", (columns * width, math.ceil(len(pictures) / columns) * height), "white")
    for i, image in enumerate(pictures):
        sheet.paste(image.resize((width, height)), (width * (i % columns), height * (i // columns)))
    sheet.save(folder / "grasps.png")


def main() -> None:
    """Run the grasps that were named, all by default."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--hand", choices=["ours", "shadow"], default="ours")
    parser.add_argument("--hold", type=float, default=5.0, help="seconds under each gravity and each push")
    parser.add_argument("--physics-hz", type=int, default=PHYSICS_HZ)
    parser.add_argument("--pictures", action="store_true")
    arguments = parser.parse_args()
    hand, grasps = (
        (our_hand(), load_grasps()) if arguments.hand == "ours" else (shadow_hand(), shadow_grasps())
    )
    case = f"{arguments.hand}, {arguments.hold:g} s, {arguments.physics_hz} Hz"
    folder = Path("runs/feix") / arguments.hand
    for grasp in grasps:
        if arguments.numbers and grasp.number not in arguments.numbers:
            continue
        started = time.monotonic()
        verdict, qpos = attempt(hand, grasp, arguments.hold, arguments.physics_hz, folder)
        found = figures(grasp, verdict, time.monotonic() - started)
        print(grasp.number, "held" if verdict.held else "NOT HELD", json.dumps(found), flush=True)
        write(case, hand.name, grasp, found)
        if arguments.pictures:
            picture(hand, grasp, qpos, folder / f"{grasp.number:02d}.png")
    if arguments.pictures:
        contact_sheet(folder)


def write(case: str, hand: str, grasp: Grasp, found: dict[str, Any]) -> None:
    """Put a grasp's figures into the results."""
    results = (
        json.loads(RESULTS.read_text())
        if RESULTS.exists()
        else {"command": "python benchmarks/feix.py", "cases": {}}
    )
    entry = results["cases"].setdefault(case, {"hand": hand, "held": 0, "of": 0, "grasps": {}})
    entry["grasps"][f"{grasp.number:02d}"] = found
    entry["grasps"] = dict(sorted(entry["grasps"].items()))
    entry["held"] = sum(figure["held"] for figure in entry["grasps"].values())
    entry["of"] = len(entry["grasps"])
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    RESULTS.with_suffix(".md").write_text(tables(results["cases"]))


def tables(cases: dict[str, Any]) -> str:
    """The figures as Markdown, a table for each case."""
    columns = ("slip_mm", "rotation_deg", "peak_winding_c", "least_grip_n", "penetration_mm", "object_kg")
    lines = []
    for case, entry in cases.items():
        lines += [f"**{entry['hand']}** ({case}): {entry['held']} of {entry['of']} held.", ""]
        heads = (
            "grasp",
            "held",
            "slip, mm",
            "turn, °",
            "hottest, °C",
            "least grip, N",
            "deepest, mm",
            "object, kg",
        )
        lines.append(f"| {' | '.join(heads)} |")
        lines += ["| --- | --- | --- | --- | --- | --- | --- | --- |"]
        for number, found in entry["grasps"].items():
            cells = ["-" if found[name] is None else f"{found[name]:g}" for name in columns]
            if found["slip_mm"] > _FELL_MM:
                cells[0] = "fell"
            held = "yes" if found["held"] else "no: " + found["faults"][0]
            lines.append(f"| {int(number)} {found['name']} | {held} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
