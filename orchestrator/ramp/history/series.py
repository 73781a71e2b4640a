"""A production series: units made in each of a row of periods."""

from dataclasses import dataclass

import numpy as np

from orchestrator.ramp.history.periods import Period

Array = np.ndarray


@dataclass(frozen=True)
class Series:
    """Units made per period, without gaps.

    Attributes:
        name: of the file, or of the past ramp.
        first: the first period.
        units: (n,) units per period, none negative.
        notes: what was done to the file's numbers, in plain words.
    """

    name: str
    first: Period
    units: Array
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.units)

    def labels(self, start: int, count: int) -> list[str]:
        """Labels of `count` periods, the first of them `start` after the series' first."""
        return [self.first.shifted(start + step).label() for step in range(count)]
