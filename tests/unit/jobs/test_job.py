"""The rules of one job, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.engine import encode
from opsflow.errors import ConfigurationInvalid, Invalid, WrongState
from opsflow.instances import Terms
from opsflow.jobs import Job, Pace, State
from opsflow.jobs.leases import lease_of, read_token
from opsflow.jobs.models import LONGEST_PAUSE

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def job(**fields: object) -> Job:
    made = Job(id="j", kind="call", topic="t", payload=encode({}), attempt=0, failures=0)
    made.queue(NOW, NOW)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_taking_counts_the_attempt_and_nobody_takes_it_twice() -> None:
    made = job()
    made.take("a", NOW, "x")
    assert (made.state, made.attempt, made.due_at, made.lease_owner) == (
        State.RUNNING,
        1,
        None,
        "a",
    )
    with pytest.raises(WrongState):
        made.take("b", NOW, "y")
    made.queue(NOW + timedelta(seconds=1), NOW)
    assert (made.state, made.lease_owner, made.lease_until) == (State.TIMER, None, None)


@pytest.mark.parametrize("fields", [{"held_at": NOW}, {"state": State.INCIDENT}])
def test_what_is_held_back_or_an_incident_is_not_taken(fields: dict[str, object]) -> None:
    with pytest.raises(WrongState):
        job(**fields).take("a", NOW, "x")


@given(st.integers(1, 200), st.floats(0, 1), st.integers(0, 10**7))
def test_a_pause_grows_within_its_bounds(failures: int, chance: float, seconds: int) -> None:
    made, base = job(failures=failures), timedelta(seconds=seconds)
    pause = made.pause(base, chance)
    assert timedelta() <= pause <= LONGEST_PAUSE * 1.25
    assert made.pause(base, 0) <= pause <= made.pause(base, 1)
    made.failures += 1
    assert made.pause(base, chance) >= pause


def test_a_token_names_job_attempt_and_secret() -> None:
    made = job()
    made.take("a", NOW, "s.e.c")
    assert read_token(lease_of(made).token) == ("j", 1, "s.e.c")


@given(st.text())
def test_any_text_is_a_token_or_refused(text: str) -> None:
    try:
        job_id, attempt, secret = read_token(text)
    except Invalid:
        return
    assert text == f"{job_id}.{text.split('.')[1]}.{secret}"
    assert attempt >= 0


@pytest.mark.parametrize(
    "wrong",
    [{"retries": -1}, {"backoff": timedelta(-1)}, {"timeout": timedelta()}],
)
def test_terms_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationInvalid):
        Terms(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"poll": timedelta()}, {"lease": timedelta()}])
def test_a_pace_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationInvalid):
        Pace(**wrong)  # type: ignore[arg-type]
