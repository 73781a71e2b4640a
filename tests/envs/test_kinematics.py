"""The arm's own geometry, held against the engine's."""

import math

import mujoco
import numpy as np
import pytest
import torch

from envs.humanoid import HumanoidConfig, build_humanoid
from envs.kinematics import Chain, rotation_vector

ARM = [f"right_{name}" for name in ("shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow")]


@pytest.fixture(scope="module")
def model():
    spec = build_humanoid(HumanoidConfig(moves="upper", hands="locked"))
    spec.body("right_forearm").add_site(name="hand", pos=[0.08, 0.01, -0.02], quat=[0.8, 0.6, 0, 0])
    return spec.compile()


def test_places_turns_and_jacobians_are_the_engines(model):
    chain = Chain(model, "torso", "hand", ARM, torch.device("cpu"))
    angles = torch.rand(5, 4, generator=torch.Generator().manual_seed(0)) * 2 - 0.5
    place, turn, jacobian = chain.forward(angles)
    data = mujoco.MjData(model)
    for row in range(5):
        for name, angle in zip(chain.joints, angles[row].tolist(), strict=True):
            data.joint(name).qpos = angle
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        torso = data.body("torso")
        np.testing.assert_allclose(place[row], data.site("hand").xpos - torso.xpos, atol=1e-6)
        np.testing.assert_allclose(turn[row], data.site("hand").xmat.reshape(3, 3), atol=1e-6)
        found = np.zeros((6, model.nv))
        mujoco.mj_jacSite(model, data, found[:3], found[3:], model.site("hand").id)
        columns = [int(model.joint(name).dofadr[0]) for name in chain.joints]
        np.testing.assert_allclose(jacobian[row], found[:, columns], atol=1e-6)


def test_steps_of_least_squares_arrive_at_a_pose_that_can_be_reached(model):
    chain = Chain(model, "torso", "hand", ARM, torch.device("cpu"))
    wanted = torch.tensor([[0.4, 0.3, -0.2, 1.2]])
    place, turn, _ = chain.forward(wanted)
    angles = wanted + torch.tensor([[0.3, -0.2, 0.3, -0.3]])
    for _ in range(60):
        angles = chain.approach(angles, place, turn, home=wanted[0])
    torch.testing.assert_close(chain.forward(angles)[0], place, rtol=0, atol=2e-3)


def test_a_rotation_vector_is_axis_times_angle():
    turn = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], torch.eye(3).tolist()])
    torch.testing.assert_close(
        rotation_vector(turn), torch.tensor([[0.0, 0.0, math.pi / 2], [0.0, 0.0, 0.0]])
    )


def test_joints_beside_the_chain_are_refused(model):
    with pytest.raises(ValueError, match="'left_elbow' does not lie between"):
        Chain(model, "torso", "hand", [*ARM, "left_elbow"], torch.device("cpu"))
    with pytest.raises(ValueError, match="does not hang on body 'head'"):
        Chain(model, "head", "hand", ARM, torch.device("cpu"))
