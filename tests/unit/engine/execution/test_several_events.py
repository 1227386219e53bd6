"""Events with several definitions, and conditional starts of event subprocesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsflow.engine.changes import BpmnError, MessageThrown, SignalThrown
from opsflow.engine.codec import canonical
from opsflow.engine.extensions import Mapping, TaskControls
from opsflow.engine.model import NodeKind

from .conftest import Build, Run, event, feel, timer

Start = Callable[..., Run]
EVENTS = (event("message", "m"), event("signal", "s"))


def guarded(**fields: object) -> Build:
    b = Build().start().user("work", "caught").boundary("b", "work", *EVENTS, **fields)
    return b.flow("start", "work").flow("b", "caught")


def test_any_event_of_a_multiple_boundary_event_interrupts(run: Start) -> None:
    r = run(guarded())
    r.do("signal", "s")
    assert r.waiting == ["caught"]
    r = run(guarded())
    r.do("message", next(x.step for x in r.execution.subscriptions() if x.name == "m"))
    assert r.waiting == ["caught"]
    assert r.execution.subscriptions() == []


def test_a_multiple_boundary_event_that_does_not_interrupt_catches_again(run: Start) -> None:
    r = run(guarded(interrupting=False))
    for _ in range(2):
        r.do("signal", "s")
    assert r.waiting == ["caught", "caught", "work"]


def test_a_parallel_multiple_boundary_event_waits_for_all_its_events(run: Start) -> None:
    r = run(guarded(parallel_multiple=True))
    r.do("signal", "s", {"x": 1})
    assert r.waiting == ["work"]
    r.do("message", next(x.step for x in r.execution.subscriptions() if x.name == "m"), {"y": 2})
    assert r.waiting == ["caught"]
    assert r.execution.variables() == {"x": 1, "y": 2}


def test_a_multiple_boundary_event_also_catches_errors(run: Start) -> None:
    b = Build().start().user("work", "caught")
    b.boundary("b", "work", event("error", "E"), timer("duration", "PT1H"))
    b.flow("start", "work").flow("b", "caught")
    assert run(b).advance(hours=1).waiting == ["caught"]
    r = run(b)
    assert r.do("throw_error", r.step("work"), "E")
    assert r.waiting == ["caught"]


@pytest.mark.parametrize("kind", [NodeKind.THROW_EVENT, NodeKind.END_EVENT])
def test_a_multiple_throw_or_end_event_throws_all_its_events(run: Start, kind: NodeKind) -> None:
    r = run(Build().start().add(kind, "t", *EVENTS).flow("start", "t"))
    assert [c.name for c in r.changes if isinstance(c, MessageThrown)] == ["m"]
    assert [c.name for c in r.changes if isinstance(c, SignalThrown)] == ["s"]
    assert r.status == "completed"


def test_an_end_event_with_an_error_throws_its_other_events_before_it(run: Start) -> None:
    b = Build().start().user("handled")
    b.inside("sub", lambda i: i.start("s").end("e", event("error", "E"), *EVENTS).flow("s", "e"))
    b.boundary("b", "sub", event("error", "E")).flow("start", "sub").flow("b", "handled")
    r = run(b)
    assert [c.name for c in r.changes if isinstance(c, MessageThrown)] == ["m"]
    assert r.waiting == ["handled"]


def test_a_retried_error_does_not_throw_the_other_events_again(run: Start) -> None:
    r = run(Build().start().end("e", event("error", "E"), *EVENTS).flow("start", "e"))
    assert r.incidents == [("e", "error.uncaught")]
    r.do("retry", r.step("e"))
    assert r.incidents == [("e", "error.uncaught")]
    assert [c.name for c in r.changes if isinstance(c, MessageThrown)] == ["m"]


def test_an_end_event_with_a_message_and_terminate_does_both(run: Start) -> None:
    b = Build().start().user("other").end("e", event("message", "m"), event("terminate"))
    r = run(b.flow("start", "other").flow("start", "e"))
    assert [c.name for c in r.changes if isinstance(c, MessageThrown)] == ["m"]
    assert r.cancelled == ["other"]
    assert r.status == "completed"


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_subprocess_starts_each_time_its_condition_becomes_true(
    run: Start, interrupting: bool
) -> None:
    b = Build().start().user("work").flow("start", "work")
    b.inside(
        "es",
        lambda e: (
            e.start("cs", event("conditional", expression=feel("n > 1")), interrupting=interrupting)
            .user("inside")
            .flow("cs", "inside")
        ),
        triggered_by_event=True,
    )
    r = run(b, {"n": 1})
    assert r.waiting == ["work"]
    r.do("set_variables", {"n": 2})
    assert r.waiting == (["inside"] if interrupting else ["inside", "work"])
    if not interrupting:
        for n in (3, 0, 5):
            r.do("set_variables", {"n": n})
        assert r.waiting == ["inside", "inside", "work"]


def test_an_event_subprocess_with_several_events_starts_with_any_of_them(run: Start) -> None:
    b = Build().start().user("work").flow("start", "work")
    b.inside(
        "es",
        lambda e: (
            e.start("ms", *EVENTS, event("error", "E"), interrupting=True)
            .user("inside")
            .flow("ms", "inside")
        ),
        triggered_by_event=True,
    )
    r = run(b)
    r.do("signal", "s")
    assert r.waiting == ["inside"]
    r = run(b)
    assert r.do("throw_error", r.step("work"), "E")
    assert r.waiting == ["inside"]


class _Fails:
    def run(self, language: str, source: str, variables: dict[str, object]) -> dict[str, object]:
        raise BpmnError("E1", "the press jammed", {"press": 4})


@pytest.mark.parametrize("code", ["E1", None])
def test_a_handler_is_told_code_message_and_variables(run: Start, code: str | None) -> None:
    told = {"code_variable": "which", "message_variable": "why"}
    b = Build().start().script("work", "fail").user("handled")
    b.boundary("b", "work", event("error", code, **told))
    r = run(b.flow("start", "work").flow("b", "handled"), scripts=_Fails())
    assert r.waiting == ["handled"]
    assert r.execution.variables() == {"which": "E1", "why": "the press jammed", "press": 4}


def test_a_handler_is_told_the_code_of_an_escalation(run: Start) -> None:
    b = Build().start().user("work", "seen")
    b.boundary("b", "work", event("escalation", None, code_variable="level"), interrupting=False)
    r = run(b.flow("start", "work").flow("b", "seen"))
    assert r.do("throw_escalation", r.step("work"), "high")
    assert r.execution.variables() == {"level": "high"}


def test_a_send_task_sends_its_correlation_key_and_only_what_is_mapped(run: Start) -> None:
    heard = event("message", "order", correlation=feel("number + 1"))
    controls = TaskControls(inputs=(Mapping(feel("number"), "sent"),))
    b = Build().start().add(NodeKind.SEND_TASK, "send", heard, message="order", controls=controls)
    r = run(b.flow("start", "send"), {"number": 7, "secret": 1})
    thrown = [c for c in r.changes if isinstance(c, MessageThrown)]
    assert [(c.name, c.correlation, dict(c.variables)) for c in thrown] == [
        ("order", canonical(8), {"sent": 7})
    ]


def test_a_send_task_whose_key_fails_sends_nothing(run: Start) -> None:
    heard = event("message", "order", correlation=feel("1 +"))
    b = Build().start().add(NodeKind.SEND_TASK, "send", heard, message="order")
    r = run(b.flow("start", "send"))
    assert r.incidents == [("send", "expression")]
    assert not any(isinstance(c, MessageThrown) for c in r.changes)
