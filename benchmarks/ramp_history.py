"""Forecasts of past ramps beside simple methods and libraries, synthetic S-curves, and a learning rate.

    .venv/bin/python benchmarks/ramp_history.py DATA

`DATA` is a folder with `tesla_model_3_y_quarterly.csv`, `industrial_robot_installations_annual.csv` and
`pv_modules_cumulative_and_cost.csv`. It needs the extra `benchmark` (auto-ETS, Prophet) and takes some minutes.
`benchmarks/results/ramp_history.json` holds the figures.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from orchestrator.provenance import git_revision, this_machine
from orchestrator.ramp.history.priors import load_prior_file
from orchestrator.ramp.history.synthetic import (
    SEEN_BEFORE_INFLECTION,
    SEEN_HALF,
    asymptotes,
    found_within_20_percent,
    held_by_the_band,
)

RESULT = Path(__file__).parent / "results" / "ramp_history.json"
TESLA, ROBOTS, PV = (
    "tesla_model_3_y_quarterly.csv",
    "industrial_robot_installations_annual.csv",
    "pv_modules_cumulative_and_cost.csv",
)
RUNS = 500
SEEDS = 3, 4
"""Of the synthetic curves seen at least half, and of those seen before their inflection."""


def ramp(*arguments: str) -> dict[str, Any]:
    """Run a command of `optimus ramp`; returns what it prints with `--json`."""
    command = [
        sys.executable,
        "-c",
        "from orchestrator.cli.main import main; raise SystemExit(main())",
        "ramp",
    ]
    done = subprocess.run([*command, *arguments, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def synthetic() -> dict[str, Any]:
    """Shares of the synthetic runs in which the asymptote is found."""
    priors = load_prior_file().everything.curves
    half = asymptotes(RUNS, SEEDS[0], SEEN_HALF, priors)
    before = asymptotes(RUNS, SEEDS[1], SEEN_BEFORE_INFLECTION, priors)
    return {
        "runs": RUNS,
        "seen_at_least_half": {
            "found_within_20_percent": found_within_20_percent(half),
            "held_by_the_80_percent_band": held_by_the_band(half),
        },
        "seen_before_the_inflection": {
            "found_within_20_percent": found_within_20_percent(before),
            "held_by_the_80_percent_band": held_by_the_band(before),
        },
    }


def main() -> None:
    """Everything, one after the other."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: ramp_history.py DATA, a folder with the three series")
    data = Path(sys.argv[1])
    files = [str(data / name) for name in (TESLA, ROBOTS, PV)]
    backtest = ramp("backtest", *files, "--horizon", "4q,3y", "--start", "1997")
    fit = ramp("fit", files[2], "--cost", "unit_cost_usd_per_w")
    result = {
        "command": "python benchmarks/ramp_history.py DATA",
        "git_revision": git_revision(),
        "machine": this_machine().model_dump(mode="json"),
        "backtest": backtest,
        # Tesla's cars are part of the past ramps of electric cars: the same without these.
        "tesla_without_electric_cars": ramp(
            "backtest", files[0], "--horizon", "4q", "--leave-out", "electric-cars"
        ),
        "pv_learning_rate": {name: fit[name] for name in ("learning_rate", "learning_rate_se")},
        "synthetic": synthetic(),
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({"mean": backtest["mean"], "synthetic": result["synthetic"]}, indent=1))


if __name__ == "__main__":
    main()
