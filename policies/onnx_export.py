"""An actor as an ONNX graph: observation groups and the memory go in, actions and the memory afterwards come out."""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from policies.networks import Actor

ACTION, MEMORY, REMEMBERED = "action", "memory", "memory_after"
"""Names of the graph's output, and of its memory before and after a control step."""


def export_onnx(actor: Actor, observation: Mapping[str, Tensor], path: Path) -> tuple[str, ...]:
    """Write what an actor does, normalization and the clipping of actions to [-1, 1] included.

    The first axis of everything is the world's, and may have any length. `memory`, float32, is of zeros where an
    episode begins; a graph without one has no such input.

    Args:
        actor: on the CPU, in evaluation mode.
        observation: an example of every group, at least two worlds: those that the actor reads become inputs.
        path: where the graph goes, weights included.

    Returns:
        Names of the graph's inputs.

    Raises:
        RuntimeError: the graph takes only as many worlds as the example has.
    """
    groups = actor.groups
    worlds = len(next(iter(observation.values())))
    remembers = memory_size(actor) > 0
    given = [observation[name] for name in groups]
    given += [actor.remember(worlds)] if remembers else []
    names = (*groups, *([MEMORY] if remembers else []))
    batch = torch.export.Dim("worlds")
    with _quiet_exporter():
        program = torch.onnx.export(
            _Deployed(actor, groups, remembers).eval(),
            tuple(given),
            path,
            input_names=list(names),
            output_names=[ACTION, REMEMBERED] if remembers else [ACTION],
            dynamic_shapes=(tuple({0: batch} for _ in given),),
            external_data=False,
            verbose=False,
        )
    assert program is not None
    # where a number of worlds is read as a Python number, the exporter takes it for a constant, and says nothing
    for given_to in program.model.graph.inputs:
        if given_to.shape is None or given_to.shape.is_static(0):
            raise RuntimeError(f"the graph's input {given_to.name!r} has a fixed number of worlds")
    return names


def memory_size(actor: Actor) -> int:
    """Numbers that an actor remembers from one control step to the next, in one world."""
    memory = actor.remember(1)
    return 0 if memory is None else memory.shape[1]


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Keep the exporter's remarks about its own workings and about libraries that nobody needs to itself."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


class _Deployed(nn.Module):
    """An actor whose inputs are in an order instead of by name."""

    def __init__(self, actor: Actor, groups: Sequence[str], remembers: bool) -> None:
        super().__init__()
        self._actor, self._groups, self._remembers = actor, tuple(groups), remembers

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        observation = dict(zip(self._groups, given[: len(self._groups)], strict=True))
        mean, _, memory = self._actor.step(observation, given[-1] if self._remembers else None)
        action = mean.clamp(-1.0, 1.0)
        if not self._remembers:
            return (action,)
        assert memory is not None
        return action, memory
