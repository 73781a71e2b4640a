"""Let the whole robot stand for an hour on its motors' position loops: power, heat, and whether it still stands.

    .venv/bin/python benchmarks/standing.py

No policy acts: the loops hold the standing pose of `envs.humanoid.pose`, all 78 of them.
`benchmarks/results/standing.json` holds the figures.
"""

import argparse
import json
from pathlib import Path

import torch

from envs.humanoid import HumanoidConfig, build_humanoid
from envs.humanoid.layout import Layout
from envs.humanoid.pose import standing_angle, standing_height
from envs.humanoid.terrain import Terrain, TerrainConfig
from envs.joints import DrivenJoints
from envs.motors import Motors
from envs.physics import make_physics
from orchestrator.provenance import this_machine

RESULT = Path(__file__).parent / "results" / "standing.json"
PHYSICS_HZ = 180
REPORTED = (60, 600, 1800, 3600)
"""Times at which the figures are taken, s."""


def stand(config: HumanoidConfig, seconds: int) -> list[dict[str, object]]:
    """Figures at the reported times."""
    spec = build_humanoid(config)
    Terrain(TerrainConfig()).add_to(spec)
    spec.option.timestep = 1 / PHYSICS_HZ
    spec.compiler.discardvisual = True
    physics = make_physics(spec.compile(), 1, backend="cpu", threads=1)
    joints = DrivenJoints(physics.model, physics.device)
    names = joints.names
    angles = torch.tensor([standing_angle(name) for name in names])
    height = standing_height(Layout(config))
    physics.field("qpos")[0, 2] = height
    physics.field("qpos")[0, joints.position] = angles.double()
    physics.field("ctrl")[0] = joints.controls(angles).double()
    motors = Motors(physics, config.gearmotors())
    physics.forward()
    rows = []
    energy = 0.0
    for second in range(1, seconds + 1):
        motors.step(PHYSICS_HZ)
        power, energy = float(motors.energy[0]) - energy, float(motors.energy[0])
        if second in REPORTED or second == seconds:
            hottest = int(motors.heat.winding[0].argmax())
            margin = (motors.heat.limit - motors.heat.winding[0]).min()
            rows.append(
                {
                    "seconds": second,
                    "watts": round(power, 2),
                    "hip_height_m": round(float(physics.field("qpos")[0, 2]), 4),
                    "stands": float(physics.field("qpos")[0, 2]) > 0.9 * height,
                    "hottest": names[hottest],
                    "hottest_winding_celsius": round(float(motors.heat.winding[0, hottest]), 1),
                    "least_margin_kelvin": round(float(margin), 1),
                }
            )
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Stand, and write it down."""
    parser = argparse.ArgumentParser(description="Let the robot stand.")
    parser.add_argument("--seconds", type=int, default=REPORTED[-1])
    rows = stand(HumanoidConfig(), parser.parse_args().seconds)
    result = {
        "command": "python benchmarks/standing.py",
        "machine": this_machine(1).model_dump(mode="json"),
        "physics_hz": PHYSICS_HZ,
        "rows": rows,
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
