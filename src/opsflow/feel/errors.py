"""What FEEL raises.

FeelError
├── FeelSyntaxError    the text is not FEEL
├── FeelTypeError      a Python value has no FEEL counterpart, or a temporal text is malformed
└── FeelLimitError     the source or its evaluation exceeds a limit
"""

from __future__ import annotations


class FeelError(Exception):
    """Base of every error this package raises."""


class FeelSyntaxError(FeelError):
    """The text is not FEEL. `position` counts from 0; `line` and `column` count from 1."""

    def __init__(self, message: str, text: str, position: int) -> None:
        self.message = message
        self.text = text
        self.position = position
        self.line = text.count("\n", 0, position) + 1
        self.column = position - text.rfind("\n", 0, position)
        super().__init__(f"{message} (line {self.line}, column {self.column})")


class FeelTypeError(FeelError):
    """A value that FEEL has no type for."""


class FeelLimitError(FeelError):
    """A limit was exceeded. `limit` names the field of `Limits`."""

    def __init__(self, limit: str, message: str) -> None:
        self.limit = limit
        self.message = message
        super().__init__(message)
