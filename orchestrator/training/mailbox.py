"""What workers tell the process that started them: news left in an actor, and read by a thread."""

import threading
from collections.abc import Mapping
from typing import Any, Self

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from orchestrator.records import TrainResult
from orchestrator.training.progress import Progress

_POLL_SECONDS = 0.5


def here() -> NodeAffinitySchedulingStrategy:
    """For actors that belong to the process that starts a run: on its machine, so that they are lost only with it."""
    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)
class Mailbox:
    """What workers tell the process that started them; it is read once.

    News are lost with its process, and it starts again: whoever waits for a result asks the workers once more.
    """

    def __init__(self) -> None:
        self._news: list[tuple[str, Any]] = []

    def put(self, kind: str, what: object) -> None:
        """Leave a piece of news."""
        self._news.append((kind, what))

    def take(self) -> list[tuple[str, Any]]:
        """All news since the last time, oldest first."""
        news, self._news = self._news, []
        return news


class Told:
    """Progress that goes into the mailbox."""

    def __init__(self, mailbox: Any) -> None:  # noqa: ANN401 - a handle of Ray's
        self._mailbox = mailbox

    def start(self, total: int, done: int = 0) -> None:
        """See `Progress`."""
        self._mailbox.put.remote("start", (total, done))

    def update(self, done: int, figures: Mapping[str, float]) -> None:
        """See `Progress`."""
        self._mailbox.put.remote("update", (done, dict(figures)))

    def finish(self) -> None:
        """The process that started the workers sees that they are done."""


class Listener:
    """Passes on what the mailbox gets, from a thread of its own."""

    def __init__(self, mailbox: Any, progress: Progress) -> None:  # noqa: ANN401 - a handle of Ray's
        self._mailbox, self._progress = mailbox, progress
        self._over, self._reading = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.result: TrainResult | None = None
        self.error: str | None = None

    def ended(self) -> bool:
        """Whether training has come to an end, good or bad."""
        self._take()
        return self.result is not None or self.error is not None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._take()
        self._progress.finish()

    def _listen(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            self._take()

    def _take(self) -> None:
        with self._reading:
            for kind, what in ray.get(self._mailbox.take.remote()):
                self._pass_on(kind, what)

    def _pass_on(self, kind: str, what: Any) -> None:  # noqa: ANN401 - as many types as kinds
        if kind == "start":
            self._progress.start(*what)
        elif kind == "update":
            self._progress.update(*what)
        elif kind == "result":
            self.result = TrainResult.model_validate(what)
        else:
            self.error = str(what)
