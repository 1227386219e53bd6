"""What others are told of events: what is named, and never what is held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.app import Opsflow
from opsflow.errors import Invalid
from opsflow.events import Actor, Event
from opsflow.instances import InstanceStarted, MessageSent, VariablesChanged
from opsflow.webhooks import Outlets, outlets_from
from opsflow.webhooks.models import Subscription, fits
from opsflow.webhooks.payloads import public

FREE = {"text", "note", "comment", "answer", "question", "reason", "reasons", "detail", "message"}
HELD = {"values", "variables", "data", "inputs", "value", "number", "matched", "correlation"}


def kinds(of: type[Event] = Event) -> Iterator[type[Event]]:
    for each in of.__subclasses__():
        yield each
        yield from kinds(each)


def test_no_event_of_any_feature_tells_a_value_or_a_free_text() -> None:
    assert Opsflow.__name__, "every feature is loaded with it"
    found = [each for each in kinds() if each.__module__.startswith("opsflow.")]
    assert len(found) > 60
    for each in found:
        made = object.__new__(each)
        names = set(getattr(each, "__dataclass_fields__", {})) - {"actor"}
        for name in names:
            object.__setattr__(made, name, "SECRET" if name in FREE | HELD else "x")
        object.__setattr__(made, "actor", Actor("ann"))
        assert "SECRET" not in json.dumps(public(made)), each


@given(st.dictionaries(st.text(max_size=5), st.text(min_size=8, max_size=20), max_size=4))
def test_of_variables_the_names_are_told(values: dict[str, str]) -> None:
    told = public(VariablesChanged(instance_id="i", scope=None, values=values))
    assert told["names"] == sorted(values)
    assert set(told) == {"instance_id", "names", "actor"}


def test_what_names_something_is_told() -> None:
    told = public(
        InstanceStarted(
            actor=Actor("jun", "buyer"),
            instance_id="i",
            process_key="p",
            version=2,
            release_id="r",
            business_key="B",
        )
    )
    assert told == {
        "instance_id": "i",
        "process_key": "p",
        "version": 2,
        "release_id": "r",
        "business_key": "B",
        "actor": {"person": "jun", "role": "buyer", "on_behalf_of": None},
    }
    sent = MessageSent(
        instance_id="i", name="m", variables={"a": 1}, correlation="SECRET", step_id="s"
    )
    assert public(sent)["names"] == ["a"]


def test_moments_are_told_as_texts() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Planned(Event):
        due_at: datetime

    told = public(Planned(due_at=datetime(2026, 3, 2, 9, tzinfo=UTC)))
    assert told["due_at"] == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("pattern", "type", "is_meant"),
    [
        ("*", "TaskCompleted", True),
        ("Task*", "TaskCompleted", True),
        ("Task*", "InstanceTask", False),
        ("TaskCompleted", "TaskCompleted", True),
        ("TaskComplete", "TaskCompleted", False),
    ],
)
def test_patterns(pattern: str, type: str, is_meant: bool) -> None:
    assert fits([pattern], type) is is_meant


def test_the_environment_lists_hosts() -> None:
    given_hosts = {
        "OPSFLOW_WEBHOOK_HOSTS": "Hooks.example.com, *.example.net,",
        "OPSFLOW_WEBHOOK_PRIVATE_HOSTS": "erp.internal",
    }
    found = outlets_from(given_hosts)
    assert found.require("https://hooks.example.com./x")
    assert found.require("https://a.example.net/x")
    assert found.require("http://erp.internal:8080/x")
    for url in ("https://example.net/", "http://a.example.net/", "https://example.com/"):
        with pytest.raises(Invalid):
            found.require(url)
    with pytest.raises(Invalid):
        Outlets().require("https://hooks.example.com/")


@given(st.text(max_size=60))
def test_no_text_gets_past_the_list_of_hosts(text: str) -> None:
    with pytest.raises(Invalid):
        Outlets(hosts=("hooks.example.com",)).require(text)


def test_a_target_is_given_up_after_a_day_and_ten_failures() -> None:
    one = Subscription(id="s", failures=0)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert not any(one.note_failure(start) for _ in range(20))
    assert one.note_failure(start.replace(day=3))
    one.pause("it fails", start)
    assert not one.note_failure(start.replace(day=4))
    one.resume()
    assert (one.failures, one.failing_since, one.pause_reason) == (0, None, None)
