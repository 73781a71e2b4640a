"""How long work tells how far it has come."""

from collections.abc import Callable

ShareCallback = Callable[[float], None]
"""Called now and then with the share of the work that is done, 0 to 1."""


def part_of(progress: ShareCallback | None, index: int, count: int) -> ShareCallback | None:
    """The callback of part `index` of `count` equal parts of the work; none where nobody wants to be told."""
    if progress is None:
        return None
    return lambda share: progress((index + share) / count)
