"""What is told of the work of a process, as it happens."""

from __future__ import annotations

from datetime import timedelta


class Observer:
    """Is told what this process does. This one takes no notice; override what you want to know.

    It is told once the transaction is committed, in the thread that does the work: it must neither
    wait nor raise. Topics and keys of processes come from models, so there are few of them.
    """

    def job_taken(self, topic: str, late: timedelta) -> None:
        """A job was taken, so long after it was due."""

    def attempt_ended(self, topic: str, outcome: str) -> None:
        """What an attempt came to, done here or answered here by a program of others."""

    def attempt_took(self, topic: str, seconds: float) -> None:
        """How long the work of an attempt took here."""

    def timer_fired(self, process_key: str, late: timedelta) -> None:
        """The earliest timer of an instance or process that was due fired, so long after."""

    def incident_raised(self, process_key: str, code: str) -> None:
        """A step cannot go on until a human acts."""

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. ``route`` is its template, such as ``/tasks/{task_id}``."""


SILENT = Observer()
"""Takes no notice of anything."""
