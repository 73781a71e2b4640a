"""What a check objects to: codes that a program can act on, with words for people."""

from orchestrator.records import Record


class Finding(Record):
    """One objection.

    Attributes:
        code: of the rule, such as `cycle` or `payload`.
        subject: what it is about: a task's id, a resource, ...
        message: what is wrong.
    """

    code: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}: {self.message}"
