"""Stuck: a step that cannot go on; it becomes an incident."""

from __future__ import annotations


class Stuck(Exception):
    """``code`` is that of the incident."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)
