"""MuJoCo's names live in compiled modules that ship no type information: each of them is `Any` to the checker."""

from typing import Any

def __getattr__(name: str) -> Any: ...  # noqa: ANN401 - that is what it says
