"""A process that draws with `mujoco.Renderer` on EGL: OpenGL has to be chosen before MuJoCo is imported.

`python -m orchestrator.benchmarks.opengl FOLDER CAMERA SIZE` reads `model.mjb` and `states.npz` (`qpos`, `mocap_pos`)
and writes `frames.npy` of all states. Then it answers each line with a number of seconds by a line
`FRAMES WALL_SECONDS CPU_SECONDS`, having drawn for so long.
"""

import os
import sys
import time
from pathlib import Path

os.environ["MUJOCO_GL"] = "egl"

import mujoco
import numpy as np

_EFFECTS = ("mjRND_SHADOW", "mjRND_REFLECTION", "mjRND_HAZE", "mjRND_FOG")


def main(folder: Path, camera: str, size: int) -> None:
    """Serve until the input ends."""
    model = mujoco.MjModel.from_binary_path(str(folder / "model.mjb"))
    model.vis.quality.offsamples = 0
    states = np.load(folder / "states.npz")
    data = mujoco.MjData(model)
    with mujoco.Renderer(model, size, size) as renderer:
        for effect in _EFFECTS:
            renderer.scene.flags[getattr(mujoco.mjtRndFlag, effect)] = 0

        def draw(state: int) -> np.ndarray:
            data.qpos[:], data.mocap_pos[:] = states["qpos"][state], states["mocap_pos"][state]
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            mujoco.mj_camlight(model, data)
            renderer.update_scene(data, camera)
            return renderer.render()

        count = len(states["qpos"])
        np.save(folder / "frames.npy", np.stack([draw(state).copy() for state in range(count)]))
        print("ready", flush=True)
        for line in sys.stdin:
            drawn, wall, cpu = 0, time.perf_counter(), time.process_time()
            while time.perf_counter() - wall < float(line):
                draw(drawn % count)
                drawn += 1
            print(drawn, time.perf_counter() - wall, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
