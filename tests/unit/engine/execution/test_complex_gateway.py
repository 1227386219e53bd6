"""The complex gateway: activation, and the reset that swallows late tokens."""

from __future__ import annotations

from collections.abc import Callable

from opsflow.engine.model import NodeKind

from .conftest import Build, Run, event, feel

Start = Callable[..., Run]
COMPLEX = NodeKind.COMPLEX_GATEWAY
AND = NodeKind.PARALLEL_GATEWAY


def two_of_three(condition: str | None = "activationCount >= 2") -> Build:
    b = Build().start().add(AND, "split").user("a", "b", "c", "z")
    b.add(COMPLEX, "join", activation_condition=feel(condition) if condition else None)
    b.flow("start", "split")
    for id in ("a", "b", "c"):
        b.flow("split", id, "join")
    return b


def test_it_goes_on_when_enough_tokens_have_come_and_swallows_the_rest(run: Start) -> None:
    r = run(two_of_three().flow("join", "z")).complete("a")
    assert r.waiting == ["b", "c"]
    assert r.complete("b").waiting == ["c", "z"]
    r.complete("c")
    assert r.waiting == ["z"]
    assert r.complete("z").status == "completed"


def test_without_an_activation_condition_the_first_token_is_enough(run: Start) -> None:
    r = run(two_of_three(None).flow("join", "z")).complete("b")
    assert r.waiting == ["a", "c", "z"]
    r.complete("z").complete("a").complete("c")
    assert r.status == "completed"
    assert r.completed.count("z") == 1


def test_what_can_no_longer_come_does_not_hold_the_reset(run: Start) -> None:
    b = Build().start().add(NodeKind.INCLUSIVE_GATEWAY, "split").user("a", "b", "z")
    b.add(COMPLEX, "join", activation_condition=feel("activationCount >= 1"))
    b.flow("start", "split")
    b.flow("split", "a", when="true").flow("a", "join")
    b.flow("split", "b", when="false").flow("b", "join").flow("join", "z")
    r = run(b).complete("a")
    assert r.waiting == ["z"]
    assert [s.node.id for s in r.execution.steps()] == ["z"]


def test_its_flows_are_chosen_by_phase_and_by_data(run: Start) -> None:
    b = two_of_three().user("early", "late")
    b.flow("join", "early", when="waitingForStart and ok")
    b.flow("join", "late", when="not(waitingForStart)").flow("join", "z", default=True)
    r = run(b, {"ok": True}).complete("a").complete("b")
    assert r.waiting == ["c", "early"]
    assert r.complete("c").waiting == ["early", "late"]
    r = run(b, {"ok": False}).complete("a").complete("b")
    assert r.waiting == ["c", "z"]


def test_after_its_reset_it_waits_for_its_start_again(run: Start) -> None:
    b = Build().start().add(AND, "fork").user("a", "b", "z").add(COMPLEX, "join")
    b.add(NodeKind.EXCLUSIVE_GATEWAY, "in_a").flow("start", "fork", "in_a", "a", "join")
    b.flow("fork", "b", "join").flow("join", "z").flow("z", "in_a")
    r = run(b).complete("a")
    assert r.waiting == ["b", "z"]
    r.complete("b")
    r.complete("z").complete("a")
    assert r.waiting == ["z"]


def test_a_second_token_on_a_flow_waits_for_the_next_round(run: Start) -> None:
    b = Build().start().user("a", "b", "z").add(NodeKind.EXCLUSIVE_GATEWAY, "in_a")
    b.add(COMPLEX, "join", activation_condition=feel("activationCount >= 2"))
    b.flow("start", "in_a", "a", "join").flow("start", "b", "join").flow("join", "z")
    b.flow("start", "in_a")
    r = run(b).complete("a")
    assert r.waiting == ["a", "b"]
    assert r.complete("a").waiting == ["b", "z"]
    r.complete("b")
    assert r.completed.count("join") == 2


def test_a_condition_that_fails_is_an_incident_that_can_be_retried(run: Start) -> None:
    r = run(
        two_of_three("if activationCount >= 2 then ok else false").flow("join", "z"), {"ok": "no"}
    )
    r.complete("a").complete("b")
    assert r.incidents == [("join", "expression")]
    r.do("set_variables", {"ok": True})
    r.do("retry", r.step("join"))
    assert r.waiting == ["c", "z"]


def test_a_complex_split_takes_every_flow_whose_condition_holds(run: Start) -> None:
    b = Build().start().add(COMPLEX, "split").user("a", "b", "c")
    b.flow("start", "split").flow("split", "a", when="n > 1").flow("split", "b", when="n > 2")
    b.flow("split", "c", default=True)
    assert run(b, {"n": 3}).waiting == ["a", "b"]
    assert run(b, {"n": 0}).waiting == ["c"]


def test_a_complex_split_without_a_way_is_an_incident(run: Start) -> None:
    b = Build().start().add(COMPLEX, "split").user("a", "b")
    b.flow("start", "split").flow("split", "a", when="false").flow("split", "b", when="false")
    assert run(b).incidents == [("split", "gateway.no-flow")]


def test_the_reset_waits_for_what_a_boundary_event_may_still_send(run: Start) -> None:
    b = Build().start().user("a", "b", "x", "z").add(COMPLEX, "join")
    b.boundary("on_b", "b", event("message", "m"))
    b.flow("start", "a", "join").flow("start", "b", "join").flow("on_b", "x", "join")
    r = run(b.flow("join", "z")).complete("a")
    r.message("on_b")
    assert [s.node.id for s in r.execution.steps()] == ["join", "z", "x"]
    r.complete("x").complete("z")
    assert r.status == "completed"
    assert r.completed.count("z") == 1
