"""Scripts: the port to whatever runs the scripts of script tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Scripts(Protocol):
    """Runs the scripts of script tasks."""

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """The variables that the script changed.

        ``variables`` is a copy. Raises BpmnError for an error that the process may handle;
        every other exception is an incident of the step.
        """
