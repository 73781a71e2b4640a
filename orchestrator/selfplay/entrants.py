"""Who is in a league."""

from dataclasses import dataclass

from orchestrator.selfplay.config import Kind


@dataclass(frozen=True)
class Entrant:
    """Whoever can be drawn as an opponent: a learner as it is at the moment, or a snapshot for good.

    Attributes:
        name: `main-0` of a learner, `main-0:3` of its snapshot number 3.
        kind: of the learner.
        learner: its name.
        version: number of the snapshot, from 0; none of a learner.
        steps: environment steps of the whole run when the snapshot was taken.
        parent: snapshot that the weights come from; none where they are the first, or a learner's.
    """

    name: str
    kind: Kind
    learner: str
    version: int | None = None
    steps: int = 0
    parent: str | None = None
