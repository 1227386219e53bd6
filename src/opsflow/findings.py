"""Findings: what a check has to say about a model, and where to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error refuses the deployment; a warning and an information do not."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark of a checker.

    ``rule`` is a stable id such as ``bpmn.flow.dangling``; ``line`` counts from 1 and is 0
    where the finding concerns no place in the text; ``file`` names the file of a package.
    """

    severity: Severity
    rule: str
    message: str
    hint: str
    element: str | None = None
    name: str | None = None
    line: int = 0
    file: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether it refuses the deployment."""
        return self.severity is Severity.ERROR
