import functools

import mujoco
import numpy as np
import pytest

from envs.grasping.hands import our_hand
from envs.grasping.recording import load_recording, record_trial, save_recording
from envs.grasping.referee import judge
from envs.grasping.scene import build_scene, stand_height
from envs.grasping.trial import Schedule, TrialRunner, moments
from hand_model import HandConfig
from hand_model.grasps import load_grasp, load_grasps

GRASP = load_grasp("03-medium-wrap")
HOLD = 0.1
SCHEDULE = Schedule(hold=HOLD)


@functools.cache
def honest():
    return record_trial(our_hand(), GRASP, SCHEDULE)


def verdict(**changes):
    return judge(honest() | changes, our_hand(), GRASP, HOLD)


def model_of(recording):
    return mujoco.MjModel.from_binary_path("m.mjb", {"m.mjb": recording["model"].tobytes()})


def with_model(change):
    """The honest recording, but for its model, which `change` edits."""
    model = model_of(honest())
    change(model)
    buffer = np.empty(mujoco.mj_sizeModel(model), np.uint8)
    mujoco.mj_saveModel(model, None, buffer)
    return judge(honest() | {"model": buffer}, our_hand(), GRASP, HOLD)


def qpos_columns(recording):
    """Columns of the object's place in the recorded states: the time comes first, then `qpos`."""
    start = 1 + model_of(recording).joint("object").qposadr[0]
    return slice(start, start + 3)


def test_a_held_grasp_is_called_held(tmp_path):
    path = tmp_path / "recording.npz"
    save_recording(path, honest())
    found = judge(load_recording(path), our_hand(), GRASP, HOLD)
    assert found.held, found.faults
    assert 0 < found.slip < 0.010
    assert found.grip > 1
    assert found.winding > 22
    assert min(found.gravity_s, found.push_s) == pytest.approx(0.111, abs=0.001)


def test_a_shorter_hold_than_asked_for_is_no_hold():
    found = judge(honest(), our_hand(), GRASP, 1.0)
    assert any("gravity: held for 0.11 s" in fault for fault in found.faults)
    assert any("push: held for 0.11 s" in fault for fault in found.faults)


def test_a_grasp_that_lets_go_is_not_held():
    limp = GRASP.model_copy(update={"closing": GRASP.preshape})
    found = judge(record_trial(our_hand(), limp, SCHEDULE), our_hand(), limp, HOLD)
    assert any("slipped" in fault for fault in found.faults)
    assert any("does not touch" in fault for fault in found.faults)


def test_another_grasp_than_the_one_named_is_not_it():
    other = GRASP.model_copy(
        update={"virtual_fingers": (("palm",), ("index",)), "helpers": (), "contacts": GRASP.contacts[:1]}
    )
    found = judge(honest(), our_hand(), other, HOLD)
    assert any("no part of this grasp" in fault for fault in found.faults)


def test_a_teleported_object_is_seen():
    states = honest()["state"].copy()
    states[40:, qpos_columns(honest())] += [0.0, 0.0, 0.002]
    assert any("physics does not lead" in fault for fault in verdict(state=states).faults)


def test_a_frozen_object_is_seen():
    states = honest()["state"].copy()
    states[30:, qpos_columns(honest())] = states[30, qpos_columns(honest())]
    assert any("physics does not lead" in fault for fault in verdict(state=states).faults)


def test_a_helping_force_is_seen():
    recording = honest()
    data, model = mujoco.MjData(model_of(recording)), model_of(recording)
    states, kind = recording["state"].copy(), int(mujoco.mjtState.mjSTATE_INTEGRATION)
    for row in states:
        mujoco.mj_setState(model, data, row, kind)
        data.xfrc_applied[model.body("palm").id, 2] = 3.0
        mujoco.mj_getState(model, data, row, kind)
    assert any("force acts that should not" in fault for fault in verdict(state=states).faults)


def test_weaker_gravity_is_seen():
    assert any("gravity is not" in fault for fault in verdict(gravity=0.5 * honest()["gravity"]).faults)


def test_stronger_motors_are_seen():
    assert any("more force" in fault for fault in verdict(forcerange=1.2 * honest()["forcerange"]).faults)
    gains = honest()["gainprm"].copy()
    gains[:, :, 4] *= 2
    assert any("data sheet" in fault for fault in verdict(gainprm=gains).faults)


def test_cold_windings_are_seen():
    recording = honest()
    found = verdict(
        winding=np.full_like(recording["winding"], 22.0),
        gainprm=recording["gainprm"][:1].repeat(len(recording["winding"]), 0),
    )
    assert any("temperature" in fault for fault in found.faults)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.geom_friction.__setitem__((slice(None), 0), 1.5), "friction 1.5"),
        (lambda m: m.body_mass.__setitem__(m.body("object").id, 0.01), "weighs"),
        (lambda m: m.geom_size.__setitem__((m.geom("object_0").id, 0), 0.015), "is no cylinder"),
        (lambda m: m.body_gravcomp.__setitem__(m.body("object").id, 1.0), "weight"),
        (lambda m: m.geom_size.__setitem__((m.geom("index_distal").id, 0), 0.012), "index_distal: geom_size"),
        (lambda m: m.body_pos.__setitem__((m.body("thumb_metacarpal").id, 1), 0.01), "thumb_metacarpal: body_pos"),
        (lambda m: m.actuator_forcerange.__imul__(2), "actuator_forcerange"),
        (lambda m: m.dof_damping.__setitem__(slice(-6, None), 5.0), "freely"),
        (lambda m: setattr(m.opt, "disableflags", int(mujoco.mjtDisableBit.mjDSBL_GRAVITY)), "disabled"),
        (lambda m: m.geom_margin.__setitem__(m.geom("object_0").id, 0.01), "beyond its surface"),
    ],
)  # fmt: skip
def test_a_changed_model_is_seen(change, says):
    found = with_model(change)
    assert not found.held
    assert any(says in fault for fault in found.faults), found.faults


def test_a_weld_is_seen():
    spec = build_scene(our_hand(), GRASP)
    weld = spec.add_equality(
        type=mujoco.mjtEq.mjEQ_WELD, name1="palm", name2="object", objtype=mujoco.mjtObj.mjOBJ_BODY
    )
    weld.active = False
    model = spec.compile()
    buffer = np.empty(mujoco.mj_sizeModel(model), np.uint8)
    mujoco.mj_saveModel(model, None, buffer)
    assert any("neq is 1" in fault for fault in verdict(model=buffer).faults)


def test_the_object_rests_on_the_stand_until_it_is_taken_away():
    spec = build_scene(our_hand(), GRASP)
    model = spec.compile()
    data = mujoco.MjData(model)
    data.qpos[model.joint("object").qposadr[0] :][:3] = [0.5, 0, 0]
    data.mocap_pos[0] = [0.5, 0, 0]
    model.opt.gravity[:] = 9.81 * GRASP.object.down_axis
    mujoco.mj_step(model, data, nstep=500)
    place = data.qpos[model.joint("object").qposadr[0] :][:3]
    np.testing.assert_allclose(place, [0.5, 0, 0], atol=5e-4)
    assert stand_height(GRASP.object) > 0.01


def test_half_the_time_step_tells_the_same():
    finer = TrialRunner(our_hand(), GRASP, 1, physics_hz=1008).run([GRASP], moments(SCHEDULE))
    coarser = TrialRunner(our_hand(), GRASP, 1).run([GRASP], moments(SCHEDULE))
    assert abs(finer.slip()[0] - coarser.slip()[0]) < 0.001


def test_worlds_of_a_batch_do_not_disturb_each_other():
    other = GRASP.model_copy(update={"closing": {name: 0.9 * angle for name, angle in GRASP.closing.items()}})
    plan = moments(SCHEDULE)[:20]
    both = TrialRunner(our_hand(), GRASP, 2).run([other, GRASP], plan)
    alone = TrialRunner(our_hand(), GRASP, 1).run([GRASP], plan)
    np.testing.assert_allclose(both.position[:, 1], alone.position[:, 0], atol=1e-9)
    assert np.abs(both.position[:, 0] - both.position[:, 1]).max() > 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("grasp", load_grasps(), ids=lambda grasp: grasp.name)
def test_each_grasp_is_held(grasp):
    found = judge(record_trial(our_hand(), grasp, Schedule(hold=1.0)), our_hand(), grasp, 1.0)
    assert found.held, found.faults


def test_grasps_are_for_right_hands():
    with pytest.raises(ValueError, match="right hand"):
        our_hand(HandConfig(side="left"))
