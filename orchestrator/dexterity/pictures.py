"""Pictures of hands: from several sides, and in Kapandji's poses."""

import base64
import io
from dataclasses import dataclass

import numpy as np

from envs.rendering import Renderer
from hand_model.dexterity.measure import Dexterity
from hand_model.dexterity.specimen import Specimen
from orchestrator.evaluation.scene import CAMERA, add_camera_and_light

SIDES = ("palm", "thumb's side", "back", "little finger's side")
"""What is seen from where, in quarter turns about the fingers' direction."""

_SIZE = 300
"""Width and height, pixels."""

_SAMPLES = 2

_TURN = np.deg2rad(50)
"""From the palm's side towards the thumb's, rad: the second view of an opposition shows its depth."""


@dataclass(frozen=True)
class Picture:
    """A picture with what it shows.

    Attributes:
        file: its name, without a folder.
        caption: what it shows.
        pixels: (height, width, 3) RGB.
    """

    file: str
    caption: str
    pixels: np.ndarray

    def jpeg(self) -> bytes:
        """The picture as a file."""
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(self.pixels).save(buffer, format="JPEG", quality=88)
        return buffer.getvalue()

    @property
    def data(self) -> str:
        """The file's bytes for a page, base64."""
        return base64.b64encode(self.jpeg()).decode()


def side_pictures(specimen: Specimen, name: str) -> list[Picture]:
    """The hand at rest from four sides, whole."""
    rest = specimen.model.qpos0[None]
    quarter = np.pi / 2
    return [
        Picture(f"{name}-{i}.jpg", f"{side}", draw(specimen, rest, i * quarter, whole=True)[0])
        for i, side in enumerate(SIDES)
    ]


def kapandji_pictures(dexterity: Dexterity, name: str) -> list[Picture]:
    """The eleven poses, each from the palm's side and, beside it, from between palm and thumb."""
    specimen = dexterity.specimen
    qpos = np.array([reach.qpos for reach in dexterity.reaches])
    views = np.concatenate([draw(specimen, qpos, 0.0), draw(specimen, qpos, _TURN)], axis=2)
    pictures = []
    for stage, (reach, pixels) in enumerate(zip(dexterity.reaches, views, strict=True)):
        outcome = "touched" if reach.touched else "missed"
        caption = f"{stage}: {outcome}, {1e3 * reach.distance:.1f} mm off, facing within {np.rad2deg(reach.angle):.0f}°"
        pictures.append(Picture(f"{name}-kapandji-{stage}.jpg", caption, pixels))
    return pictures


def draw(specimen: Specimen, qpos: np.ndarray, turn: float, *, whole: bool = False) -> np.ndarray:
    """Pictures (n, height, width, 3) of poses (n, nq), all through one camera.

    Args:
        specimen: the hand.
        qpos: poses.
        turn: of the camera about the fingers' direction, from the palm's side towards the thumb's, rad.
        whole: whether the forearm is in the picture.
    """
    spec = specimen.spec.copy()
    forward, up = (np.array(axis) for axis in specimen.view)
    aside = np.cross(up, forward) * _thumb_side(specimen)
    onto = np.cos(turn) * forward - np.sin(turn) * aside
    add_camera_and_light(spec, (_vector(onto), _vector(up)), _corners(specimen, qpos, whole=whole))
    return Renderer(spec.compile(), _SIZE, _SIZE, CAMERA, _SAMPLES).render(qpos)


def _thumb_side(specimen: Specimen) -> float:
    """Whether the thumb lies where up × forward points (1) or on the other side (-1)."""
    forward, up = (np.array(axis) for axis in specimen.view)
    data = specimen.posed(specimen.model.qpos0)
    thumb, _ = specimen.place(data, specimen.thumb.pulp)
    little, _ = specimen.place(data, specimen.fingers[-1].pulp)
    return float(np.sign((thumb - little) @ np.cross(up, forward)))


def _corners(specimen: Specimen, qpos: np.ndarray, *, whole: bool) -> np.ndarray:
    """Points (n, 3) that have to be in the picture."""
    first = 1 if whole else specimen.model.body(specimen.palm).id
    points = []
    for pose in qpos:
        data = specimen.posed(pose)
        points += [
            data.xpos[first:],
            *(specimen.place(data, digit.pulp)[0][None] for digit in specimen.digits),
        ]
        if whole:
            points.append(data.geom_xpos)
    return np.concatenate(points)


def _vector(array: np.ndarray) -> tuple[float, float, float]:
    return float(array[0]), float(array[1]), float(array[2])
