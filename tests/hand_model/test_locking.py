"""Locked joints: what was jointed stands as it was told, and everything else as it stood."""

import mujoco
import numpy as np
import pytest

from hand_model.locking import lock_joints


def branch(name):
    """A link with a hinge and a site at its end."""
    spec = mujoco.MjSpec()
    link = spec.worldbody.add_body(name=name, pos=[0.1, 0, 0])
    link.add_joint(name=f"{name}_hinge", axis=[0, 0, 1])
    link.add_geom(size=[0.01, 0, 0])
    link.add_site(name=f"{name}_end", pos=[0.2, 0, 0])
    return spec


def robot():
    """A trunk without joints, on which one link was built and another attached in a frame."""
    spec = branch("own")
    spec.compiler.degree = False
    trunk = spec.worldbody.add_body(name="trunk", pos=[0, 0.3, 0])
    frame = trunk.add_frame(pos=[0, 0, 0.5], euler=[0, 0, 1.0])
    spec.attach(branch("link"), prefix="hung_", frame=frame)
    return spec


def ends(spec, **angles):
    model = spec.compile()
    data = mujoco.MjData(model)
    for joint, angle in angles.items():
        data.joint(joint).qpos[0] = angle
    mujoco.mj_forward(model, data)
    return np.array([data.site(name).xpos for name in ("own_end", "hung_link_end")])


def test_a_locked_joint_stands_at_its_angle_and_what_hangs_in_frames_stays():
    expected = ends(robot(), own_hinge=0.7, hung_link_hinge=0.4)
    spec = robot()
    lock_joints(spec, {"own_hinge": 0.7}, keep=("hung_link_hinge",))
    assert spec.compile().nq == 1
    np.testing.assert_allclose(ends(spec, hung_link_hinge=0.4), expected, atol=1e-12)


def test_bodies_that_the_compiler_would_fuse_are_locked_too():
    spec = robot()
    spec.compiler.fusestatic = True
    lock_joints(spec, {"own_hinge": 0.7}, keep=("hung_link_hinge",))
    np.testing.assert_allclose(ends(spec), ends(robot(), own_hinge=0.7), atol=1e-12)


def test_a_joint_of_what_was_attached_in_a_frame_is_not_locked_wrongly():
    with pytest.raises(ValueError, match="'hung_link' was attached in a frame"):
        lock_joints(robot(), {}, keep=("own_hinge",))
