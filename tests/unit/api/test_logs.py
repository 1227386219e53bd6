"""What is named like a secret is in no line of the log."""

from __future__ import annotations

import sys

import pytest
import structlog

from opsflow.api import logs
from opsflow.api.logs import hide_secrets
from opsflow.telemetry import span, trace_id
from tests.tracing import Spans, spans

__all__ = ["spans"]

SECRET = "opsflow_" + "5gVeaRaiUyFPvpFYb1qFC86_EDnZrFHiHUaJWSxH6rU"


@pytest.mark.parametrize(
    "name", ["token", "Authorization", "X-Api-Token", "password", "client_secret", "set-cookie"]
)
def test_a_secret_is_hidden_by_its_name(name: str) -> None:
    told = hide_secrets(None, "info", {"event": "request", name: "opsflow_123"})
    assert told == {"event": "request", name: "(hidden)"}


def test_a_line_says_its_trace(spans: Spans) -> None:
    assert logs.add_trace(None, "info", {"event": "x"}) == {"event": "x"}
    with span("x", {}):
        assert logs.add_trace(None, "info", {"event": "x"})["trace_id"] == trace_id()


def test_what_hides_inside_is_hidden_too() -> None:
    told = hide_secrets(
        None,
        "info",
        {"headers": {"Authorization": "Bearer opsflow_1"}, "list": [{"secret": "s"}, "fine"]},
    )
    assert told == {
        "headers": {"Authorization": "(hidden)"},
        "list": [{"secret": "(hidden)"}, "fine"],
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"/tasks/{SECRET}", "/tasks/(hidden)"),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer (hidden)"),
        ("Bearer abc.def", "Bearer (hidden)"),
        ("got eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0. there", "got (hidden) there"),
        ("postgresql://me:word@host/office", "postgresql://(hidden)@host/office"),
        ("no such table: opsflow_access_token", "no such table: opsflow_access_token"),
    ],
)
def test_a_secret_in_a_text_is_hidden(text: str, told: str) -> None:
    assert hide_secrets(None, "info", {"event": text}) == {"event": told}


def test_an_error_on_a_terminal_shows_no_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    logs.configure()
    try:
        hidden = f"{SECRET[:-1]}-"
        try:
            raise ValueError(f"cannot use {hidden}")
        except ValueError:
            structlog.get_logger().exception("failed")
        told = capsys.readouterr().err
    finally:
        structlog.reset_defaults()
    assert "ValueError: cannot use (hidden)" in told
    assert hidden not in told


def test_everything_else_stays() -> None:
    line = {"event": "request", "method": "GET", "path": "/tasks", "status": 200, "ms": 1.5}
    assert hide_secrets(None, "info", dict(line)) == line
