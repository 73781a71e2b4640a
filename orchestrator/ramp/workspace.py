"""Arrays that one block of paths leaves to the next: fresh memory costs more than the arithmetic in it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = np.ndarray


class Workspace:
    """Arrays by name, for one block at a time. Who asks for an array fills it."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}

    def array(self, name: str, shape: Sequence[int], dtype: npt.DTypeLike = np.float32) -> Array:
        """The array of this name, with what was last in it; a new one where shape or type have changed."""
        found = self._arrays.get(name)
        if found is None or found.shape != tuple(shape) or found.dtype != dtype:
            found = self._arrays[name] = np.empty(shape, dtype=dtype)
        return found
