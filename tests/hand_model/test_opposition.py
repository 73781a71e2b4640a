import numpy as np
import pytest
from scipy.optimize import minimize

JOINTS_OF_THE_ARCH = ("ring_cmc_flexion", "little_cmc_flexion", "little_cmc_rotation")


def meet(hand, finger):
    """Search for a pose in which the thumb's tip is nearest to the finger's without penetration."""
    model = hand.model
    names = [model.joint(i).name for i in range(model.njnt)]
    free = [
        i for i, name in enumerate(names) if name.startswith(("thumb", finger)) or name in JOINTS_OF_THE_ARCH
    ]
    low, high = model.jnt_range[free].T

    def cost(angles):
        qpos = model.qpos0.copy()
        qpos[free] = angles
        hand.set(qpos)
        return np.linalg.norm(hand.tip("thumb") - hand.tip(finger)) + 5 * hand.penetration()

    tries = []
    for seed in range(4):
        start = low + (high - low) * np.random.default_rng(seed).uniform(0.3, 0.7, len(free))
        options = {"maxiter": 5, "xtol": 1e-3, "ftol": 1e-3}
        found = minimize(
            cost, start, method="Powell", bounds=list(zip(low, high, strict=True)), options=options
        )
        tries.append(found)
        if found.fun < 0.009:
            break
    cost(min(tries, key=lambda found: found.fun).x)


@pytest.mark.parametrize("finger", ["index", "middle", "ring", "little"])
def test_thumb_opposes_every_finger(right, finger):
    meet(right, finger)
    assert np.linalg.norm(right.tip("thumb") - right.tip(finger)) < 0.010
    assert right.penetration() < 1e-4
