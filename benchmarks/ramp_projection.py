"""Time and memory of a projection: 10,000 and 1,000,000 paths of the owner's plan, 240 months, 15 components.

    .venv/bin/python benchmarks/ramp_projection.py

Each size runs in a process of its own, once small to warm up and once timed; what is timed is the sampling and the
bands, as `seconds` in `projection.json` is, without sensitivities and the page. CPU time is that of all threads: on a
busy machine it says more than the wall clock. `benchmarks/results/ramp_projection.json` holds the figures.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from orchestrator.provenance import git_revision, this_machine
from orchestrator.ramp.files import load_ramp_config
from orchestrator.ramp.gather import threads
from orchestrator.ramp.inputs import read_inputs
from orchestrator.ramp.project import gather

RESULT = Path(__file__).parent / "results" / "ramp_projection.json"
SIZES = (10_000, 1_000_000)
WARM_UP = 5_000


def measure(paths: int) -> dict[str, Any]:
    """Seconds, CPU seconds and peak memory of so many paths in this process."""
    config, file = load_ramp_config("owners-plan", [f"paths={paths}"])
    inputs = read_inputs(config, file.parent)
    gather(config.model_copy(update={"paths": WARM_UP}), inputs)
    wall, cpu = time.perf_counter(), time.process_time()
    gathered = gather(config, inputs)
    return {
        "paths": paths,
        "months": config.months,
        "components": len(config.components),
        "threads": threads(),
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "made_p50": float(gathered.quantiles["cumulative"][3, -1]),
    }


def main() -> None:
    """Both sizes, one after the other."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    sizes = []
    for paths in SIZES:
        done = subprocess.run(
            [sys.executable, __file__, str(paths)], check=True, stdout=subprocess.PIPE, text=True
        )
        sizes.append(json.loads(done.stdout))
        print(sizes[-1], flush=True)
    result = {
        "command": "python benchmarks/ramp_projection.py",
        "git_revision": git_revision(),
        "machine": this_machine(threads()).model_dump(mode="json"),
        "sizes": sizes,
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
