"""Spans of OpenTelemetry, in a process that has loaded it; elsewhere nothing, at no cost.

Whoever sets up an SDK has loaded OpenTelemetry's API before. So it is never loaded from here, and
without an SDK a span is one look into two mappings.

A span names no person and no variable, and of an error only its class: what is in them is not for
everybody who may see a trace.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext, Tracer

NAME = "opsflow"
"""The instrumentation scope of every span."""
_API = "opentelemetry.trace"

Attributes: TypeAlias = Mapping[str, str | int | float | bool | None]


class Kind(StrEnum):
    """What a span is to the others of its trace (OpenTelemetry's ``SpanKind``)."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    CONSUMER = "consumer"


class Span:
    """A span that is open; this one is recorded nowhere."""

    def set(self, **attributes: str | int | float | bool | None) -> None:
        """Tell more about it, such as how it ended; ``__`` stands for the dot in a name."""

    def name(self, name: str) -> None:
        """Name it anew, once more is known."""

    def fail(self, kind: str) -> None:
        """What it is about went wrong, in an error of this class or kind."""


_NONE: AbstractContextManager[Span] = nullcontext(Span())


def span(
    name: str,
    attributes: Attributes,
    *,
    kind: Kind = Kind.INTERNAL,
    parent: str | None = None,
    link: str | None = None,
    context: Any = None,
) -> AbstractContextManager[Span]:
    """What is done inside is a span of a trace.

    ``parent`` and ``link`` are traceparents (W3C Trace Context §3.2); without a parent it belongs
    to the span that is open here. A link within its own trace is left out. ``context`` is what
    ``received`` gave.
    """
    tracer = _tracer()
    if tracer is None:
        return _NONE
    return _recorded(tracer, name, attributes, kind, parent, link, context)


def traceparent() -> str | None:
    """Where the span that is open here is, as W3C Trace Context writes it."""
    here = _here()
    if here is None:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def trace_id() -> str | None:
    """The trace that the span that is open here belongs to, as 32 hexadecimal digits."""
    here = _here()
    return None if here is None else f"{here.trace_id:032x}"


def carry(headers: MutableMapping[str, str]) -> None:
    """Tell whoever gets a request with these headers which trace it belongs to."""
    if _tracer() is not None:
        from opentelemetry import propagate

        propagate.inject(headers)


def received(headers: Iterable[tuple[bytes, bytes]]) -> Any:
    """The context that a request came with, by its headers as ASGI has them, for ``span``."""
    if _tracer() is None:
        return None
    from opentelemetry import propagate

    return propagate.extract({k.decode("latin-1"): v.decode("latin-1") for k, v in headers})


def _tracer() -> Tracer | None:
    """The tracer, where the process has an SDK."""
    if _API not in sys.modules:
        return None
    # Written as an import, which waits where another thread is only loading it.
    from opentelemetry import trace

    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return provider.get_tracer(NAME)


def _here() -> SpanContext | None:
    if _API not in sys.modules:
        return None
    from opentelemetry import trace

    found = trace.get_current_span().get_span_context()
    return found if found.is_valid else None


@contextmanager
def _recorded(
    tracer: Tracer,
    name: str,
    attributes: Attributes,
    kind: Kind,
    parent: str | None,
    link: str | None,
    context: Any,
) -> Iterator[Span]:
    from opentelemetry import trace

    within = context if parent is None else _context_of(parent)
    before = trace.get_current_span(within).get_span_context()
    linked = None if link is None else _place_of(link)
    is_elsewhere = linked is not None and linked.trace_id != before.trace_id
    with tracer.start_as_current_span(
        name,
        context=within,
        kind=trace.SpanKind[kind.name],
        attributes=_said(attributes),
        links=[trace.Link(linked)] if linked is not None and is_elsewhere else None,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        found = _Recorded(opened)
        try:
            yield found
        except BaseException as error:
            found.fail(type(error).__name__)
            raise


class _Recorded(Span):
    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def set(self, **attributes: str | int | float | bool | None) -> None:
        dotted = {name.replace("__", "."): value for name, value in attributes.items()}
        self._opened.set_attributes(_said(dotted))

    def name(self, name: str) -> None:
        self._opened.update_name(name)

    def fail(self, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self._opened.set_attributes({"error.type": kind})
        self._opened.set_status(Status(StatusCode.ERROR))


def _said(attributes: Attributes) -> dict[str, str | int | float | bool]:
    return {name: value for name, value in attributes.items() if value is not None}


def _context_of(traceparent: str) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})


def _place_of(traceparent: str) -> SpanContext | None:
    from opentelemetry import trace

    found = trace.get_current_span(_context_of(traceparent)).get_span_context()
    return found if found.is_valid else None
