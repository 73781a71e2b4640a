"""Export runs and let the exported players play: does plain MuJoCo with ONNX Runtime succeed as often as the run?

    python benchmarks/export.py runs/hand-reach-seed-0 runs/humanoid-walk-seed-0 --episodes 200

`benchmarks/results/export.json` has, by task, what was compared while exporting, the player's success rate, whether it
is in the run's 95% interval, and the share of episodes that end alike. Tasks that are not asked for keep their figures.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from seeds import EVALUATION_SEED, RESULTS, optimus

from orchestrator.provenance import origin

FIGURES = RESULTS / "export.json"


def exported(run: str, episodes: int) -> dict[str, Any]:
    """Export a run, let the player play, and say what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder, "export"))
        asked = ["--out", out, "--episodes", str(episodes), "--seed", str(EVALUATION_SEED)]
        contract = optimus("export", run, *asked)
        # cameras are drawn by software where there is no display
        environment = {"MUJOCO_GL": "egl"} | os.environ
        way = "seeing_player.py" if contract["video"] else "player.py"
        player = [sys.executable, "-E", "-s", f"{out}/{way}"]
        played = json.loads(
            subprocess.run(player, check=True, stdout=subprocess.PIPE, env=environment).stdout
        )
    low, high = contract["checked"]["success_ci95"]
    return origin(threads=1) | {
        "command": " ".join(["python", "benchmarks/export.py", *sys.argv[1:]]),
        "task": contract["task"],
        "policy": contract["policy"],
        "weights_sha256": contract["weights_sha256"],
        "checked": contract["checked"],
        "player": played,
        "player_within_interval": low <= played["success_rate"] <= high,
    }


def main() -> None:
    """Export and play run after run; each one's figures are written as soon as they are there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--episodes", type=int, default=200)
    given = parser.parse_args()
    for run in given.runs:
        found = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        result = exported(run, given.episodes)
        FIGURES.write_text(json.dumps(found | {result["task"]: result}, indent=1) + "\n")
        print(json.dumps({k: result[k] for k in ("task", "checked", "player")}, indent=1), flush=True)


if __name__ == "__main__":
    main()
