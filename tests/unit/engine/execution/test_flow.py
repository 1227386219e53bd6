"""Sequence flows, gateways and joins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsflow.engine.changes import Waiting
from opsflow.engine.model import NodeKind
from opsflow.errors import NotFound

from .conftest import Build, Run, event

Start = Callable[..., Run]
AND, OR, XOR = (
    NodeKind.PARALLEL_GATEWAY,
    NodeKind.INCLUSIVE_GATEWAY,
    NodeKind.EXCLUSIVE_GATEWAY,
)


def test_a_process_without_start_and_end_events_begins_where_no_flow_leads(run: Start) -> None:
    r = run(Build().user("a", "b", "c").flow("a", "b"))
    assert r.waiting == ["a", "c"]
    r.complete("a").complete("c").complete("b")
    assert r.status == "completed"


def test_all_outgoing_flows_of_an_activity_are_taken(run: Start) -> None:
    r = run(Build().start().user("a", "b", "c").flow("start", "a", "b").flow("a", "c"))
    r.complete("a")
    assert r.waiting == ["b", "c"]


def test_conditional_flows_are_taken_where_true_and_the_default_only_where_none_is(
    run: Start,
) -> None:
    b = Build().start().user("a", "b", "c", "d").flow("start", "a")
    b.flow("a", "b", when="n > 1").flow("a", "c", when="n > 2").flow("a", "d", default=True)
    assert run(b).complete("a", n=3).waiting == ["b", "c"]
    assert run(b).complete("a", n=0).waiting == ["d"]


def test_an_exclusive_gateway_takes_the_first_true_flow_in_document_order(run: Start) -> None:
    b = Build().start().add(XOR, "x").user("a", "b", "c").flow("start", "x")
    b.flow("x", "c", default=True).flow("x", "a", when="n > 1").flow("x", "b", when="n > 0")
    assert run(b, {"n": 2}).waiting == ["a"]
    assert run(b, {"n": 1}).waiting == ["b"]
    assert run(b, {"n": 0}).waiting == ["c"]


def test_an_exclusive_gateway_lets_every_token_through_alone(run: Start) -> None:
    b = Build().start().add(AND, "s").add(XOR, "j").user("a")
    b.task("p", "q").flow("start", "s", "p", "j", "a").flow("s", "q", "j")
    assert run(b).waiting == ["a", "a"]


def test_a_gateway_without_a_true_flow_is_an_incident_that_a_retry_mends(run: Start) -> None:
    b = Build().start().add(XOR, "x").user("a").flow("start", "x").flow("x", "a", when="ok")
    r = run(b)
    assert r.incidents == [("x", "gateway.no-flow")]
    assert r.status == "running"
    r.do("set_variables", {"ok": True})
    r.do("retry", r.step("x"))
    assert r.waiting == ["a"]
    assert r.incidents == []


def test_a_parallel_join_counts_tokens_per_flow(run: Start) -> None:
    b = Build().start().add(AND, "s").add(XOR, "m").add(AND, "j").user("a", "b", "c", "after")
    b.flow("start", "s").flow("s", "a", "m").flow("s", "b", "m").flow("m", "j")
    b.flow("s", "c", "j").flow("j", "after")
    r = run(b)
    r.complete("a").complete("b")
    assert r.waiting == ["c"], "two tokens on one flow do not open the join"
    r.complete("c")
    assert r.waiting == ["after"]
    r.complete("after")
    assert r.status == "running", "the second token still waits at the join"
    assert [s.node.id for s in r.execution.steps()] == ["j"]


def test_a_join_tells_that_it_waits(run: Start) -> None:
    b = Build().start().add(AND, "s").add(AND, "j").user("a", "b")
    b.flow("start", "s", "a", "j").flow("s", "b", "j")
    r = run(b).complete("a")
    assert r.execution.step(r.step("j")).waiting is Waiting.JOIN


def test_an_inclusive_join_waits_for_every_chosen_branch(run: Start) -> None:
    b = Build().start().add(OR, "s").add(OR, "j").user("a", "b", "c", "after")
    b.flow("start", "s").flow("j", "after")
    for id, when in (("a", "n > 0"), ("b", "n > 1"), ("c", "n > 2")):
        b.flow("s", id, when=when).flow(id, "j")
    r = run(b, {"n": 2})
    assert r.waiting == ["a", "b"]
    assert r.complete("b").waiting == ["a"]
    assert r.complete("a").waiting == ["after"]


def test_an_inclusive_join_waits_for_a_token_several_steps_upstream(run: Start) -> None:
    """One look at the parents is not enough: the token is three steps away."""
    b = Build().start().add(OR, "s").add(OR, "j").user("a", "b1", "b2", "b3", "after")
    b.flow("start", "s").flow("s", "a", "j", "after").flow("s", "b1", "b2", "b3", "j")
    r = run(b).complete("a")
    assert r.waiting == ["b1"]
    r.complete("b1").complete("b2")
    assert r.waiting == ["b3"]
    assert r.complete("b3").waiting == ["after"]


def test_an_inclusive_join_waits_for_a_token_inside_an_upstream_subprocess(run: Start) -> None:
    b = Build().start().add(OR, "s").add(OR, "j").user("a", "after")
    b.inside("sub", lambda i: i.user("inner"))
    b.flow("start", "s").flow("s", "a", "j", "after").flow("s", "sub", "j")
    assert run(b).complete("a").waiting == ["inner"]


def test_an_inclusive_join_waits_for_a_boundary_event_that_can_lead_to_it(run: Start) -> None:
    b = Build().start().add(OR, "s").add(OR, "j").user("a", "host", "after").end()
    b.boundary("late", "host", event("message", "m"))
    b.flow("start", "s").flow("s", "a", "j", "after").flow("s", "host", "end").flow("late", "j")
    r = run(b).complete("a")
    assert r.waiting == ["host"]
    assert r.message("late").waiting == ["after"]


def test_an_inclusive_join_does_not_wait_for_a_token_that_can_reach_a_full_flow_too(
    run: Start,
) -> None:
    """BPMN 2.0.2 §13.4.3: a path to a flow that has a token excuses the empty one."""
    b = Build().start().add(AND, "s").add(XOR, "m").add(XOR, "x").add(OR, "j")
    b.user("a", "late", "after")
    b.flow("start", "s").flow("s", "a", "m", "j", "after").flow("s", "late", "x")
    b.flow("x", "m", when="up").flow("x", "j", default=True)
    r = run(b).complete("a")
    assert r.waiting == ["after", "late"]


def test_an_inclusive_join_behind_a_loop_does_not_wait_for_itself(run: Start) -> None:
    b = Build().start().add(OR, "j").add(XOR, "x").user("a").end()
    b.flow("start", "j", "a", "x").flow("x", "j", when="again").flow("x", "end", default=True)
    r = run(b).complete("a", again=True)
    assert r.waiting == ["a"]
    assert r.complete("a", again=False).status == "completed"


def test_the_first_event_behind_an_event_based_gateway_wins(run: Start) -> None:
    b = Build().start().add(NodeKind.EVENT_BASED_GATEWAY, "g").user("a", "b")
    b.add(NodeKind.CATCH_EVENT, "m", event("message", "m"))
    b.add(NodeKind.RECEIVE_TASK, "r", message="other")
    b.flow("start", "g", "m", "a").flow("g", "r", "b")
    r = run(b)
    assert {s.node for s in r.execution.subscriptions()} == {"m", "r"}
    r.message("r", got=1)
    assert r.waiting == ["b"]
    assert r.execution.subscriptions() == []
    assert r.execution.variables() == {"got": 1}
    assert r.completed[-2:] == ["g", "r"]


def test_a_start_event_can_be_named(run: Start) -> None:
    b = Build().start("plain").start("msg", event("message", "m")).user("a", "b")
    b.flow("plain", "a").flow("msg", "b")
    assert run(b).waiting == ["a"]
    assert run(b, at="msg").waiting == ["b"]
    with pytest.raises(NotFound):
        run(b, at="nowhere")


def test_quantities_gather_and_multiply_tokens(run: Start) -> None:
    """BPMN 2.0.2 §10.3.1: startQuantity and completionQuantity."""
    b = Build().start().task("a", completion_quantity=2).user("b", start_quantity=2)
    b.flow("start", "a", "b")
    r = run(b)
    assert r.waiting == ["b"]
    assert r.complete("b").status == "completed"


def test_a_link_goes_on_at_the_catch_event_of_its_name(run: Start) -> None:
    b = Build().start().user("a")
    b.add(NodeKind.THROW_EVENT, "out", event("link", "L"))
    b.add(NodeKind.CATCH_EVENT, "in", event("link", "L"))
    b.flow("start", "out").flow("in", "a")
    assert run(b).waiting == ["a"]


def test_an_instance_can_begin_at_a_message_that_has_come(run: Start) -> None:
    """An instantiating receive task or event behind an instantiating gateway."""
    b = Build().add(NodeKind.RECEIVE_TASK, "r", message="m", instantiate=True).user("a")
    r = run(b.flow("r", "a"), {"x": 1}, at="r")
    assert r.waiting == ["a"]


def test_an_activity_starts_when_enough_tokens_have_come(run: Start) -> None:
    b = Build().start().user("a", "b", "c").user("z", start_quantity=2)
    for id in ("a", "b", "c"):
        b.flow("start", id, "z")
    r = run(b).complete("a")
    assert r.waiting == ["b", "c"]
    assert r.complete("b").waiting == ["c", "z"]
    r.complete("c").complete("z")
    assert r.status == "running"
    assert [s.node.id for s in r.execution.steps()] == ["z"]


def test_an_activity_sends_as_many_tokens_as_it_says(run: Start) -> None:
    b = Build().start().user("a", completion_quantity=2).user("z").flow("start", "a", "z")
    assert run(b).complete("a").waiting == ["z", "z"]
