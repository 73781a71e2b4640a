"""What holds for the carrier, and for the tasks of a carried hand beyond what holds for every hand task."""

import math

import mujoco
import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scripted import grasp, insert

from envs.agents import ZeroAgent
from envs.carrier import AXES, TOOL, build_carried_hand
from envs.env import TaskEnv
from envs.registry import make_task
from envs.tasks import HandGraspConfig, HandInsertConfig
from envs.tasks.assortment import THING
from envs.tasks.catalogue import CATALOGUE
from envs.tasks.hand_grasp import lift_term, reach_term
from envs.tasks.hand_insert import depth_term
from envs.tasks.pin import PIN, PLATE, WALLS
from hand_model import HandConfig


def make_env(name, nworld, split="heldout", **config):
    kind = HandGraspConfig if name == "hand-grasp" else HandInsertConfig
    options = {"threads": 1, "backend": "cpu", "split": split, "autoreset": False}
    return TaskEnv(make_task(name, kind(**config)), nworld, **options)


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_carrier_holds_the_hand_and_goes_where_it_is_told(side):
    spec = build_carried_hand(HandConfig(side=side), (0.0, 0.0, 0.3))
    spec.option.timestep = 1 / 216
    model = spec.compile()
    data = mujoco.MjData(model)
    assert [model.actuator(i).name for i in range(27, 32)] == [axis.name for axis in AXES]
    mujoco.mj_step(model, data, 300)
    # its loops are proportional: it hangs by its weight over their stiffness
    assert np.abs(data.qpos[:3]).max() < 0.003
    told = np.array([0.1, -0.1, 0.05, 0.3, 0.2])
    data.ctrl[27:] = told
    mujoco.mj_step(model, data, 300)
    reached = [data.joint(axis.name).qpos[0] for axis in AXES]
    np.testing.assert_allclose(reached, told, atol=0.01)
    assert (np.abs(data.actuator_force[27:]) <= model.actuator_forcerange[27:, 1] + 1e-9).all()


@pytest.mark.parametrize("side", ["right", "left"])
def test_hinges_turn_about_the_tool_centre(side):
    spec = build_carried_hand(HandConfig(side=side), (0.0, 0.0, 0.3))
    tool = np.array(TOOL) * (1, 1 if side == "right" else -1, 1) * HandConfig().scale
    spec.body("forearm").add_site(name="tool", pos=tool)
    model = spec.compile()
    data = mujoco.MjData(model)
    for yaw, pitch in ((0, 0), (1.0, 0), (0.5, 0.4)):
        data.joint("carrier_yaw").qpos, data.joint("carrier_pitch").qpos = yaw, pitch
        mujoco.mj_kinematics(model, data)
        np.testing.assert_allclose(data.site("tool").xpos, [0, 0, 0.3], atol=1e-9)


def test_every_object_has_what_the_engine_would_derive_from_its_shape():
    env = make_env("hand-grasp", len(CATALOGUE))
    names = ("body_subtreemass", "body_invweight0", "dof_invweight0")
    for world in range(len(CATALOGUE)):
        model = env.physics.model_of(world)
        derived = env.physics.model_of(world)
        mujoco.mj_setConst(derived, mujoco.MjData(derived))
        for name in names:
            np.testing.assert_allclose(
                getattr(model, name),
                getattr(derived, name),
                rtol=1e-9,
                atol=1e-12,
                err_msg=CATALOGUE[world].name,
            )


def test_masses_are_those_of_the_shapes():
    env = make_env("hand-grasp", len(CATALOGUE))
    objects = env.task._objects
    names = [thing.name for thing in CATALOGUE]
    volumes = {
        "cube": 8 * 0.022**3,
        "can": math.pi * 0.025**2 * 0.06,
        "egg": 4 / 3 * math.pi * 0.028 * 0.021**2,
    }
    for name, volume in volumes.items():
        world = names.index(name)
        mass = env.physics.model_of(world).body(THING).mass[0]
        assert mass == pytest.approx(float(objects.density[world] * objects.size[world] ** 3) * volume)


def test_objects_lie_still_until_they_are_touched():
    env = make_env("hand-grasp", 2 * len(CATALOGUE), patience=10.0)
    env.reset()
    before = env.task._middle.clone()
    for _ in range(18):
        env.step(torch.zeros(env.nworld, env.action_size))
    moved = (env.task._middle - before).norm(dim=1)
    # the open thumb may stand against one as wide as a hammer
    assert (moved > 0.003).sum() <= 1
    assert moved.max() < 0.02
    assert env.task._height.abs().max() < 1e-3


def test_what_an_object_does_not_have_lies_within_it():
    """A bead that stuck out would be felt: the lowest and the highest point are those of the object's parts."""
    env = make_env("hand-grasp", len(CATALOGUE))
    for world, thing in enumerate(CATALOGUE):
        model = env.physics.model_of(world)
        first = model.body(THING).geomadr[0]
        sizes = model.geom_size[first : first + 4].max(axis=1)
        assert (sizes > 0.005).sum() == len(thing.parts)
        beads = [i for i in range(4) if sizes[i] < 0.005]
        own = next(
            i
            for i in range(4)
            if sizes[i] > 0.005
            and np.allclose(
                model.geom_pos[first + i],
                float(env.task._objects.size[world]) * np.array(thing.parts[0].position),
            )
        )
        for bead in beads:
            np.testing.assert_allclose(model.geom_pos[first + bead], model.geom_pos[first + own])


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_sizes_are_those_of_the_split(split):
    def within(values, bands):
        return torch.stack([(values >= low - 1e-9) & (values <= high + 1e-9) for low, high in bands]).any(0)

    env, config = make_env("hand-grasp", 200, split), HandGraspConfig()
    size = env.task._objects.size
    own, other = config.sizes, config.heldout_sizes
    own, other = (own, other) if split == "train" else (other, own)
    assert within(size, own).all()
    assert not within(size, [(low + 1e-6, high - 1e-6) for low, high in other]).any()
    assert all(within(size, [band]).sum() > 40 for band in own)
    assert torch.bincount(env.task._objects.kind).tolist() == [10] * len(CATALOGUE)
    diameter, config = make_env("hand-insert", 16, split).task._pins.diameter, HandInsertConfig()
    assert within(diameter, config.diameters if split == "train" else config.heldout_diameters).all()


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (HandGraspConfig, {"sizes": [[0.8, 1.0]]}, "bands overlap: one ends at 1.0, the next begins at 0.92"),
        (HandGraspConfig, {"sizes": [[1.2, 1.3]]}, r"expected bands between 0.5 and 1.25, got \[1.2, 1.3\]"),
        (HandInsertConfig, {"heldout_diameters": []}, "expected at least one band"),
        (HandInsertConfig, {"diameters": [[0.012, 0.02]]}, "expected bands between"),
    ],
)
def test_wrong_bands_are_refused(kind, given, says):
    with pytest.raises(ValidationError, match=says):
        kind(**given)


def test_a_scripted_hand_lifts_some_objects_and_only_those_count():
    env, _ = grasp(40)
    task = env.task
    success, up = task.success(), task._height >= 0.1
    assert success.float().mean() > 0.3
    assert (task.metrics()["held"][success] >= 3).all()
    assert not success[~up & (task.metrics()["held"] < 2.9)].any()
    # what is lifted follows the hand
    assert (task._middle[success, 2] > 0.1).all()


def test_a_moment_in_the_air_is_no_success():
    env = make_env("hand-grasp", 4)
    env.reset()
    at = env.task._at
    for step in range(70):
        env.task.control(torch.zeros(4, env.action_size))
        env.physics.field("qpos")[:, at.start + 2] = 0.3 if step % 20 else 0.05
        env.physics.forward()
        env.task.update()
    assert env.task.metrics()["held"].max() < 1.2
    assert not env.task.success().any()


def test_an_object_that_is_not_lifted_in_time_ends_the_episode():
    env = make_env("hand-grasp", 4, patience=0.5)
    env.reset()
    steps = [env.step(torch.zeros(4, env.action_size)).terminated.all().item() for _ in range(10)]
    assert steps == [False] * 9 + [True]


def test_terms_of_the_reward():
    offsets = torch.full((1, 5, 3), 0.02)
    closer = offsets.clone()
    closer[:, 0] *= 0.5
    assert 0 < reach_term(offsets) < reach_term(closer) < 1
    assert lift_term(torch.tensor([-0.1, 0.05, 1.0]), 0.1).tolist() == pytest.approx([0.0, 0.5, 1.2])
    deep, none = torch.tensor([0.02]), torch.tensor([0.0])
    assert depth_term(deep, none, 0.02) == pytest.approx(1.0)
    # as low, but beside the hole
    assert depth_term(deep, torch.tensor([0.02]), 0.02) < 0.01


def test_the_hand_holds_its_pin_for_a_whole_episode():
    env = make_env("hand-insert", 16)
    agent, observation = ZeroAgent(env.action_size), env.reset()
    while not (step := env.step(agent.act(observation))).truncated.any():
        assert not step.terminated.any()
    assert env.task._slip.norm(dim=1).max() < 0.004
    assert not step.episode["success"].any()


def test_a_pin_held_is_touched_by_three_digits_and_by_nothing_else():
    env = make_env("hand-insert", 2)
    env.reset()
    model = env.physics.model_of(0)
    data = mujoco.MjData(model)
    mujoco.mj_setState(
        model, data, env.physics.get_state()[0].numpy(), int(mujoco.mjtState.mjSTATE_INTEGRATION)
    )
    mujoco.mj_forward(model, data)
    pin = model.body(PIN).id
    pairs = [{int(model.geom_bodyid[c.geom1]), int(model.geom_bodyid[c.geom2])} for c in data.contact]
    touching = {model.body((pair - {pin}).pop()).name.split("_")[0] for pair in pairs if pin in pair}
    assert touching == {"thumb", "index", "middle"}


def test_every_hole_is_as_much_wider_than_its_pin():
    env = make_env("hand-insert", 8)
    for world in range(8):
        model = env.physics.model_of(world)
        walls = [model.geom(f"wall_{i}") for i in range(WALLS)]
        radius = [np.hypot(*wall.pos[:2]) - wall.size[0] for wall in walls]
        np.testing.assert_allclose(np.array(radius) - model.geom("shaft").size[0], 0.00025, atol=1e-9)
        assert all(wall.bodyid[0] == model.body(PLATE).id for wall in walls)


def test_holes_differ_from_episode_to_episode():
    env = make_env("hand-insert", 8)
    env.reset()
    first = env.task.state["hole"].clone()
    env.reset()
    assert ((env.task.state["hole"] - first).norm(dim=1) > 1e-4).all()
    torch.testing.assert_close(env.physics.field("mocap_pos")[:, 0].float(), env.task.state["hole"])


def test_a_scripted_hand_inserts_some_pins():
    env, _ = insert(6)
    success = env.task.success()
    assert success.sum() >= 2
    assert (env.task._depth[success] >= 0.02).all()
    assert (env.task._miss[success] < 0.0005).all()


def test_a_pin_that_is_pressed_into_its_hole_s_wall_counts_no_more():
    env, _ = insert(6)
    task, good = env.task, env.task.success()
    sideways = torch.zeros(6, env.action_size)
    sideways[:, task._synergies.names.index("carrier_x")] = 1.0
    steps = [env.step(sideways) for _ in range(3)]
    deep = task._inserted() & (task.state["sunk"] > 1)
    assert (deep & good).any()
    assert not task.success()[deep].any()
    cost = torch.stack([step.reward[:, task.reward_terms.index("press")] for step in steps]).min(0).values
    assert (cost[deep] < -task.config.weights.press).all()
