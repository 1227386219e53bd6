"""Standard loops and multi-instance activities."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsflow.engine.changes import StepReached
from opsflow.engine.model import MultiInstance, NodeKind, StandardLoop

from .conftest import Build, Run, event, feel, literal

Start = Callable[..., Run]


def loop(**fields: object) -> MultiInstance:
    fields.setdefault("sequential", False)
    return MultiInstance(**fields)  # type: ignore[arg-type]


def test_parallel_instances_run_side_by_side_each_with_its_item(run: Start) -> None:
    b = Build().start().user("a", loop=loop(collection=feel("people"), element="person"))
    r = run(b.user("after").flow("start", "a", "after"), {"people": ["x", "y", "z"]})
    assert r.waiting == ["a", "a", "a"]
    steps = [s for s in r.execution.steps() if s.loop_counter]
    assert [s.loop_counter for s in steps] == [1, 2, 3]
    assert [r.execution.variables(s.id)["person"] for s in steps] == ["x", "y", "z"]
    assert len({s.parent for s in steps}) == 1
    for _ in range(3):
        r.execution.complete([s.id for s in r.execution.steps() if s.loop_counter][-1], now=r.now)
    assert r.waiting == ["after"]


def test_an_instance_tells_its_item_when_it_is_reached(run: Start) -> None:
    b = (
        Build()
        .start()
        .user("a", loop=loop(collection=feel("[7]"), element="it"))
        .flow("start", "a")
    )
    reached = [c for c in run(b).changes if isinstance(c, StepReached) and c.loop_counter]
    assert dict(reached[0].local) == {"loopCounter": 1, "it": 7}


def test_sequential_instances_run_one_after_the_other(run: Start) -> None:
    b = Build().start().user("a", loop=loop(sequential=True, cardinality=feel("1 + 1")))
    r = run(b.user("after").flow("start", "a", "after"))
    assert r.waiting == ["a"]
    r.execution.complete(r.step("a", 1), now=r.now)
    assert r.waiting == ["a"]
    r.execution.complete(r.step("a", 1), now=r.now)
    assert r.waiting == ["after"]


def test_the_counts_are_visible_inside(run: Start) -> None:
    b = Build().start().user("a", loop=loop(cardinality=literal("3"))).flow("start", "a")
    r = run(b)
    r.do("complete", r.step("a", 1))
    seen = r.execution.variables(r.step("a", 2))
    assert (seen["nrOfInstances"], seen["nrOfActiveInstances"]) == (3, 2)
    assert seen["nrOfCompletedInstances"] == 1
    assert r.execution.variables() == {}


def test_a_completion_condition_ends_the_rest(run: Start) -> None:
    condition = feel("nrOfCompletedInstances / nrOfInstances >= 0.5 or veto = true")
    b = Build().start().user("a", loop=loop(cardinality=literal("4"), completion=condition))
    b.user("after").flow("start", "a", "after")
    r = run(b)
    r.do("complete", r.step("a", 1))
    assert r.waiting == ["a", "a", "a"]
    r.do("complete", r.step("a", 1))
    assert r.waiting == ["after"]
    assert r.cancelled == ["a", "a"]
    early = run(b)
    early.do("complete", early.step("a", 1), {"veto": True})
    assert early.waiting == ["after"], "the condition sees what the instance gave"


def test_results_are_collected_in_the_order_of_the_items(run: Start) -> None:
    many = loop(
        collection=feel("[1, 2, 3]"),
        element="n",
        output_collection="squares",
        output_element=feel("n * factor"),
    )
    b = Build().start().user("a", loop=many).user("after").flow("start", "a", "after")
    r = run(b)
    for index, factor in ((3, 30), (1, 10), (1, 20)):
        r.do("complete", r.step("a", index), {"factor": factor})
    assert r.execution.variables() == {"squares": [10, 40, 90]}


def test_outputs_of_an_instance_stay_its_own_unless_the_variable_exists_further_out(
    run: Start,
) -> None:
    b = (
        Build()
        .start()
        .user("a", loop=loop(cardinality=literal("2")))
        .user("z")
        .flow("start", "a", "z")
    )
    r = run(b, {"shared": 0})
    r.do("complete", r.step("a", 1), {"shared": 1, "own": 1})
    r.do("complete", r.step("a", 1), {"shared": 2, "own": 2})
    assert r.execution.variables() == {"shared": 2}


def test_no_items_means_no_instance(run: Start) -> None:
    b = Build().start().user("a", loop=loop(collection=feel("[]"), output_collection="out"))
    r = run(b.user("after").flow("start", "a", "after"))
    assert r.waiting == ["after"]
    assert r.execution.variables() == {"out": []}


@pytest.mark.parametrize("number", ["-1", "1.5", '"x"', "null", "true"])
def test_a_cardinality_that_is_no_whole_number_is_an_incident(run: Start, number: str) -> None:
    b = Build().start().user("a", loop=loop(cardinality=feel(number))).flow("start", "a")
    assert run(b).incidents == [("a", "expression")]


@pytest.mark.parametrize("kind", ["parallel", "sequential"])
def test_an_interrupting_boundary_ends_all_instances_of_a_subprocess(run: Start, kind: str) -> None:
    many = loop(sequential=kind == "sequential", cardinality=literal("3"))
    b = Build().start().inside("sub", lambda i: i.user("u"), loop=many).user("b")
    b.boundary("m", "sub", event("message", "m")).flow("start", "sub").flow("m", "b")
    r = run(b).message("m")
    assert r.waiting == ["b"]
    assert [s.node.id for s in r.execution.steps()] == ["b"]


def test_an_error_in_one_instance_ends_the_whole_activity(run: Start) -> None:
    b = Build().start().user("a", loop=loop(cardinality=literal("3"))).user("b")
    b.boundary("e", "a", event("error")).flow("start", "a").flow("e", "b")
    r = run(b)
    r.do("throw_error", r.step("a", 2), "E")
    assert r.waiting == ["b"]


def test_a_loop_repeats_while_its_condition_holds(run: Start) -> None:
    b = (
        Build()
        .start()
        .user("a", loop=StandardLoop(feel("again")))
        .user("z")
        .flow("start", "a", "z")
    )
    r = run(b)
    for again in (True, True, False):
        assert r.waiting == ["a"]
        r.do("complete", r.step("a", 1), {"again": again})
    assert r.waiting == ["z"]
    assert r.execution.variables() == {"again": False}


def test_a_loop_that_tests_first_may_not_run_at_all(run: Start) -> None:
    b = Build().start().user("a", loop=StandardLoop(feel("n < 0"), test_before=True)).user("z")
    assert run(b.flow("start", "a", "z"), {"n": 1}).waiting == ["z"]


def test_a_loop_stops_at_its_maximum(run: Start) -> None:
    b = Build().start().script("a", "n = n + 1", loop=StandardLoop(feel("true"), maximum=3)).end()
    assert run(b.flow("start", "a", "end"), {"n": 0}).execution.variables() == {"n": 3}


def test_a_failing_completion_condition_keeps_the_work_that_was_done(run: Start) -> None:
    many = loop(cardinality=literal("2"), completion=feel("limit"))
    b = Build().start().user("a", loop=many).user("z").flow("start", "a", "z")
    r = run(b, {"limit": "no boolean"})
    r.do("complete", r.step("a", 1), {"n": 1})
    assert r.incidents == [("a", "expression")]
    r.do("set_variables", {"limit": True})
    r.do("retry", r.execution.incidents()[0].step)
    assert r.waiting == ["z"]


def test_loops_of_every_activity_kind_come_to_their_end(run: Start) -> None:
    for sequential in (True, False):
        many = loop(sequential=sequential, cardinality=literal("2"))
        b = Build().start().task("t", loop=many).script("s", "log('s')", loop=many)
        b.inside("sub", lambda i: i.start("is").task("it").flow("is", "it"), loop=many)
        b.add(NodeKind.SEND_TASK, "send", message="m", loop=many)
        r = run(b.flow("start", "t", "s", "sub", "send"))
        assert r.status == "completed"
        assert r.scripts.log == ["s", "s"]


def test_more_instances_than_allowed_are_an_incident_and_not_a_full_memory(run: Start) -> None:
    b = Build().start().user("a", loop=loop(cardinality=feel("1000000000"))).flow("start", "a")
    assert run(b).incidents == [("a", "budget")]
