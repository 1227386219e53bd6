"""Call activities."""

from __future__ import annotations

from collections.abc import Callable

from opsflow.engine.extensions import Mapping, TaskControls
from opsflow.engine.model import MultiInstance, NodeKind
from opsflow.engine.program import Program

from .conftest import Build, Run, event, feel, literal, timer

Start = Callable[..., Run]
CALL = NodeKind.CALL_ACTIVITY


def called(*ends: object) -> dict[str, Program]:
    b = Build("other").start("s").user("u").end("e", *ends).flow("s", "u", "e")  # type: ignore[arg-type]
    return {"other": b.program()}


def test_a_called_process_is_a_scope_inside_the_same_instance(run: Start) -> None:
    b = Build().start().add(CALL, "c", called="other").user("z").flow("start", "c", "z")
    r = run(b.program(called()))
    step = r.execution.step(r.step("u"))
    assert (step.program, step.parent) == ("other", r.step("c"))
    assert r.complete("u").waiting == ["z"]


def test_without_mappings_everything_goes_in_and_what_was_written_comes_out(run: Start) -> None:
    b = Build().start().add(CALL, "c", called="other").user("z").flow("start", "c", "z")
    r = run(b.program(called()), {"a": 1, "b": 2})
    assert r.execution.variables(r.step("u")) == {"a": 1, "b": 2}
    r.do("set_variables", {"b": 3})
    r.complete("u", a=9, new=5)
    assert r.execution.variables() == {"a": 9, "b": 3, "new": 5}


def test_with_mappings_only_those_go_in_and_out(run: Start) -> None:
    controls = TaskControls(
        inputs=(Mapping(feel("a + 1"), "x"),), outputs=(Mapping(feel("y"), "result"),)
    )
    b = Build().start().add(CALL, "c", called="other", controls=controls).user("z")
    r = run(b.flow("start", "c", "z").program(called()), {"a": 1})
    assert r.execution.variables(r.step("u")) == {"x": 2}
    r.complete("u", y=7, a=100)
    assert r.execution.variables() == {"a": 1, "result": 7}


def test_an_error_of_the_called_process_is_handled_on_the_boundary(run: Start) -> None:
    b = Build().start().add(CALL, "c", called="other").user("b")
    b.boundary("e", "c", event("error", "E")).flow("start", "c").flow("e", "b")
    r = run(b.program(called(event("error", "E")))).complete("u")
    assert r.waiting == ["b"]


def test_a_timer_interrupts_a_called_process(run: Start) -> None:
    b = Build().start().add(CALL, "c", called="other").user("b")
    b.boundary("t", "c", timer("duration", "PT1H")).flow("start", "c").flow("t", "b")
    assert run(b.program(called())).advance(hours=1).waiting == ["b"]


def test_terminate_in_a_called_process_ends_only_that(run: Start) -> None:
    b = Build().start().add(CALL, "c", called="other").user("z").flow("start", "c", "z")
    assert run(b.program(called(event("terminate")))).complete("u").waiting == ["z"]


def test_a_missing_process_is_an_incident(run: Start) -> None:
    b = Build().start().add(CALL, "c", called="nowhere").flow("start", "c")
    assert run(b).incidents == [("c", "call")]


def test_a_process_that_calls_itself_for_ever_runs_out_of_its_budget(run: Start) -> None:
    programs: dict[str, Program] = {}
    b = Build().start().add(CALL, "c", called="p").flow("start", "c")
    programs["p"] = b.program(programs)
    r = run(programs["p"], budget=5000)
    assert [code for _, code in r.incidents] == ["budget"]
    r.do("cancel", reason="endless")
    assert r.status == "cancelled"


def test_instances_of_a_called_process_see_their_item(run: Start) -> None:
    many = MultiInstance(
        sequential=False,
        collection=feel("[1, 2]"),
        element="n",
        output_collection="out",
        output_element=feel("n * 10 + got"),
    )
    b = Build().start().add(CALL, "c", called="other", loop=many).user("z").flow("start", "c", "z")
    r = run(b.program(called()), {"sum": 0})
    assert [r.execution.variables(r.step("u", i))["n"] for i in (0, 1)] == [1, 2]
    r.complete("u", got=1).complete("u", got=2)
    assert r.waiting == ["z"]
    assert r.execution.variables() == {"sum": 0, "out": [11, 22]}


def test_a_multi_instance_call_can_be_sequential(run: Start) -> None:
    many = MultiInstance(sequential=True, cardinality=literal("2"))
    b = Build().start().add(CALL, "c", called="other", loop=many).user("z").flow("start", "c", "z")
    r = run(b.program(called()))
    assert r.complete("u").waiting == ["u"]
    assert r.complete("u").waiting == ["z"]
