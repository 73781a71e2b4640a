import mujoco
import numpy as np
import pytest

from hand_model import HandConfig, build_hand

TIMESTEP = 1 / 180


def compiled(**config):
    """The model of one hand."""
    spec = build_hand(HandConfig(**config))
    spec.option.timestep = TIMESTEP
    return spec.compile()


class Posed:
    """A hand that is put into poses by joint name, in degrees."""

    def __init__(self, model):
        self.model = model
        self.data = mujoco.MjData(model)
        self.pose()

    def pose(self, **degrees):
        self.data.qpos[:] = self.model.qpos0
        for name, angle in degrees.items():
            self.data.qpos[self.model.joint(name).qposadr] = np.deg2rad(angle)
        return self.set(self.data.qpos)

    def set(self, qpos):
        self.data.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_collision(self.model, self.data)
        return self

    def tip(self, finger):
        return self.data.site(f"{finger}_tip").xpos.copy()

    def direction(self, body, axis):
        """The world direction of a body's x, y or z axis."""
        return self.data.body(body).xmat.reshape(3, 3)[:, "xyz".index(axis)].copy()

    def penetration(self):
        return -min((contact.dist for contact in self.data.contact), default=0.0)


@pytest.fixture(scope="session")
def right_model():
    return compiled()


@pytest.fixture(scope="session")
def left_model():
    return compiled(side="left")


@pytest.fixture(scope="session")
def variants(right_model):
    """The right hand's model by transmission."""
    return {"tendon": right_model} | {name: compiled(transmission=name) for name in ("direct", "coupled")}


@pytest.fixture
def right(right_model):
    return Posed(right_model)


@pytest.fixture
def left(left_model):
    return Posed(left_model)


@pytest.fixture
def hand_of():
    """Builds a posable hand from a config's fields."""
    return lambda **config: Posed(compiled(**config))
