"""How training tells where it is."""

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Whoever wants to be told."""

    def start(self, total: int, done: int = 0) -> None:
        """Training begins: `done` of `total` environment steps are made already."""
        ...

    def update(self, done: int, figures: Mapping[str, float]) -> None:
        """An iteration ended after `done` environment steps, with these metrics."""
        ...

    def finish(self) -> None:
        """Training ended, for whatever reason."""
        ...


class Silent:
    """A `Progress` for when nobody wants to know."""

    def start(self, total: int, done: int = 0) -> None:
        """Do nothing."""

    def update(self, done: int, figures: Mapping[str, float]) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""
