"""An Adam optimizer's state as named tensors, for checkpoints."""

from collections.abc import Mapping

import torch
from torch import Tensor

_PREFIX = "adam."


def save_adam(optimizer: torch.optim.Adam) -> dict[str, Tensor]:
    """Every parameter's moments and step, by `adam.INDEX.NAME`."""
    slots = optimizer.state_dict()["state"]
    return {f"{_PREFIX}{index}.{name}": value for index, own in slots.items() for name, value in own.items()}


def load_adam(optimizer: torch.optim.Adam, tensors: Mapping[str, Tensor]) -> None:
    """Go on from `save_adam`, among other tensors."""
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(_PREFIX):
            _, index, name = key.split(".")
            slots.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": slots, "param_groups": groups})
