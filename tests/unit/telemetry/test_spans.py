"""Spans: nothing without an SDK, and with one what a trace needs and no more."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from opsflow.telemetry import Kind, carry, received, span, trace_id, traceparent
from tests.tracing import Spans, parent, place, spans

__all__ = ["spans"]

FOREIGN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_without_an_sdk_nothing_is_recorded_or_loaded() -> None:
    code = (
        "import sys\n"
        "from opsflow.telemetry import carry, span, traceparent\n"
        "headers = {}\n"
        "with span('x', {'a': 1}, parent='nonsense') as opened:\n"
        "    opened.set(b=2); opened.name('y'); opened.fail('no'); carry(headers)\n"
        "    assert traceparent() is None\n"
        "assert headers == {} and 'opentelemetry' not in sys.modules\n"
        "import opentelemetry.trace\n"
        "with span('x', {}):\n"
        "    assert traceparent() is None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_span_carries_on_what_a_request_came_with(spans: Spans) -> None:
    context = received([(b"host", b"here"), (b"traceparent", FOREIGN.encode())])
    with span("GET", {"route": "/x"}, kind=Kind.SERVER, context=context) as opened:
        assert trace_id() == "0af7651916cd43dd8448eb211c80319c"
        here = traceparent()
        headers: dict[str, str] = {}
        carry(headers)
        opened.name("GET /x")
        opened.set(http__status=200, left__out=None)
    assert headers["traceparent"] == here
    found = spans.one("GET /x")
    assert found.kind is SpanKind.SERVER
    assert dict(found.attributes or {}) == {"route": "/x", "http.status": 200}
    assert parent(found) == (int(FOREIGN[3:35], 16), int(FOREIGN[36:52], 16))
    assert traceparent() is None


def test_what_is_stored_is_the_parent_also_inside_another_span(spans: Spans) -> None:
    with span("made", {}):
        stored = traceparent()
    with span("elsewhere", {}), span("done", {}, parent=stored):
        pass
    assert parent(spans.one("done")) == place(spans.one("made"))


@pytest.mark.parametrize("stored", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-00"])
def test_a_parent_that_is_none_makes_a_trace_of_its_own(spans: Spans, stored: str) -> None:
    with span("done", {}, parent=stored, link=stored):
        pass
    found = spans.one("done")
    assert found.parent is None
    assert found.links == ()


def test_a_link_leads_to_another_trace_only(spans: Spans) -> None:
    with span("start", {}):
        start = traceparent()
        with span("inside", {}, link=start):
            pass
    with span("later", {}, link=start):
        pass
    assert spans.one("inside").links == ()
    (link,) = spans.one("later").links
    assert (link.context.trace_id, link.context.span_id) == place(spans.one("start"))


def test_of_an_error_only_the_class_is_told(spans: Spans) -> None:
    with pytest.raises(ValueError, match="secret"), span("x", {}):
        raise ValueError("a secret amount of 12")
    found = spans.one("x")
    assert found.status.status_code is StatusCode.ERROR
    assert dict(found.attributes or {}) == {"error.type": "ValueError"}
    assert "secret" not in found.to_json()
