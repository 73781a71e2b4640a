"""What every scene with a hand or a robot in it begins with."""

import mujoco


def new_scene(name: str) -> mujoco.MjSpec:
    """An empty scene, with angles in radians.

    Its integrator is stable with stiff position loops and dampers, and its friction cones are elliptic, as pyramids
    hold more along their edges.

    Args:
        name: of the model.
    """
    spec = mujoco.MjSpec()
    spec.modelname = name
    spec.compiler.degree = False
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    return spec
