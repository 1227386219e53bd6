"""Structured logs of the service: a line of JSON per event, or colours on a terminal."""

from __future__ import annotations

import logging
import sys

import structlog

from opsflow import telemetry
from opsflow.telemetry import shown


def configure() -> None:
    """Log to standard error. For a process that serves; a host keeps its own logging."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_trace,
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
    # What the executor beside the service says, and the handlers of the host's.
    telemetry.configure()


def add_trace(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Say which trace a line belongs to, where there is one."""
    trace = telemetry.trace_id()
    return {**event, "trace_id": trace} if trace else event


def hide_secrets(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Take out what is named or looks like a secret, wherever a log line may get it from."""
    return {name: shown(name, value) for name, value in event.items()}
