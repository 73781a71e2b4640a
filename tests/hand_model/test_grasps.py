import mujoco
import numpy as np
import pytest
import yaml

from hand_model.grasps import dump_grasp, grasp_names, load_grasp, load_grasps, object_mass, quaternion
from hand_model.sheets import SHEETS, DatasheetError

# number: name, type, opposition, thumb; Feix et al. 2016, Fig. 4
TAXONOMY = """
1 Large Diameter,power,palm,abducted
2 Small Diameter,power,palm,abducted
3 Medium Wrap,power,palm,abducted
4 Adducted Thumb,power,palm,adducted
5 Light Tool,power,palm,adducted
6 Prismatic 4 Finger,precision,pad,abducted
7 Prismatic 3 Finger,precision,pad,abducted
8 Prismatic 2 Finger,precision,pad,abducted
9 Palmar Pinch,precision,pad,abducted
10 Power Disk,power,palm,abducted
11 Power Sphere,power,palm,abducted
12 Precision Disk,precision,pad,abducted
13 Precision Sphere,precision,pad,abducted
14 Tripod,precision,pad,abducted
15 Fixed Hook,power,palm,adducted
16 Lateral,intermediate,side,adducted
17 Index Finger Extension,power,palm,adducted
18 Extension Type,power,pad,abducted
19 Distal Type,power,pad,abducted
20 Writing Tripod,precision,side,abducted
21 Tripod Variation,intermediate,side,abducted
22 Parallel Extension,precision,pad,adducted
23 Adduction Grip,intermediate,side,abducted
24 Tip Pinch,precision,pad,abducted
25 Lateral Tripod,intermediate,side,abducted
26 Sphere 4 Finger,power,pad,abducted
27 Quadpod,precision,pad,abducted
28 Sphere 3 Finger,power,pad,abducted
29 Stick,intermediate,side,adducted
30 Palmar,power,palm,adducted
31 Ring,power,pad,abducted
32 Ventral,intermediate,side,adducted
33 Inferior Pincer,precision,pad,abducted
"""


def test_the_taxonomy_is_complete():
    rows = [line.split(" ", 1) for line in TAXONOMY.strip().splitlines()]
    expected = [(int(number), *rest.split(",")) for number, rest in rows]
    assert [(g.number, g.name, g.type, g.opposition, g.thumb) for g in load_grasps()] == expected


def test_palm_oppositions_touch_the_palm_and_pad_oppositions_the_thumb():
    for grasp in load_grasps():
        segments = {contact.segment for contact in grasp.contacts}
        assert ("palm" in segments) == (grasp.opposition == "palm")
        if grasp.opposition == "pad":
            assert "thumb_distal" in segments
        for finger in grasp.virtual_fingers[1]:
            touched = any(segment.startswith(finger) for segment in segments)
            assert touched or grasp.opposition == "side", (grasp.name, finger)


def test_objects_weigh_what_their_parts_do():
    for grasp in load_grasps():
        spec = mujoco.MjSpec()
        body = spec.worldbody.add_body()
        for part in grasp.object.parts:
            body.add_geom(
                type=getattr(mujoco.mjtGeom, f"mjGEOM_{part.shape.upper()}"),
                size=[*part.size, 0, 0][:3],
                quat=quaternion(part.turn_deg),
                density=grasp.object.density,
            )
        assert spec.compile().body_mass[1] == pytest.approx(object_mass(grasp.object), rel=1e-6)
        assert object_mass(grasp.object) < 1.0


def test_a_turn_is_about_x_then_y_then_z():
    turned = np.zeros(3)
    mujoco.mju_rotVecQuat(turned, np.array([0.0, 0.0, 1.0]), quaternion((90, 0, 90)))
    np.testing.assert_allclose(turned, [1, 0, 0], atol=1e-12)


def test_what_is_written_reads_back(tmp_path):
    for grasp in load_grasps():
        path = tmp_path / "grasp.yaml"
        path.write_text(dump_grasp(grasp))
        assert load_grasp(str(path)) == grasp


@pytest.mark.parametrize(
    ("keys", "value", "says"),
    [
        (["closing", "index_pip_flexon"], 10, "closing.*nearest.*index_pip_flexion"),
        (["closing", "index_pip_flexion"], 130, "closing.*index_pip_flexion between 0 and 100"),
        (["object", "friction"], 1.2, "object.friction.*less than or equal to 1.*1.2"),
        (["object", "density"], -5, "object.density.*greater than"),
        (
            ["object", "parts"],
            [{"shape": "sphere", "size": [-0.01]}],
            "object.parts.0.size.0.*greater than 0",
        ),
        (["object", "parts"], [{"shape": "box", "size": [0.01]}], "object.parts.0.*3 numbers for a box"),
        (["object", "parts"], [{"shape": "spere", "size": [0.01]}], "object.parts.0.shape.*'sphere'"),
        (["contacts"], [{"segment": "thumb_tip"}, {"segment": "palm"}], "contacts.0.segment.*thumb_"),
        (["hue"], 1, "hue: unknown"),
        (["number"], 34, "number.*33"),
    ],
)
def test_bad_data_is_one_clear_line(tmp_path, keys, value, says):
    data = yaml.safe_load((SHEETS / "grasps" / f"{grasp_names()[8]}.yaml").read_text())
    at = data
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = value
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(DatasheetError, match=says) as error:
        load_grasp(str(path))
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_grasp_names_the_nearest():
    with pytest.raises(DatasheetError, match="tripod"):
        load_grasp("14-tripot")
