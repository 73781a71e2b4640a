"""One contract, two backends: a task cannot tell which one runs it."""

import mujoco
import pytest
import torch

from envs.physics import CpuPhysics, PhysicsOverflowError, make_physics
from hand_model import build_hand
from hand_model.gearheads import Gearhead
from hand_model.gearmotors import Gearmotor
from hand_model.motors import load_motor

NWORLD = 5
BALLS = 4


def build_scene(memory: int = -1) -> mujoco.MjModel:
    """Balls on a floor, an arm driven by a DC motor, a mocap target and sensors of every stage."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = 0.005
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.memory = memory
    world = spec.worldbody
    world.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1])
    for i in range(BALLS):
        ball = world.add_body(name=f"ball{i}", pos=[0.3 * i, 0.5, 0.0499])
        ball.add_freejoint()
        ball.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.05, 0, 0])
    arm = world.add_body(name="arm", pos=[0, 0, 0.5])
    arm.add_joint(name="elbow", axis=[0, 1, 0], range=[-1, 1], limited=True)
    arm.add_geom(type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[0, 0, 0, 0.1, 0, 0], size=[0.01, 0, 0])
    arm.add_site(name="tip", pos=[0.1, 0, 0])
    world.add_body(name="target", pos=[0, 0, 1], mocap=True)
    motor = spec.add_actuator(name="elbow", target="elbow", trntype=mujoco.mjtTrn.mjTRN_JOINT)
    gearhead = Gearhead(name="test", ratio=256, stages=4, efficiency=0.7)
    Gearmotor(load_motor("faulhaber-0816k003sr"), gearhead).drive(motor, 2.0, 0.07, (-1, 1))
    for kind, objtype, name in (
        (mujoco.mjtSensor.mjSENS_FRAMEPOS, mujoco.mjtObj.mjOBJ_SITE, "tip"),
        (mujoco.mjtSensor.mjSENS_FRAMELINVEL, mujoco.mjtObj.mjOBJ_SITE, "tip"),
        (mujoco.mjtSensor.mjSENS_ACTUATORFRC, mujoco.mjtObj.mjOBJ_ACTUATOR, "elbow"),
    ):
        spec.add_sensor(type=kind, objtype=objtype, objname=name)
    return spec.compile()


@pytest.fixture(scope="module")
def model():
    return build_scene()


@pytest.fixture(scope="module")
def shared(model):
    return {backend: make_physics(model, NWORLD, backend, device="cpu") for backend in ("cpu", "warp")}


@pytest.fixture(params=["cpu", "warp"])
def physics(request, shared):
    physics = shared[request.param]
    physics.reset()
    physics.forward()
    return physics


def reference(model, elbow: float) -> mujoco.MjData:
    data = mujoco.MjData(model)
    data.joint("elbow").qpos = elbow
    mujoco.mj_forward(model, data)
    return data


class TestContract:
    """What `Physics` promises, whatever runs underneath."""

    @pytest.mark.parametrize(
        "name",
        ["qpos", "qvel", "act", "ctrl", "site_xpos", "xmat", "sensordata", "mocap_pos", "time", "cvel"],
    )
    def test_fields_have_the_shapes_of_mjdata(self, physics, model, name):
        data = mujoco.MjData(model)
        shape = () if name == "time" else getattr(data, name).shape
        assert physics.field(name).shape == (NWORLD, *shape)
        assert physics.field(name).dtype == physics.dtype
        assert physics.field(name).device == physics.device

    @pytest.mark.parametrize("name", ["qposs", "body_mass", "efc_J"])
    def test_unknown_fields_are_refused(self, physics, name):
        with pytest.raises(ValueError, match=name):
            physics.field(name)

    def test_fields_stay_live(self, physics):
        qpos, height = physics.field("qpos"), physics.field("xpos")[:, 1, 2]
        physics.field("qvel")[:, 2] = 1.0  # the first ball flies up
        before = height.clone()
        physics.step(10)
        assert (qpos[:, 2] > 0.06).all()
        assert (height > before + 0.01).all()

    def test_step_advances_time_and_takes_writes(self, physics):
        physics.field("time")[:] = 2.0
        physics.field("ctrl")[3] = 0.5 * 256
        physics.step(4)
        assert physics.field("time").tolist() == pytest.approx([2.02] * NWORLD)
        elbow = physics.field("qpos")[:, -1]
        assert elbow[3] > elbow[0] + 0.01

    def test_mocap_bodies_move_where_they_are_written(self, physics, model):
        physics.field("mocap_pos")[1] = torch.tensor([[1.0, 2.0, 3.0]])
        physics.step()
        position = physics.field("xpos")[:, model.body("target").id]
        assert position[1].tolist() == [1, 2, 3]
        assert position[0].tolist() == [0, 0, 1]

    def test_outputs_describe_the_state_after_step(self, physics, model):
        physics.field("ctrl")[:] = 0.9 * 256
        physics.step(7)
        data = reference(model, physics.field("qpos")[0, -1].item())
        data.qvel[:] = physics.field("qvel")[0]
        mujoco.mj_forward(model, data)
        tip = torch.as_tensor(data.site("tip").xpos)
        torch.testing.assert_close(physics.field("site_xpos")[0, 0].double(), tip, atol=1e-6, rtol=0)
        sensors = physics.field("sensordata")[0].double()
        torch.testing.assert_close(sensors[:6], torch.as_tensor(data.sensordata[:6]), atol=1e-5, rtol=1e-5)
        assert sensors[6] != 0  # an acceleration sensor, of the last physics step

    def test_forward_brings_outputs_to_written_states(self, physics, model):
        physics.step()
        physics.field("qpos")[2, -1] = 0.7
        state = physics.get_state()
        physics.forward(torch.tensor([2]))
        tip = torch.as_tensor(reference(model, 0.7).site("tip").xpos)
        torch.testing.assert_close(physics.field("site_xpos")[2, 0].double(), tip, atol=1e-6, rtol=0)
        assert torch.equal(physics.get_state(), state)

    def test_reset_touches_only_the_worlds_named(self, physics, model):
        physics.field("ctrl")[:] = 100.0
        physics.field("mocap_pos")[:] = 7.0
        physics.field("qvel")[:, 0] = 1.0
        physics.step(5)
        before = physics.get_state()
        physics.reset(torch.tensor([4, 1]))
        state = physics.get_state()
        for kept in (0, 2, 3):
            assert torch.equal(state[kept], before[kept])
        qpos0 = torch.as_tensor(model.qpos0, dtype=physics.dtype)
        for world in (1, 4):
            assert torch.equal(physics.field("qpos")[world], qpos0)
            assert physics.field("mocap_pos")[world].tolist() == [[0, 0, 1]]
            for name in ("qvel", "ctrl", "time", "qacc_warmstart"):
                assert not physics.field(name)[world].any(), name

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e12])
    @pytest.mark.parametrize("name", ["qpos", "qvel"])
    def test_a_diverged_world_is_seen_and_stops_no_other(self, physics, name, value):
        physics.field(name)[1, 0] = value
        physics.field(name)[2, -1] = value
        physics.step(3)
        assert physics.diverged().tolist() == [False, True, True, False, False]
        healthy = physics.field("qpos")[[0, 3, 4]]
        assert healthy.isfinite().all()
        assert torch.equal(healthy[0], healthy[1])
        physics.reset(torch.tensor([1, 2]))
        physics.forward(torch.tensor([1, 2]))
        physics.step(3)
        assert not physics.diverged().any()

    def test_a_control_that_is_no_number_counts_as_diverged(self, physics):
        physics.field("ctrl")[3] = float("nan")
        physics.step()
        assert physics.diverged().tolist() == [False, False, False, True, False]

    def test_a_restored_state_goes_on_as_it_would_have(self, physics):
        def run(steps: int) -> None:
            for i in range(steps):
                physics.field("ctrl")[:] = 20.0 * i
                physics.step(3)

        run(4)
        state = physics.get_state()
        run(4)
        expected, tip = physics.get_state(), physics.field("site_xpos").clone()
        physics.reset()
        physics.set_state(state)
        physics.forward()
        run(4)
        tolerance = 0 if physics.dtype is torch.float64 else 1e-5
        torch.testing.assert_close(physics.get_state(), expected, atol=tolerance, rtol=tolerance)
        torch.testing.assert_close(physics.field("site_xpos"), tip, atol=tolerance, rtol=tolerance)

    @pytest.mark.parametrize("backend", ["cpu", "warp"])
    def test_worlds_may_have_models_of_their_own(self, model, backend):
        physics = make_physics(model, NWORLD, backend, device="cpu")
        gain = physics.expand("actuator_gainprm")
        assert gain.shape == (NWORLD, 1, 10)
        torch.testing.assert_close(gain[3].double(), torch.as_tensor(model.actuator_gainprm))
        gain[2, :, 4] *= 0.25  # a quarter of the position gain
        physics.field("ctrl")[:] = 0.1 * 256
        physics.step(2)
        elbow = physics.field("qpos")[:, -1]
        assert elbow[0] == elbow[4] != elbow[2]
        physics.reset()
        assert physics.expand("actuator_gainprm") is gain
        assert gain[2, 0, 4] == gain[0, 0, 4] / 4

    def test_a_worlds_model_has_its_own_values(self, physics, model):
        gain = physics.expand("actuator_gainprm")
        before = gain[1].clone()
        gain[1, 0, 4] = 123.0
        own, other = physics.model_of(1), physics.model_of(0)
        gain[1] = before
        assert own.actuator_gainprm[0, 4] == pytest.approx(123.0)
        assert other.actuator_gainprm[0, 4] == pytest.approx(model.actuator_gainprm[0, 4])

    def test_a_trace_is_what_single_steps_show(self, physics):
        physics.field("ctrl")[:, 0] = torch.linspace(-0.8, 0.8, NWORLD) * 256
        started = physics.get_state()
        found, left, forces = [], [], []
        speed, act, force = (physics.field(name) for name in ("actuator_velocity", "act", "actuator_force"))
        sensors = physics.field("sensordata")
        for _ in range(4):
            found.append(speed.clone())
            physics.step()
            left.append(act.clone())
            forces.append(force.clone())
        end, sensed = physics.get_state(), sensors.clone()
        physics.set_state(started)
        physics.forward()
        trace = physics.trace(4, ("actuator_velocity", "act", "actuator_force"))
        tolerance = 0 if physics.dtype is torch.float64 else 1e-5
        for name, rows in (("actuator_velocity", found), ("act", left), ("actuator_force", forces)):
            torch.testing.assert_close(trace[name], torch.stack(rows, 1), atol=tolerance, rtol=tolerance)
        torch.testing.assert_close(physics.get_state(), end, atol=tolerance, rtol=tolerance)
        torch.testing.assert_close(sensors, sensed, atol=tolerance, rtol=tolerance)

    def test_unknown_model_fields_are_refused(self, physics):
        with pytest.raises(ValueError, match="body_mas"):
            physics.expand("body_mas")

    def test_a_state_of_another_shape_is_refused(self, physics):
        with pytest.raises(ValueError, match="shape"):
            physics.set_state(physics.get_state()[:, 1:])


def test_backends_move_a_motor_alike(shared):
    angles = {}
    for backend, physics in shared.items():
        physics.reset()
        physics.field("ctrl")[:, 0] = torch.linspace(-0.8, 0.8, NWORLD) * 256
        path = []
        for _ in range(10):
            physics.step(4)
            path.append(physics.field("qpos")[:, -1].double().clone())
        angles[backend] = torch.stack(path)
    assert angles["cpu"].abs().max() > 0.5
    torch.testing.assert_close(angles["warp"], angles["cpu"], atol=1e-4, rtol=0)


def test_the_hand_moves_alike_on_both_backends():
    spec = build_hand()
    spec.option.timestep = 1 / 180
    model = spec.compile()
    low, high = torch.as_tensor(model.actuator_ctrlrange).T
    targets = low + (high - low) * torch.rand(3, model.nu, generator=torch.Generator().manual_seed(0))
    paths = []
    for backend in ("cpu", "warp"):
        physics = make_physics(model, 3, backend, device="cpu")
        physics.field("ctrl")[:] = targets
        physics.step(18)
        paths.append(physics.field("site_xpos").double())
    torch.testing.assert_close(paths[0], paths[1], atol=1e-4, rtol=0)


@pytest.mark.parametrize("memory", [6000, 9000])
def test_cpu_overflow_names_the_models_memory(memory):
    physics = CpuPhysics(build_scene(memory), 2)
    with pytest.raises(PhysicsOverflowError, match=rf"memory.*{memory}"):
        physics.step()


@pytest.mark.parametrize(
    ("sizes", "remedy"), [({"nconmax": 1, "njmax": 50}, "nconmax"), ({"njmax": 2}, "njmax")]
)
def test_warp_overflow_names_the_buffer(model, sizes, remedy):
    physics = make_physics(model, 2, "warp", device="cpu", **sizes)
    with pytest.raises(PhysicsOverflowError, match=rf"raise {remedy}.*{remedy}={sizes[remedy]}"):
        physics.step()


def test_results_do_not_depend_on_the_number_of_threads(model):
    states = []
    for threads in (1, 3):
        physics = CpuPhysics(model, NWORLD, threads)
        physics.field("ctrl")[:, 0] = torch.arange(NWORLD) * 40.0
        physics.step(30)
        states.append(physics.get_state())
    assert torch.equal(*states)


def test_every_world_moves_as_the_engine_alone_would_whatever_is_written(model):
    physics = CpuPhysics(model, NWORLD)
    plain = [mujoco.MjData(model) for _ in range(NWORLD)]
    generator = torch.Generator().manual_seed(0)
    for i in range(40):
        for name in ("ctrl", "xfrc_applied", "qvel", "qpos", "mocap_pos")[: 1 + i % 5]:
            field = physics.field(name)
            field += 0.01 * torch.randn(field.shape, generator=generator, dtype=field.dtype)
            for world, data in enumerate(plain):
                getattr(data, name)[:] = field[world]
        if i % 7 == 3:
            physics.forward()  # as after a reset elsewhere
        physics.step(3)
        for world, data in enumerate(plain):
            if i % 7 == 3:
                mujoco.mj_forward(model, data)
            mujoco.mj_step(model, data, 3)
            assert torch.equal(physics.field("qpos")[world], torch.from_numpy(data.qpos))
            assert torch.equal(physics.field("qvel")[world], torch.from_numpy(data.qvel))


def test_bad_states_are_counted_without_text_or_log_files(model, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    physics = CpuPhysics(model, 2)
    physics.field("qpos")[0, 0] = float("nan")
    physics.step(5)
    assert physics.diverged().tolist() == [True, False]
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_the_caller_keeps_its_log_settings_and_its_model(model):
    before = mujoco.MjLogConfig.get().logto_console
    flags = model.opt.disableflags
    CpuPhysics(model, 2).step()
    assert mujoco.MjLogConfig.get().logto_console == before
    assert model.opt.disableflags == flags
