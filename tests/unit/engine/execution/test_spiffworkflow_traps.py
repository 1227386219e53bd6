"""What SpiffWorkflow 3.2.0 does otherwise: one test for each trap that the engine steps around."""

from __future__ import annotations

import json
import logging
import time as clock
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from opsflow.engine.changes import StepReached
from opsflow.engine.execution import Execution
from opsflow.engine.model import MultiInstance, NodeKind
from opsflow.errors import NotFound, WrongState

from .conftest import NOW, Build, PythonScripts, Run, event, feel, literal, timer
from .fingerprint import fingerprint

Start = Callable[..., Run]
XOR, AND, OR = (
    NodeKind.EXCLUSIVE_GATEWAY,
    NodeKind.PARALLEL_GATEWAY,
    NodeKind.INCLUSIVE_GATEWAY,
)


def counting(times: int) -> Build:
    b = Build().start().add(XOR, "m").script("s", "n = n + 1").add(XOR, "x").user("z")
    b.flow("start", "m", "s", "x").flow("x", "m", when=f"n < {times}")
    return b.flow("x", "z", default=True)


def test_the_engine_is_built_on_spiffworkflow() -> None:
    live = Execution.start(counting(1).program(), {"n": 0}, now=NOW, scripts=PythonScripts())._live
    assert isinstance(live, Workflow)
    assert all(isinstance(task, Task) for task in live.tasks.values())
    assert all(isinstance(task.task_spec, BpmnTaskSpec) for task in live.tasks.values())


def test_trap_depth_limit_a_loop_of_2000_rounds_comes_to_its_end(run: Start) -> None:
    r = run(counting(2000), {"n": 0}, budget=100_000)
    assert r.waiting == ["z"]
    assert r.execution.variables() == {"n": 2000}


def test_trap_endless_loop_does_not_count_as_completed(run: Start) -> None:
    r = run(Build().start().task("t").flow("start", "t").flow("t", "t"), budget=2000)
    assert r.status == "running"
    assert [code for _, code in r.incidents] == ["budget"]


def test_trap_long_chain_2000_tasks_in_a_row_compile_and_run(run: Start) -> None:
    ids = [f"t{i}" for i in range(2000)]
    assert run(Build().start().task(*ids).flow("start", *ids)).status == "completed"


def test_trap_nesting_300_subprocesses_deep_open_and_close(run: Start) -> None:
    b = Build().start()

    def deeper(i: Build, left: int) -> None:
        if left:
            i.inside(f"sub{left}", lambda inner: deeper(inner, left - 1))
        else:
            i.user("u")

    deeper(b, 150)
    r = run(b.flow("start", "sub150"))
    assert r.complete("u").status == "completed"


def test_trap_recursion_a_call_chain_of_3000_is_cancelled_without_recursion() -> None:
    programs: dict[str, Any] = {}
    b = Build().start().add(NodeKind.CALL_ACTIVITY, "c", called="p").flow("start", "c")
    programs["p"] = b.program(programs)
    execution = Execution.start(programs["p"], {}, now=NOW, budget=6000)
    text = execution.save()
    again = Execution.restore(programs["p"], text)
    again.cancel(now=NOW, reason="endless")
    assert again.steps() == []


def test_trap_shallow_copy_a_nested_edit_in_one_branch_is_not_seen_in_another() -> None:
    class Edits(PythonScripts):
        def run(self, language: str, source: str, variables: dict[str, Any]) -> dict[str, Any]:
            variables["deep"]["list"].append(source)
            return {}

    b = Build().start().script("a", "a").script("b", "b").user("z").flow("start", "a", "z")
    r = Run(b.flow("start", "b", "z").program(), {"deep": {"list": []}}, scripts=Edits())
    assert r.execution.variables() == {"deep": {"list": []}}


def test_trap_error_scope_only_the_boundary_around_the_thrower_takes_the_error(run: Start) -> None:
    b = Build().start().user("h1", "h2")
    for n in ("1", "2"):
        b.inside("s" + n, lambda i, n=n: i.user("u" + n))  # type: ignore[misc]
        b.boundary("b" + n, "s" + n, event("error", "E")).flow("start", "s" + n)
        b.flow("b" + n, "h" + n)
    r = run(b)
    r.do("throw_error", r.step("u1"), "E")
    assert r.waiting == ["h1", "u2"]


def test_trap_uncaught_error_stops_the_step_and_is_not_dropped(run: Start) -> None:
    r = run(Build().start().end("e", event("error", "E")).flow("start", "e"))
    assert (r.status, r.incidents) == ("running", [("e", "error.uncaught")])


def test_trap_inclusive_join_does_not_fire_early(run: Start) -> None:
    b = Build().start().add(OR, "s").add(XOR, "x").add(OR, "j").user("a", "b", "z")
    b.flow("start", "s").flow("s", "a", "j", "z").flow("s", "b", "x", "j")
    assert run(b).complete("a").waiting == ["b"]


def test_trap_event_gateway_timers_each_have_their_own_time(run: Start) -> None:
    b = Build().start().add(NodeKind.EVENT_BASED_GATEWAY, "g").user("a", "b")
    b.add(NodeKind.CATCH_EVENT, "slow", timer("duration", "PT2H"))
    b.add(NodeKind.CATCH_EVENT, "fast", timer("duration", "PT1H"))
    b.flow("start", "g", "slow", "a").flow("g", "fast", "b")
    r = run(b)
    assert r.execution.next_due() == NOW + timedelta(hours=1)
    assert r.advance(hours=1).waiting == ["b"]


def test_trap_interrupting_boundary_on_multi_instance_subprocess_and_call(run: Start) -> None:
    many = MultiInstance(sequential=False, cardinality=literal("3"))
    called = Build("other").start("s").user("u").flow("s", "u").program()
    sub = Build().start().inside("act", lambda i: i.user("u"), loop=many).user("z")
    call = Build().start().add(NodeKind.CALL_ACTIVITY, "act", called="other", loop=many).user("z")
    for b in (sub, call):
        b.boundary("t", "act", timer("duration", "PT1H")).flow("start", "act").flow("t", "z")
        assert run(b.program({"other": called})).advance(hours=1).waiting == ["z"]


def test_trap_error_boundary_on_a_call_activity_does_not_hang(run: Start) -> None:
    called = Build("other").start("s").user("u").end("e", event("error", "E")).flow("s", "u", "e")
    b = Build().start().add(NodeKind.CALL_ACTIVITY, "c", called="other").end()
    b.boundary("x", "c", event("error", "E")).flow("start", "c").flow("x", "end")
    assert run(b.program({"other": called.program()})).complete("u").status == "completed"


def test_trap_non_interrupting_message_boundary_fires_every_time(run: Start) -> None:
    b = Build().start().user("a", "b").boundary("m", "a", event("message", "m"), interrupting=False)
    r = run(b.flow("start", "a").flow("m", "b"))
    for _ in range(3):
        r.message("m")
    assert r.waiting == ["a", "b", "b", "b"]


def test_trap_one_message_completes_one_catcher(run: Start) -> None:
    b = Build().start()
    for id in ("m1", "m2"):
        b.add(NodeKind.CATCH_EVENT, id, event("message", "m")).flow("start", id)
    assert run(b).message("m1").waiting == ["m2"]


def test_trap_failing_hook_leaves_no_partial_data_and_the_step_can_be_retried(run: Start) -> None:
    b = Build().start().script("s", "n = 2\nraise_here()").user("z").flow("start", "s", "z")

    class Breaks(PythonScripts):
        def run(self, language: str, source: str, variables: dict[str, Any]) -> dict[str, Any]:
            return {"n": 2, "bad": object()}

    r = run(b, {"n": 1}, scripts=Breaks())
    assert r.incidents == [("s", "data")]
    assert r.execution.variables() == {"n": 1}


def test_trap_run_checks_no_state_a_step_completes_only_while_it_waits(run: Start) -> None:
    r = run(Build().start().user("a", "b").flow("start", "a").flow("start", "b"))
    step = r.step("a")
    r.complete("a")
    with pytest.raises(NotFound):
        r.execution.complete(step, now=NOW)
    other = r.step("b")
    r.do("cancel", reason="x")
    with pytest.raises((NotFound, WrongState)):
        r.execution.complete(other, now=NOW)


def test_trap_mutable_spec_is_sealed_and_the_same_after_every_kind_of_run(run: Start) -> None:
    b = Build().start().user("a").flow("start", "a")
    b.inside(
        "es",
        lambda e: e.start("m", event("message", "m"), interrupting=False).user("h").flow("m", "h"),
        triggered_by_event=True,
    )
    program = b.program()
    before = fingerprint(program)
    r = run(program).message("m").message("m")
    r.complete("h").do("cancel", reason="x")
    assert fingerprint(program) == before
    spec: Any = program.spec.task_specs["a"]
    with pytest.raises(AttributeError):
        spec.bpmn_name = "other"
    with pytest.raises((AttributeError, TypeError)):
        spec._outputs.append("x")
    with pytest.raises(TypeError):
        spec.data["x"] = 1


def test_trap_interrupt_first_a_due_timer_comes_before_the_next_inner_step(run: Start) -> None:
    def fill(i: Build) -> None:
        i.add(NodeKind.CATCH_EVENT, "wait", timer("duration", "PT2H")).script("s", "log(1)")
        i.flow("wait", "s")

    b = (
        Build()
        .start()
        .inside("sub", fill)
        .user("z")
        .boundary("t", "sub", timer("duration", "PT1H"))
    )
    r = run(b.flow("start", "sub").flow("t", "z")).advance(hours=3)
    assert r.waiting == ["z"]
    assert r.scripts.log == []


def test_trap_user_data_cannot_pass_for_an_object(run: Start) -> None:
    given = {
        "typename": "Task",
        "data": {"typename": "x"},
        "map": {"map": [1]},
        "n": Decimal("1.10"),
    }
    r = run(Build().start().user("a").flow("start", "a"), given)
    assert r.execution.variables() == given


def test_trap_sorted_keys_lose_nothing(run: Start) -> None:
    b = (
        Build()
        .start()
        .inside("sub", lambda i: i.user("a", "b").flow("a", "b"))
        .flow("start", "sub")
    )
    r = run(b, {"z": 1, "a": 2}).complete("a", inner=3)
    text = json.dumps(json.loads(r.execution.save()), sort_keys=True)
    again = Execution.restore(r.program, text)
    assert again.variables(again.steps()[-1].id) == {"z": 1, "a": 2, "inner": 3}


def test_trap_spec_in_every_save_the_state_holds_live_work_only(run: Start) -> None:
    ids = [f"t{i}" for i in range(100)]
    r = run(Build().start().task(*ids).user("u").flow("start", *ids, "u"))
    assert len(r.execution.save()) < 300


def test_trap_growing_state_a_loop_and_a_multi_instance_stay_flat() -> None:
    sizes = []
    for times in (10, 1000):
        r = Run(counting(times).program(), {"n": 0}, budget=100_000)
        sizes.append(len(r.execution.save()))
        assert len(r.execution._live.tasks) == 2
    assert sizes[1] - sizes[0] < 20
    many = MultiInstance(sequential=True, cardinality=literal("1000"))
    b = Build().start().script("s", "log(1)", loop=many).user("z").flow("start", "s", "z")
    assert len(Run(b.program()).execution._live.tasks) == 2


def test_trap_quadratic_cost_a_thousand_parallel_instances_are_quick() -> None:
    many = MultiInstance(sequential=False, cardinality=literal("1000"))
    b = Build().start().user("u", loop=many).user("z").flow("start", "u", "z")
    r = Run(b.program())
    before = clock.perf_counter()
    for step in [s for s in r.execution.steps() if s.loop_counter]:
        r.execution.complete(step.id, now=NOW)
    assert clock.perf_counter() - before < 2.0
    r._after()
    assert r.waiting == ["z"]


def test_trap_prediction_no_task_is_ever_future_or_maybe(run: Start) -> None:
    r = run(counting(5), {"n": 0})
    live = r.execution._live
    assert live.get_tasks(state=TaskState.PREDICTED_MASK | TaskState.FUTURE) == []


def test_trap_logging_and_clock_nothing_of_it_in_a_run(caplog: Any, monkeypatch: Any) -> None:
    def refuse() -> float:
        raise AssertionError("the engine looked at the clock")

    monkeypatch.setattr("SpiffWorkflow.task.time.time", refuse)
    with caplog.at_level(logging.DEBUG):
        r = Run(counting(3).program(), {"n": 0})
        r.complete("z")
    assert [record for record in caplog.records if record.name.startswith("spiff")] == []
    assert all(c.step.isdecimal() for c in r.changes if isinstance(c, StepReached))


def test_trap_script_engine_no_expression_is_ever_python(run: Start) -> None:
    b = Build().start().add(XOR, "x").user("a", "b").flow("start", "x")
    b.flow("x", "a", when='__import__("os").getpid() > 0').flow("x", "b", default=True)
    r = run(b)
    assert r.waiting == ["b"] or r.incidents == [("x", "expression")]


def test_trap_missing_counters_are_there(run: Start) -> None:
    many = MultiInstance(sequential=False, cardinality=feel("2"))
    r = run(Build().start().user("u", loop=many).flow("start", "u"))
    assert set(r.execution.variables(r.step("u", 1))) == {
        "nrOfInstances",
        "nrOfActiveInstances",
        "nrOfCompletedInstances",
        "loopCounter",
    }
