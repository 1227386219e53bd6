"""What a process starts on, and where its instance then begins."""

from __future__ import annotations

from collections.abc import Callable

from opsflow.engine.changes import Waiting
from opsflow.engine.model import NodeKind
from opsflow.engine.starts import start_subscriptions

from .conftest import NOW, Build, Run, event, timer

Start = Callable[..., Run]
GATEWAY = NodeKind.EVENT_BASED_GATEWAY
CATCH = NodeKind.CATCH_EVENT


def by_gateway(kind: str) -> Build:
    b = Build().add(GATEWAY, "g", instantiate=True, event_gateway_type=kind)
    b.add(CATCH, "m", event("message", "order")).add(CATCH, "n", event("message", "paid"))
    b.user("a", "b")
    return b.flow("g", "m", "a").flow("g", "n", "b")


def subscribed(b: Build) -> list[tuple[str, int, Waiting, str | None]]:
    found = start_subscriptions(b.process(), NOW)
    return [(item.node, item.position, item.kind, item.name) for item in found]


def test_a_gateway_that_starts_the_process_subscribes_for_the_events_behind_it() -> None:
    assert subscribed(by_gateway("Exclusive")) == [
        ("m", 0, Waiting.MESSAGE, "order"),
        ("n", 0, Waiting.MESSAGE, "paid"),
    ]


def test_behind_an_exclusive_one_the_instance_goes_on_at_the_event_that_came(run: Start) -> None:
    assert run(by_gateway("Exclusive"), at="n").waiting == ["b"]


def test_behind_a_parallel_one_the_instance_waits_for_the_other_events_too(run: Start) -> None:
    r = run(by_gateway("Parallel"), at="n")
    assert r.waiting == ["b", "m"]
    assert r.message("m").waiting == ["a", "b"]


def test_started_by_a_person_a_gateway_waits_for_its_events(run: Start) -> None:
    assert run(by_gateway("Exclusive")).message("m").waiting == ["a"]
    assert run(by_gateway("Parallel")).message("m").waiting == ["a", "n"]


def test_a_receive_task_that_starts_the_process_is_passed_when_its_message_came(
    run: Start,
) -> None:
    b = Build().add(NodeKind.RECEIVE_TASK, "r", message="order", instantiate=True).user("a")
    b.flow("r", "a")
    assert subscribed(b) == [("r", 0, Waiting.MESSAGE, "order")]
    assert run(b, at="r").waiting == ["a"]


def test_a_receive_task_inside_the_flow_starts_nothing() -> None:
    b = Build().start().add(NodeKind.RECEIVE_TASK, "r", message="order", instantiate=True)
    assert subscribed(b.flow("start", "r")) == []


def multiple(*, parallel: bool) -> Build:
    events = (event("message", "order"), timer("duration", "PT1H"))
    b = Build().start("start", *events, parallel_multiple=parallel).user("a")
    return b.flow("start", "a")


def test_any_event_of_a_multiple_start_event_starts_the_process(run: Start) -> None:
    b = multiple(parallel=False)
    assert [item[:2] for item in subscribed(b)] == [("start", 0), ("start", 1)]
    assert run(b, at="start", position=1).waiting == ["a"]


def test_a_parallel_multiple_start_event_waits_for_the_rest_of_its_events(run: Start) -> None:
    r = run(multiple(parallel=True), at="start", position=0)
    assert r.waiting == ["start"]
    assert r.advance(hours=1).waiting == ["a"]
