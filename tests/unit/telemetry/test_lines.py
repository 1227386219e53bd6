"""Log lines: JSON or text, with the ids of the work, without secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.telemetry import JsonLines, WithIds, bound, ids, shown, span, trace_id
from opsflow.telemetry.lines import TextLines, configure
from tests.tracing import Spans, spans

__all__ = ["spans"]

TOKEN = "opsflow_" + "5gVeaRaiUyFPvpFYb1qFC86_EDnZrFHiHUaJWSxH6rU"


class Log:
    """A logger of a host's, and what it has written."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self._stream = io.StringIO()
        self.logger = logging.getLogger("tests.crm")
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(formatter)
        self.logger.addHandler(self.handler)
        self.logger.setLevel(logging.INFO)
        self.logger.propagate = False

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(params=[JsonLines(), TextLines()])
def either(request: pytest.FixtureRequest) -> Iterator[Log]:
    yield from opened(request.param)


@pytest.fixture
def log() -> Iterator[Log]:
    yield from opened(JsonLines())


def opened(formatter: logging.Formatter) -> Iterator[Log]:
    made = Log(formatter)
    yield made
    made.logger.removeHandler(made.handler)


def test_a_line_carries_the_ids_of_its_work(log: Log) -> None:
    with bound(job_id="j", topic="crm", instance_id=None), bound(attempt=2):
        log.logger.info("sent %s", "it", extra={"customer": 7})
        assert ids() == {"job_id": "j", "topic": "crm", "attempt": 2}
    log.logger.warning("after")
    sent, after = log.lines
    assert sent["event"] == "sent it"
    assert {"job_id": "j", "topic": "crm", "attempt": 2, "customer": 7}.items() <= sent.items()
    assert sent["timestamp"].endswith("+00:00")
    assert "job_id" not in after
    assert (after["level"], after["logger"]) == ("warning", "tests.crm")


def test_a_line_says_its_trace(log: Log, spans: Spans) -> None:
    with span("x", {}):
        log.logger.info("inside")
        expected = trace_id()
    assert log.lines[0]["trace_id"] == expected


def test_structlog_carries_the_ids_too() -> None:
    with bound(job_id="j"):
        assert structlog.contextvars.get_contextvars()["job_id"] == "j"
    assert "job_id" not in structlog.contextvars.get_contextvars()


def test_a_host_with_its_own_logging_has_the_ids_on_its_records() -> None:
    record = logging.makeLogRecord({"msg": "x", "topic": "its own"})
    with bound(job_id="j", topic="crm"):
        assert WithIds().filter(record)
    assert (vars(record)["job_id"], vars(record)["topic"]) == ("j", "its own")


def test_no_line_shows_a_secret(either: Log) -> None:
    with bound(token="t-1"):
        either.logger.info("sent with %s", TOKEN, extra={"password": "p-1", "of": ["Bearer b-1"]})
        try:
            raise ConnectionError(f"postgresql://ann:w-1@host/db refused {TOKEN}")
        except ConnectionError:
            either.logger.exception("failed")
    for secret in (TOKEN, "t-1", "p-1", "b-1", "w-1"):
        assert secret not in either.text
    assert "ConnectionError" in either.text


@settings(deadline=None)
@given(st.text(), st.dictionaries(st.text(min_size=1), st.text(), max_size=3))
def test_whatever_is_logged_is_one_line_of_json(message: str, facts: dict[str, str]) -> None:
    record = logging.makeLogRecord({"msg": message, **{f"x_{k}": v for k, v in facts.items()}})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["event"] == shown("event", message)


def test_a_host_that_has_said_how_to_log_keeps_it() -> None:
    root = logging.getLogger()
    mine = logging.NullHandler()
    root.addHandler(mine)
    before = list(root.handlers)
    try:
        configure(json_lines=True)
        assert root.handlers == before
    finally:
        root.removeHandler(mine)
