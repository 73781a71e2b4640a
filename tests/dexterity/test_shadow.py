import numpy as np

from hand_model.dexterity.shadow import COUPLING, shadow_hand
from hand_model.dexterity.workspace import random_poses


def test_joints_actuators_digits(shadow):
    assert (shadow.model.njnt, shadow.model.nu) == (24, 20)
    assert [digit.name for digit in shadow.digits] == ["thumb", "index", "middle", "ring", "little"]
    assert len(shadow.kapandji) == 11


def test_last_joints_keep_their_tendon_still(shadow):
    digit = shadow.digit("index")
    qpos = random_poses(shadow, shadow.free(digit.joints), 50, np.random.default_rng(0))
    tendon = shadow.model.tendon("robot0:T_FFJ1c").id
    for pose in qpos:
        assert abs(shadow.posed(pose).ten_length[tendon]) < 1e-9
    last = qpos[:, shadow.addresses(("robot0:FFJ0",))[0]]
    assert last.max() > 1.4
    assert last.max() <= shadow.model.joint("robot0:FFJ0").range[1]


def test_a_leader_feels_its_followers_load(shadow):
    digit = shadow.digit("index")
    columns = shadow.columns(shadow.free(digit.joints))
    leader = shadow.free(digit.joints).index("robot0:FFJ1")
    assert columns[shadow.dofs(("robot0:FFJ0",))[0], leader] == COUPLING


def test_spots_lie_on_the_skin(shadow):
    model, data = shadow.model, shadow.posed(shadow.model.qpos0)
    for spot in (*shadow.kapandji, *(digit.pulp for digit in shadow.digits)):
        place, normal = shadow.place(data, spot)
        body = model.body(spot.body).id
        capsules = [
            g for g in range(model.ngeom) if model.geom_bodyid[g] == body and model.geom_group[g] == 4
        ]
        assert capsules, spot.body
        centre = data.geom_xpos[capsules[0]]
        assert (place - centre) @ normal > 0


def test_limits_are_the_models(shadow):
    limits = dict(zip((shadow.model.actuator(i).name for i in range(20)), shadow.continuous, strict=True))
    assert limits["robot0:A_FFJ2"] == 0.9
    assert limits["robot0:A_THJ4"] == 2.3722
    np.testing.assert_array_equal(shadow.burst, shadow_hand().continuous)
