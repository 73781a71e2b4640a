"""Export a run and let the exported player play: does plain MuJoCo with ONNX Runtime succeed as often as the run?

    python benchmarks/export.py runs/hand-reach-seed-0 --episodes 200

`benchmarks/results/export.json` has what was compared while exporting, the player's success rate, whether it is in the
run's 95% interval, and the share of episodes that end alike.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from seeds import EVALUATION_SEED, RESULTS, optimus

from orchestrator.provenance import origin


def main() -> None:
    """Export, play, and write down what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--episodes", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out, episodes = Path(folder, "export"), str(given.episodes)
        asked = ["--out", str(out), "--episodes", episodes, "--seed", str(EVALUATION_SEED)]
        contract = optimus("export", str(given.run), *asked)
        player = [sys.executable, "-I", str(out / "player.py")]
        played = json.loads(subprocess.run(player, check=True, stdout=subprocess.PIPE).stdout)
    low, high = contract["checked"]["success_ci95"]
    result = origin(threads=1) | {
        "command": " ".join(["python", "benchmarks/export.py", *sys.argv[1:]]),
        "task": contract["task"],
        "policy": contract["policy"],
        "weights_sha256": contract["weights_sha256"],
        "checked": contract["checked"],
        "player": played,
        "player_within_interval": low <= played["success_rate"] <= high,
    }
    (RESULTS / "export.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: result[k] for k in ("checked", "player", "player_within_interval")}, indent=1))


if __name__ == "__main__":
    main()
