"""Structured logs of the service: a line of JSON per event, or colours on a terminal."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog

HIDDEN = "(hidden)"
"""Stands in the place of a secret."""
_SECRET = ("authorization", "cookie", "password", "secret", "token")
_LOOKS_SECRET = re.compile(
    r"opsflow_[A-Za-z0-9_-]{43}"  # a token of opsflow
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JWT
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # who signs in to a database, and how
    r"|(?<=Bearer )\S+"
)


def configure() -> None:
    """Log to standard error. For a process that serves; a host keeps its own logging."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_secrets,
            # Its own way with errors would show the values of local variables.
            structlog.dev.ConsoleRenderer(
                colors=True, exception_formatter=structlog.dev.plain_traceback
            )
            if on_terminal
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def hide_secrets(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Take out what is named or looks like a secret, wherever a log line may get it from."""
    return {name: _shown(name, value) for name, value in event.items()}


def _shown(name: str, value: Any) -> Any:
    if any(word in name.lower() for word in _SECRET):
        return HIDDEN
    match value:
        case str():
            return _LOOKS_SECRET.sub(HIDDEN, value)
        case Mapping():
            return {each: _shown(str(each), inner) for each, inner in value.items()}
        case list() | tuple():
            return [_shown("", each) for each in value]
        case _:
            return value
