"""Telemetry: what a process tells of its work while it works: spans, ids on log lines, an observer.

Nothing here needs a package: spans are OpenTelemetry's where the process has loaded it, log lines
are the standard library's, and the observer takes no notice until a metric asks it to.
"""

from opsflow.telemetry.ids import WithIds, bound, ids
from opsflow.telemetry.lines import JsonLines, configure
from opsflow.telemetry.observer import SILENT, Observer
from opsflow.telemetry.secrecy import HIDDEN, shown
from opsflow.telemetry.spans import (
    Attributes,
    Kind,
    Span,
    carry,
    received,
    span,
    trace_id,
    traceparent,
)

__all__ = [
    "HIDDEN",
    "SILENT",
    "Attributes",
    "JsonLines",
    "Kind",
    "Observer",
    "Span",
    "WithIds",
    "bound",
    "carry",
    "configure",
    "ids",
    "received",
    "shown",
    "span",
    "trace_id",
    "traceparent",
]
