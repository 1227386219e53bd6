"""The health of the background work, for people and for probes."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.conftest import Run


@pytest.fixture
def shop(run: Run) -> Run:
    """A shop with one order whose job nobody does."""
    run("init", "--organisation", "examples/procurement/organisation")
    run("deploy", "examples/order.bpmn", "--by", "ping")
    assert run("health", "--oldest-due", "0", "--timers-late", "0", "--incidents", "0").code == 0
    assert run("start", "order", "--by", "jun", "--business-key", "O-1").code == 0
    return run


def test_without_limits_it_tells_and_with_limits_it_judges(shop: Run) -> None:
    told = shop("health")
    assert told.code == 0
    assert "stock.reserve" in told.out
    assert shop("health", "--oldest-due", "3600").code == 0
    judged = shop("health", "--oldest-due", "0")
    assert judged.code == 1
    assert "The oldest due job has waited" in judged.out


def test_a_program_reads_one_line_of_json(shop: Run) -> None:
    ended = shop("health", "--json", "--oldest-due", "0")
    facts = json.loads(ended.out)
    assert (ended.code, facts["queued"], facts["incidents"]) == (1, 1, 0)
    assert len(facts["faults"]) == 1


def test_without_a_database_it_says_so(run: Run) -> None:
    assert run("health").code == 6


@pytest.mark.parametrize("place", ["here", "host:", ":x", "127.0.0.1:70000", "127.0.0.1:-1", ""])
def test_an_address_that_is_none_starts_no_worker(run: Run, place: str) -> None:
    run("init")
    ended = run("worker", "--observe", place)
    assert ended.code == 2
    assert "9464" in ended.err


@pytest.mark.parametrize("seconds", ["inf", "1e300", "nan", "-1"])
def test_a_limit_that_no_time_has_is_told(run: Run, seconds: str) -> None:
    run("init")
    assert run("health", "--oldest-due", seconds).code == 2
    assert run("health", "--timers-late", seconds).code == 2


def test_an_address_that_is_taken_starts_no_worker(run: Run) -> None:
    import socket

    run("init")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run("worker", "--observe", str(taken.getsockname()[1]))
    assert ended.code == 2
    assert "cannot be listened on" in ended.err
