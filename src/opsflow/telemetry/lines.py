"""Log lines of the standard library's loggers: one JSON object each, or text for a terminal."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from opsflow.telemetry.ids import ids
from opsflow.telemetry.secrecy import shown

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
"""What every record has; anything else was given with ``extra``."""
_TALKATIVE = ("alembic", "asyncio", "httpcore", "httpx", "procrastinate")
"""Say a line for every piece of work, where ours is enough."""


class JsonLines(logging.Formatter):
    """A line of JSON per record: event, level, logger, timestamp, the ids, what ``extra`` gives."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({k: shown(k, v) for k, v in line.items()}, default=str)


class TextLines(logging.Formatter):
    """The same for a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, and the lines of an error."""
        facts = " ".join(f"{name}={shown(name, value)}" for name, value in _facts(record).items())
        first, newline, rest = super().format(record).partition("\n")
        return str(shown("", f"{first} {facts}".rstrip() + newline + rest))


def configure(*, json_lines: bool | None = None) -> None:
    """Log to standard error, unless whoever runs this process has said how already.

    In JSON, or in text on a terminal, where it is not said.
    """
    root = logging.getLogger()
    if root.handlers:
        return
    chosen = not sys.stderr.isatty() if json_lines is None else json_lines
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if chosen else TextLines())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    given = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    return {**ids(), **given}
