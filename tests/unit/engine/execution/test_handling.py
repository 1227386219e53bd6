"""Errors, escalations, terminate, and event subprocesses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opsflow.engine.changes import BpmnError, Ended, EscalationUncaught
from opsflow.engine.model import NodeKind

from .conftest import Build, PythonScripts, Run, event, timer

Start = Callable[..., Run]
SUB: Any = {"triggered_by_event": True}


class Throws(PythonScripts):
    def run(self, language, source, variables):  # type: ignore[no-untyped-def]
        if source.startswith("throw"):
            raise BpmnError(source[6:] or None, "broken", {"why": source})
        return super().run(language, source, variables)


def handler(id: str, *start: Any, **fields: Any) -> Callable[[Build], object]:
    return lambda b: b.start(id + "_s", *start, **fields).user(id + "_u").flow(id + "_s", id + "_u")


@pytest.mark.parametrize(("code", "caught"), [("E1", "one"), ("E2", "every"), (None, "every")])
def test_an_error_goes_to_the_handler_of_its_code_or_to_the_one_that_takes_all(
    run: Start, code: str | None, caught: str
) -> None:
    b = Build().start().user("a", "one", "every")
    b.boundary("b2", "a", event("error")).boundary("b1", "a", event("error", "E1"))
    r = run(b.flow("start", "a").flow("b1", "one").flow("b2", "every"))
    assert r.do("throw_error", r.step("a"), code, "no", {"x": 1}) is True
    assert r.waiting == [caught]
    assert r.execution.variables() == {"x": 1}


def test_an_error_in_one_subprocess_does_not_reach_the_boundary_of_its_sibling(run: Start) -> None:
    b = Build().start().user("hit_one", "hit_two")
    b.inside("one", lambda i: i.user("u1").end("e1", event("error", "E")).flow("u1", "e1"))
    b.inside("two", lambda i: i.user("u2"))
    b.boundary("b1", "one", event("error", "E")).boundary("b2", "two", event("error", "E"))
    b.flow("start", "one").flow("start", "two").flow("b1", "hit_one").flow("b2", "hit_two")
    assert run(b).complete("u1").waiting == ["hit_one", "u2"]


def test_an_uncaught_error_is_an_incident_of_the_step_that_threw_it(run: Start) -> None:
    b = Build().start().user("a").end("e", event("error", "E")).flow("start", "a", "e")
    r = run(b).complete("a")
    assert r.incidents == [("e", "error.uncaught")]
    assert r.status == "running"


def test_the_work_of_a_step_can_throw_and_be_uncaught_and_be_done_after_all(run: Start) -> None:
    r = run(Build().start().user("a").flow("start", "a"))
    step = r.step("a")
    assert r.do("throw_error", step, "E") is False
    assert r.incidents == [("a", "error.uncaught")]
    r.do("retry", step)
    assert r.complete("a").status == "completed"


def test_a_script_throws_to_the_boundary_and_what_it_did_before_is_undone(run: Start) -> None:
    b = (
        Build()
        .start()
        .script("s", "throw E")
        .user("a", "b")
        .boundary("e", "s", event("error", "E"))
    )
    r = run(b.flow("start", "s", "a").flow("e", "b"), scripts=Throws())
    assert r.waiting == ["b"]
    assert r.execution.variables() == {"why": "throw E"}


def test_an_error_goes_outwards_past_scopes_that_do_not_handle_it(run: Start) -> None:
    b = Build().start().user("b")
    b.inside(
        "outer",
        lambda o: o.inside("inner", lambda i: i.user("u")).boundary(
            "x", "inner", event("error", "F")
        ),
    )
    b.boundary("e", "outer", event("error", "E")).flow("start", "outer").flow("e", "b")
    r = run(b)
    assert r.do("throw_error", r.step("u"), "E")
    assert r.waiting == ["b"]


def test_an_error_start_of_an_event_subprocess_runs_only_on_the_error(run: Start) -> None:
    b = Build().start().user("a").flow("start", "a")
    b.inside("es", handler("h", event("error", "E")), **SUB)
    r = run(b)
    assert r.waiting == ["a"]
    r.do("throw_error", r.step("a"), "E", "", {"x": 1})
    assert r.waiting == ["h_u"]
    assert r.cancelled == ["a"]
    assert r.complete("h_u").status == "completed"


def test_an_error_from_inside_an_event_subprocess_is_not_handled_by_itself(run: Start) -> None:
    b = Build().start().user("b")

    def fill(s: Build) -> None:
        s.user("a").inside("es", handler("h", event("error")), **SUB)

    b.inside("sub", fill).boundary("e", "sub", event("error"))
    r = run(b.flow("start", "sub").flow("e", "b"))
    r.do("throw_error", r.step("a"), "E")
    r.do("throw_error", r.step("h_u"), "E")
    assert r.waiting == ["b"]


def test_event_subprocesses_start_on_messages_signals_and_timers(run: Start) -> None:
    cases: list[tuple[Any, Callable[[Run], object]]] = [
        (event("message", "m"), lambda r: r.message("h_s", x=1)),
        (event("signal", "s"), lambda r: r.do("signal", "s")),
        (timer("duration", "PT1H"), lambda r: r.advance(hours=1)),
    ]
    for start, fire in cases:
        for interrupting in (True, False):
            b = Build().start().user("a").flow("start", "a")
            b.inside("es", handler("h", start, interrupting=interrupting), **SUB)
            r = run(b)
            assert r.waiting == ["a"]
            fire(r)
            assert r.waiting == (["h_u"] if interrupting else ["a", "h_u"])


def test_a_subprocess_waits_for_the_event_subprocesses_that_did_not_interrupt_it(
    run: Start,
) -> None:
    def fill(s: Build) -> None:
        s.user("a").inside("es", handler("h", event("message", "m"), interrupting=False), **SUB)

    b = Build().start().inside("sub", fill).user("after").flow("start", "sub", "after")
    r = run(b).message("h_s").message("h_s").complete("a")
    assert r.waiting == ["h_u", "h_u"]
    assert r.complete("h_u").complete("h_u").waiting == ["after"]
    assert r.execution.subscriptions() == []


def test_the_boundary_of_a_subprocess_still_listens_while_its_event_subprocess_runs(
    run: Start,
) -> None:
    def fill(s: Build) -> None:
        s.user("a").inside("es", handler("h", event("message", "m")), **SUB)

    b = (
        Build()
        .start()
        .inside("sub", fill)
        .user("b")
        .boundary("t", "sub", timer("duration", "PT1H"))
    )
    r = run(b.flow("start", "sub").flow("t", "b")).message("h_s")
    assert r.waiting == ["h_u"]
    assert r.advance(hours=1).waiting == ["b"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_goes_to_the_nearest_handler_and_the_thrower_goes_on(
    run: Start, interrupting: bool
) -> None:
    b = Build().start().user("b")
    b.inside(
        "sub",
        lambda i: (
            i.user("go")
            .add(NodeKind.THROW_EVENT, "t", event("escalation", "X"))
            .user("on")
            .flow("go", "t", "on")
        ),
    )
    b.boundary("e", "sub", event("escalation", "X"), interrupting=interrupting)
    r = run(b.flow("start", "sub").flow("e", "b")).complete("go")
    assert r.waiting == (["b"] if interrupting else ["b", "on"])


def test_an_uncaught_escalation_is_noted_and_nothing_else(run: Start) -> None:
    b = Build().start().end("e", event("escalation", "X")).flow("start", "e")
    r = run(b)
    assert r.status == "completed"
    assert any(isinstance(c, EscalationUncaught) and c.code == "X" for c in r.changes)


def test_a_person_escalates_and_keeps_the_work(run: Start) -> None:
    b = Build().start().user("a", "b")
    b.boundary("e", "a", event("escalation"), interrupting=False)
    r = run(b.flow("start", "a").flow("e", "b"))
    assert r.do("throw_escalation", r.step("a"), "X") is True
    assert r.waiting == ["a", "b"]


def test_terminate_ends_its_scope_at_once_and_the_process_goes_on_behind_it(run: Start) -> None:
    def fill(s: Build) -> None:
        s.start("s").user("a", "b").end("e", event("terminate")).flow("s", "a").flow("s", "b", "e")

    b = Build().start().inside("sub", fill).user("after").flow("start", "sub", "after")
    r = run(b).complete("b")
    assert r.waiting == ["after"]
    assert r.cancelled == ["a"]


def test_terminate_ends_the_whole_instance_at_the_top(run: Start) -> None:
    b = Build().start().user("a", "b").end("e", event("terminate"))
    r = run(b.flow("start", "a").flow("start", "b", "e")).complete("b")
    assert r.status == "completed"
    assert r.changes[-1] == Ended("terminate")


def test_cancelling_withdraws_everything_and_ends_the_instance(run: Start) -> None:
    b = Build().start().inside("sub", lambda i: i.user("a", "b")).flow("start", "sub")
    r = run(b)
    r.do("cancel", reason="not needed")
    assert r.status == "cancelled"
    assert r.execution.steps() == []
    assert sorted(r.cancelled) == ["a", "b", "sub"]
