"""Where the body's joints are."""

import numpy as np

from envs.humanoid.config import HumanoidConfig


class Layout:
    """Places in the bodies' frames, m, for a humanoid standing upright.

    Lengths between the joints of a limb are de Leva's. What his table does not say are shares of the height: the
    ankle's (R. Drillis & R. Contini, "Body Segment Parameters", 1966, as in D. Winter, "Biomechanics and Motor Control
    of Human Movement", 4th ed., Fig. 4.1) and, estimated, the distances between hips and between shoulders, the waist
    and the neck.

    Args:
        config: of the humanoid.

    Attributes:
        thigh, shank, foot, trunk, upper_arm, forearm, head: lengths.
        ankle_height: of the ankle above the sole.
        heel: from the ankle back to the heel.
        hip_height: of mid-hip above the sole, standing upright.
    """

    def __init__(self, config: HumanoidConfig) -> None:
        segments, height = config.segments, config.height
        self.scale = config.scale
        self.segments = segments
        self.thigh, self.shank, self.foot = (segments.length(name) for name in ("thigh", "shank", "foot"))
        self.trunk, self.head = segments.length("trunk"), segments.length("head")
        self.upper_arm, self.forearm = segments.length("upper_arm"), segments.length("forearm")
        self.ankle_height = 0.039 * height
        self.heel = 0.25 * self.foot
        self.hip_height = self.ankle_height + self.shank + self.thigh
        self._height = height

    def hip(self, left: float) -> np.ndarray:
        """In the pelvis; `left` is 1 or -1."""
        return np.array([0.0, 0.05 * left * self._height, 0.0])

    @property
    def waist(self) -> np.ndarray:
        """In the pelvis: between the loins and the sacrum."""
        return np.array([0.0, 0.0, 0.065 * self._height])

    @property
    def neck(self) -> np.ndarray:
        """In the torso."""
        return np.array([0.0, 0.0, self.trunk + 0.024 * self._height]) - self.waist

    def shoulder(self, left: float) -> np.ndarray:
        """In the torso: a little below the sternum's upper end."""
        return np.array([0.0, 0.105 * left * self._height, self.trunk - 0.022 * self._height]) - self.waist

    @property
    def vertex(self) -> np.ndarray:
        """The crown, in the head."""
        top = self._height - self.hip_height
        return np.array([0.0, 0.0, top]) - self.waist - self.neck

    def frame_of(self, segment: str) -> np.ndarray:
        """Where the origin of a segment's frame (`Segments.inertia`) lies in the body of that name."""
        places = {
            "torso": -self.waist,
            "head": self.vertex,
            "foot": np.array([-self.heel, 0.0, -self.ankle_height / 2]),
        }
        return places.get(segment, np.zeros(3))
