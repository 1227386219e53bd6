"""Messages, signals, timers and conditions, at every place where they are caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from opsflow.engine.changes import MessageThrown, SignalThrown, Waiting
from opsflow.engine.extensions import Mapping, TaskControls
from opsflow.engine.model import NodeKind
from opsflow.errors import NotFound, WrongState

from .conftest import NOW, Build, Run, event, feel, timer

Start = Callable[..., Run]
CATCH, THROW = NodeKind.CATCH_EVENT, NodeKind.THROW_EVENT


def test_a_message_goes_to_the_one_step_that_subscribed(run: Start) -> None:
    b = (
        Build()
        .start()
        .add(CATCH, "m1", event("message", "m"))
        .add(CATCH, "m2", event("message", "m"))
    )
    b.user("a", "b").flow("start", "m1", "a").flow("start", "m2", "b")
    r = run(b).message("m2", x=1)
    assert r.waiting == ["b", "m1"]
    assert r.execution.variables() == {"x": 1}


def test_a_correlation_key_is_the_same_text_for_the_same_number(run: Start) -> None:
    b = Build().start().add(CATCH, "m", event("message", "m", correlation=feel("order")))
    b.flow("start", "m")
    (subscription,) = run(b, {"order": 5}).execution.subscriptions()
    assert subscription.correlation == "5"


def test_a_message_for_a_step_that_does_not_wait_for_one_is_refused(run: Start) -> None:
    r = run(Build().start().user("a").flow("start", "a"))
    with pytest.raises(WrongState):
        r.execution.message(r.step("a"), now=NOW)
    with pytest.raises(NotFound):
        r.execution.message("99", now=NOW)


def test_a_thrown_message_carries_its_mapped_inputs_and_nothing_else(run: Start) -> None:
    controls = TaskControls(inputs=(Mapping(feel("secret * 2"), "twice"),))
    b = Build().start().add(THROW, "t", event("message", "m"), controls=controls)
    b.add(NodeKind.SEND_TASK, "s", message="n").flow("start", "t", "s")
    r = run(b, {"secret": 4})
    thrown = [c for c in r.changes if isinstance(c, MessageThrown)]
    assert [(c.name, dict(c.variables)) for c in thrown] == [("m", {"twice": 8}), ("n", {})]


def test_a_signal_reaches_every_catcher_of_the_instance_and_then_leaves_it(run: Start) -> None:
    b = Build().start().user("host", "a", "b")
    b.add(CATCH, "c", event("signal", "s")).boundary("edge", "host", event("signal", "s"))
    b.flow("start", "host").flow("edge", "a").flow("start", "c", "b")
    b.user("go").add(THROW, "t", event("signal", "s")).flow("start", "go", "t")
    r = run(b).complete("go")
    assert r.waiting == ["a", "b"]
    kinds = [type(c) for c in r.changes]
    assert SignalThrown in kinds


def test_a_catch_event_beside_a_throw_event_listens_before_it_is_thrown(run: Start) -> None:
    b = Build().start().add(NodeKind.PARALLEL_GATEWAY, "g").add(THROW, "t", event("signal", "s"))
    b.add(CATCH, "c", event("signal", "s")).flow("start", "g", "t").flow("g", "c")
    assert run(b).status == "completed"


def test_a_signal_that_nobody_expects_changes_nothing(run: Start) -> None:
    r = run(Build().start().user("a").flow("start", "a"))
    assert r.do("signal", "s") == 0
    assert r.waiting == ["a"]


def test_an_interrupting_boundary_event_ends_its_activity(run: Start) -> None:
    b = Build().start().user("a", "b", "c").boundary("t", "a", timer("duration", "PT1H"))
    b.flow("start", "a", "b").flow("t", "c")
    r = run(b)
    assert r.execution.next_due() == NOW + timedelta(hours=1)
    assert r.advance(minutes=59).waiting == ["a"]
    assert r.advance(minutes=1).waiting == ["c"]
    assert r.cancelled == ["a"]
    assert r.execution.next_due() is None


def test_a_boundary_event_stops_listening_when_its_activity_is_done(run: Start) -> None:
    b = Build().start().user("a", "b", "c").boundary("t", "a", event("message", "m"))
    r = run(b.flow("start", "a", "b").flow("t", "c")).complete("a")
    assert r.execution.subscriptions() == []


def test_a_message_boundary_that_does_not_interrupt_fires_each_time(run: Start) -> None:
    b = Build().start().user("a", "b")
    b.boundary("m", "a", event("message", "m"), interrupting=False)
    r = run(b.flow("start", "a").flow("m", "b"))
    r.message("m").message("m")
    assert r.waiting == ["a", "b", "b"]
    r.complete("a").complete("b").complete("b")
    assert r.status == "completed"


def test_a_timer_cycle_fires_as_often_as_it_says(run: Start) -> None:
    b = Build().start().user("a", "b")
    b.boundary("t", "a", timer("cycle", "R3/PT10M"), interrupting=False)
    r = run(b.flow("start", "a").flow("t", "b"))
    for _ in range(6):
        r.advance(minutes=10)
    assert r.waiting == ["a", "b", "b", "b"]


def test_missed_times_of_a_cycle_fire_once(run: Start) -> None:
    b = Build().start().user("a", "b")
    b.boundary("t", "a", timer("cycle", "R/PT10M"), interrupting=False)
    r = run(b.flow("start", "a").flow("t", "b")).advance(hours=5, minutes=3)
    assert r.waiting == ["a", "b"]
    assert r.execution.next_due() == NOW + timedelta(hours=5, minutes=10)


def test_a_timer_that_is_not_one_is_an_incident_of_its_listener_and_can_be_mended(
    run: Start,
) -> None:
    b = Build().start().user("a", "b").boundary("t", "a", timer("duration", "=wait"))
    r = run(b.flow("start", "a").flow("t", "b"), {"wait": "soon"})
    assert r.incidents == [("t", "expression")]
    assert r.waiting == ["a"], "the activity itself goes on"
    r.do("set_variables", {"wait": "PT1H"})
    r.do("retry", r.execution.incidents()[0].step)
    assert r.advance(hours=1).waiting == ["b"]


def test_due_timers_fire_in_due_order_each_followed_by_running_to_rest(run: Start) -> None:
    b = Build().start().user("a", "late", "early")
    b.boundary("t2", "a", timer("duration", "PT2H")).boundary("t1", "a", timer("duration", "PT1H"))
    r = run(b.flow("start", "a").flow("t2", "late").flow("t1", "early")).advance(hours=3)
    assert r.waiting == ["early"]


def test_only_as_many_timers_fire_as_the_limit_allows(run: Start) -> None:
    b = Build().start()
    for id in ("t1", "t2", "t3"):
        b.add(CATCH, id, timer("duration", "PT1M")).flow("start", id)
    r = run(b)
    assert r.execution.fire_due(NOW + timedelta(hours=1), limit=2) == 2
    assert r.waiting == ["t3"]


def test_a_condition_fires_as_soon_as_it_holds(run: Start) -> None:
    b = (
        Build()
        .start()
        .user("a", "b")
        .add(CATCH, "c", event("conditional", expression=feel("n > 5")))
    )
    r = run(b.flow("start", "c", "b").flow("start", "a"), {"n": 1})
    assert r.waiting == ["a", "c"]
    r.do("set_variables", {"n": 4})
    assert r.waiting == ["a", "c"]
    r.do("set_variables", {"n": 6})
    assert r.waiting == ["a", "b"]


def test_a_condition_that_does_not_interrupt_fires_when_it_becomes_true_again(run: Start) -> None:
    b = Build().start().user("a", "b")
    b.boundary("c", "a", event("conditional", expression=feel("n > 5")), interrupting=False)
    r = run(b.flow("start", "a").flow("c", "b"), {"n": 9})
    assert r.waiting == ["a", "b"], "it held already"
    r.do("set_variables", {"n": 8})
    assert r.waiting == ["a", "b"]
    r.do("set_variables", {"n": 1})
    r.do("set_variables", {"n": 7})
    assert r.waiting == ["a", "b", "b"]


def test_a_condition_interrupts_before_the_next_inner_step(run: Start) -> None:
    b = Build().start().user("after")
    b.inside("sub", lambda i: i.script("s1", "n = 9").script("s2", "log('s2')").flow("s1", "s2"))
    b.boundary("c", "sub", event("conditional", expression=feel("n > 5")))
    r = run(b.flow("start", "sub").flow("c", "after"), {"n": 1})
    assert r.waiting == ["after"]
    assert r.scripts.log == []


@pytest.mark.parametrize("order", [("m1", "m2"), ("m2", "m1")])
def test_a_parallel_multiple_event_waits_for_all_its_events(
    run: Start, order: tuple[str, str]
) -> None:
    b = Build().start().user("a")
    events = (event("message", "m1"), event("message", "m2"))
    b.add(CATCH, "c", *events, parallel_multiple=True).flow("start", "c", "a")
    r = run(b)
    assert r.execution.step(r.step("c")).waiting is Waiting.SEVERAL
    for index, name in enumerate(order):
        (step,) = [s.step for s in r.execution.subscriptions() if s.name == name]
        r.do("message", step, {name: index})
        assert r.waiting == (["c"] if index == 0 else ["a"])
    assert set(r.execution.variables()) == {"m1", "m2"}


def test_a_multiple_event_takes_the_first_of_its_events(run: Start) -> None:
    b = Build().start().user("a")
    b.add(CATCH, "c", event("message", "m"), timer("duration", "PT1H")).flow("start", "c", "a")
    r = run(b).advance(hours=1)
    assert r.waiting == ["a"]
    assert r.execution.subscriptions() == []


def test_receive_tasks_take_their_message_or_are_completed(run: Start) -> None:
    b = Build().start().add(NodeKind.RECEIVE_TASK, "r", message="m").user("a")
    b.flow("start", "r", "a")
    assert run(b).message("r").waiting == ["a"]
    assert run(b).complete("r").waiting == ["a"]


@pytest.mark.parametrize("more", [(), (event("signal", "s"),)])
def test_a_timer_whose_event_cannot_go_on_fires_once_and_goes_on_after_a_retry(
    run: Start, more: tuple[Any, ...]
) -> None:
    b = Build().start().user("a").add(CATCH, "c", timer("duration", "PT1H"), *more)
    r = run(b.flow("start", "c").flow("c", "a", when="ok")).advance(hours=2)
    assert r.incidents == [("c", "gateway.no-flow")]
    assert r.execution.next_due() is None
    r.do("set_variables", {"ok": True})
    r.do("retry", r.step("c"))
    assert r.waiting == ["a"]


def test_a_calendar_that_nobody_can_look_up_is_an_incident(run: Start) -> None:
    waits = replace(timer("duration", "PT1H"), calendar="office")
    r = run(Build().start().add(CATCH, "wait", waits).flow("start", "wait"))
    assert "no calendars here" in r.execution.incidents()[0].message
