"""The ids that every log line of a piece of work carries."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from opsflow.telemetry.spans import trace_id

_IDS: ContextVar[Mapping[str, object]] = ContextVar(
    "opsflow-ids", default=MappingProxyType[str, object]({})
)


@contextmanager
def bound(**named: object) -> Iterator[None]:
    """Everything that is logged inside carries these ids; None is left out.

    Structlog's lines carry them too, where the process uses it.
    """
    told = {name: value for name, value in named.items() if value is not None}
    token = _IDS.set({**_IDS.get(), **told})
    try:
        if "structlog" in sys.modules:
            from structlog.contextvars import bound_contextvars

            with bound_contextvars(**told):
                yield
        else:
            yield
    finally:
        _IDS.reset(token)


def ids() -> dict[str, object]:
    """The ids of the work that is done here, with the id of the trace where there is one."""
    trace = trace_id()
    return {**_IDS.get(), **({"trace_id": trace} if trace else {})}


class WithIds(logging.Filter):
    """For handlers of the host's own logging: puts the ids on every record, one attribute each."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with the ids that it does not have itself."""
        for name, value in ids().items():
            record.__dict__.setdefault(name, value)
        return True
