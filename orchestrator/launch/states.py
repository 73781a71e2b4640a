"""How a launched run may stand."""

from typing import Literal

State = Literal["queued", "running", "done", "failed", "stopped", "lost"]
"""Of a run; lost: it neither runs nor said how it ended."""

ENDED: tuple[State, ...] = ("done", "failed", "stopped")
"""Those that a run stays in."""

JOB_STATES: dict[str, State] = {
    "PENDING": "queued",
    "RUNNING": "running",
    "STOPPED": "stopped",
    "SUCCEEDED": "done",
    "FAILED": "failed",
}
"""What the words of Ray's JobStatus mean."""
