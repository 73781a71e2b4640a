import numpy as np
import pytest

from hand_model.anatomy import BONES, FINGERS, JOINTS, PALM, REFERENCE_LENGTH, SEGMENTS

ORDER = [
    *("wrist_pronation", "wrist_flexion", "wrist_deviation"),
    *("ring_cmc_flexion", "little_cmc_flexion", "little_cmc_rotation"),
    *(
        "thumb_cmc_flexion",
        "thumb_cmc_abduction",
        "thumb_mcp_flexion",
        "thumb_mcp_abduction",
        "thumb_ip_flexion",
    ),
    *(
        f"{finger}_{joint}"
        for finger in ("index", "middle", "ring", "little")
        for joint in ("mcp_abduction", "mcp_flexion", "pip_flexion", "dip_flexion")
    ),
]


def test_there_are_27_joints_in_a_fixed_order():
    assert [joint.name for joint in JOINTS] == ORDER
    assert len(JOINTS) == 27


@pytest.mark.parametrize("joint", JOINTS, ids=lambda joint: joint.name)
def test_every_joint_has_a_range_around_rest_a_source_and_a_segment(joint):
    low, high = joint.range_deg
    assert low <= 0 <= high
    assert low < high
    assert joint.source
    assert joint.motion
    assert joint.segment in {*SEGMENTS, "palm"}
    assert np.linalg.norm(joint.axis) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "range_deg"),
    [
        ("index_mcp_flexion", (-45, 90)),
        ("ring_pip_flexion", (0, 100)),
        ("little_dip_flexion", (0, 80)),
        ("middle_mcp_abduction", (-20, 20)),
        ("thumb_mcp_flexion", (-10, 55)),
        ("thumb_ip_flexion", (-15, 80)),
        ("wrist_flexion", (-70, 75)),
        ("wrist_deviation", (-35, 20)),
    ],
)
def test_ranges_are_those_of_the_clinic(name, range_deg):
    assert next(joint for joint in JOINTS if joint.name == name).range_deg == range_deg


def test_estimated_ranges_say_so():
    estimated = {joint.name for joint in JOINTS if joint.source == "estimate"}
    assert estimated >= {"ring_cmc_flexion", "little_cmc_flexion", "little_cmc_rotation"}


def test_middle_ray_makes_a_hand_of_188_mm():
    assert abs(REFERENCE_LENGTH - 0.188) < 0.0005


@pytest.mark.parametrize("finger", FINGERS)
def test_segments_are_as_long_as_their_bones(finger):
    bones = BONES[finger]
    lengths = [segment.length for name, segment in SEGMENTS.items() if name.startswith(finger)]
    expected = [bones.proximal, bones.middle, bones.distal + bones.pulp]
    if finger in ("thumb", "ring", "little"):
        expected.insert(0, bones.metacarpal)
    assert lengths == pytest.approx([length for length in expected if length])


@pytest.mark.parametrize("finger", ["index", "middle"])
def test_struts_of_the_fixed_metacarpals_end_at_the_knuckles(finger):
    strut = next(strut for strut in PALM if strut.name == f"{finger}_metacarpal")
    assert strut.end == SEGMENTS[f"{finger}_proximal"].origin


def test_parents_come_before_their_children():
    seen = {"palm"}
    for segment in SEGMENTS.values():
        assert segment.parent in seen
        seen.add(segment.name)
