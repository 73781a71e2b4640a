"""The 33 grasps of the GRASP taxonomy as data: `configs/grasps/*.yaml`.

T. Feix, J. Romero, H.-B. Schmiedmayer, A. M. Dollar, D. Kragic, "The GRASP Taxonomy of Human Grasp Types", IEEE
Transactions on Human-Machine Systems 46(1), 2016: each grasp's number, name, type, opposition, thumb position and
virtual fingers are the paper's. Objects, contacts and angles are this project's.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

import mujoco
import numpy as np
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from hand_model.anatomy import FINGERS, JOINTS, SEGMENTS
from hand_model.sheets import read_sheet, sheet_names

Vector = tuple[float, float, float]
Digit = Literal["palm", "thumb", "index", "middle", "ring", "little"]
Shape = Literal["box", "cylinder", "capsule", "sphere", "ellipsoid"]
Face = Literal["-x", "+x", "-y", "+y", "-z", "+z"]
Side = Literal["pad", "radial", "ulnar", "tip", "any"]

_SIZES: dict[Shape, int] = {"box": 3, "cylinder": 2, "capsule": 2, "sphere": 1, "ellipsoid": 3}
"""How many numbers each shape's size has, as MuJoCo's geoms have them."""

RANGES_DEG = {joint.name: joint.range_deg for joint in JOINTS}
"""Limits of the joints' angles."""

PALM_SEGMENTS = ("palm", "ring_metacarpal", "little_metacarpal")
"""The segments that make up the palm."""


def digit_of(segment: str) -> Digit:
    """The digit that a segment belongs to; the fingers' metacarpals are the palm's, the thumb's its own."""
    if segment in PALM_SEGMENTS:
        return "palm"
    return next(finger for finger in FINGERS if segment.startswith(finger))  # pyright: ignore[reportReturnType]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _known(name: str, names: list[str], what: str) -> str:
    if name not in names:
        close = get_close_matches(name, names, n=1, cutoff=0.0)
        raise ValueError(f"expected a {what}; nearest to {name!r}: {close[0]}")
    return name


def _segment(name: str) -> str:
    return _known(name, ["palm", *SEGMENTS], "segment of the hand")


class Part(_Record):
    """A primitive of the object, in the object's frame.

    Attributes:
        shape: one of MuJoCo's primitives.
        size: m, as MuJoCo's geoms have it: half lengths of a box, radius and half length of a cylinder or (without its
            caps) a capsule, radius of a sphere, half axes of an ellipsoid.
        position: of its centre, m.
        turn_deg: about x, then y, then z of the object's frame.
    """

    shape: Shape
    size: tuple[Annotated[float, Field(gt=0, le=0.5)], ...]
    position: Vector = (0.0, 0.0, 0.0)
    turn_deg: Vector = (0.0, 0.0, 0.0)

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        if len(self.size) != _SIZES[self.shape]:
            raise ValueError(f"size: expected {_SIZES[self.shape]} numbers for a {self.shape}")
        return self


class GraspObject(_Record):
    """What is grasped.

    Attributes:
        name: in a word or two.
        material: that its density is of.
        density: kg/m³.
        friction: coefficient of sliding friction against the hand.
        parts: its primitives; where they overlap, both count for the mass.
        position: of its frame in the palm's frame at the start, m.
        turn_deg: of its frame in the palm's frame, about x, then y, then z of the palm.
        down: the side of it that rests on the stand, in its own frame.
    """

    name: str
    material: str
    density: float = Field(ge=20, le=20000)
    friction: float = Field(gt=0, le=1)
    parts: tuple[Part, ...] = Field(min_length=1)
    position: Vector
    turn_deg: Vector
    down: Face

    @property
    def down_axis(self) -> np.ndarray:
        """The direction of `down` in the object's frame, (3,)."""
        axis = np.zeros(3)
        axis["xyz".index(self.down[1])] = -1.0 if self.down[0] == "-" else 1.0
        return axis


class Contact(_Record):
    """A place of the hand that must touch the object.

    Attributes:
        segment: of the hand.
        side: of the segment, seen from its bone: its pad (towards the palm), the thumb's side, the little finger's, its
            end, or any.
    """

    segment: Annotated[str, AfterValidator(_segment)]
    side: Side = "any"


class Grasp(_Record):
    """One grasp.

    Attributes:
        number: in the taxonomy.
        name: in the taxonomy.
        type: power, precision or intermediate.
        opposition: what presses against what: palm, pad or side.
        thumb: abducted or adducted.
        virtual_fingers: the two that oppose each other, each made of digits that act as one.
        helpers: digits that may touch the object too.
        object: what is grasped, and where.
        contacts: where the hand touches it.
        preshape: joint angles of the open hand, degrees; 0 for joints not named.
        touching: joint angles at which all contacts meet the object at once, degrees, passed on the way; without them
            the way is straight.
        closing: joint angles that the drives are told at the end of closing, degrees. Those of joints that press lie
            inside the object: how far, times a joint's stiffness, is the torque.
    """

    number: int = Field(ge=1, le=33)
    name: str
    type: Literal["power", "precision", "intermediate"]
    opposition: Literal["palm", "pad", "side"]
    thumb: Literal["abducted", "adducted"]
    virtual_fingers: tuple[tuple[Digit, ...], tuple[Digit, ...]]
    helpers: tuple[Digit, ...] = ()
    object: GraspObject
    contacts: tuple[Contact, ...] = Field(min_length=2)
    preshape: dict[str, float]
    touching: dict[str, float] | None = None
    closing: dict[str, float]

    @field_validator("preshape", "touching", "closing")
    @classmethod
    def _check_angles(cls, angles: dict[str, float] | None) -> dict[str, float] | None:
        for joint, angle in (angles or {}).items():
            low, high = RANGES_DEG[_known(joint, list(RANGES_DEG), "joint of the hand")]
            if not low <= angle <= high:
                raise ValueError(f"expected {joint} between {low:g} and {high:g} degrees")
        return angles

    @model_validator(mode="after")
    def _check_contacts(self) -> Self:
        acting = self.acting
        for contact in self.contacts:
            if digit_of(contact.segment) not in acting:
                raise ValueError(
                    f"contacts: {contact.segment} is of no virtual finger and no helper; expected {acting}"
                )
        return self

    @property
    def acting(self) -> tuple[Digit, ...]:
        """The digits that may touch the object."""
        return (*self.virtual_fingers[0], *self.virtual_fingers[1], *self.helpers)


def grasp_names() -> list[str]:
    """Names of the grasps that ship with the project, by number."""
    return sheet_names("grasps")


def load_grasp(name_or_path: str) -> Grasp:
    """Read a grasp: one of `grasp_names`, or a YAML file.

    Raises:
        DatasheetError: what is wrong, in one line that names the file, the key and what was expected.
    """
    return read_sheet("grasps", name_or_path, Grasp)


def load_grasps() -> list[Grasp]:
    """All grasps that ship with the project, by number."""
    return sorted((load_grasp(name) for name in grasp_names()), key=lambda grasp: grasp.number)


def dump_grasp(grasp: Grasp) -> str:
    """The grasp as YAML, as `load_grasp` reads it."""
    data = grasp.model_dump(mode="json")
    data["object"]["parts"] = [
        part.model_dump(mode="json", exclude_defaults=True) for part in grasp.object.parts
    ]
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes short lists and records of plain values on one line."""

    def represent_sequence(
        self, tag: str, sequence: Iterable[Any], flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        """A sequence, on one line unless it has records in it."""
        return super().represent_sequence(tag, sequence, not any(isinstance(item, dict) for item in sequence))

    def represent_mapping(
        self,
        tag: str,
        mapping: Any,  # noqa: ANN401 - as the base class has it
        flow_style: bool | None = None,
    ) -> yaml.MappingNode:
        """A mapping, on one line if it is a contact or a part."""
        return super().represent_mapping(tag, mapping, "segment" in mapping or "shape" in mapping)


def quaternion(turn_deg: Vector) -> np.ndarray:
    """Of a turn about the fixed axes x, then y, then z, (4,)."""
    quat = np.zeros(4)
    mujoco.mju_euler2Quat(quat, np.deg2rad(turn_deg), "XYZ")
    return quat


def object_mass(thing: GraspObject) -> float:
    """Density times the parts' volumes, kg."""
    return thing.density * sum(_volume(part) for part in thing.parts)


def _volume(part: Part) -> float:
    size = part.size
    match part.shape:
        case "box":
            return 8 * size[0] * size[1] * size[2]
        case "cylinder":
            return 2 * np.pi * size[0] ** 2 * size[1]
        case "capsule":
            return np.pi * size[0] ** 2 * (2 * size[1] + 4 / 3 * size[0])
        case "sphere":
            return 4 / 3 * np.pi * size[0] ** 3
        case "ellipsoid":
            return 4 / 3 * np.pi * size[0] * size[1] * size[2]
