"""Guards, incidents, retries and the budget."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from opsflow.engine.changes import IncidentRaised, StepReached, Waiting
from opsflow.engine.execution import Execution
from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import Mapping as Mapped
from opsflow.engine.extensions import TaskControls
from opsflow.engine.model import NodeKind
from opsflow.errors import HandlerFailed, NotFound, StateUnreadable, WrongState

from .conftest import NOW, Build, PythonScripts, Run, timer

Start = Callable[..., Run]


class Flaky(PythonScripts):
    failing = True

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        if self.failing:
            raise HandlerFailed("the script broke")
        return super().run(language, source, variables)


def test_completing_what_does_not_wait_for_work_is_refused(run: Start) -> None:
    b = Build().start().inside("sub", lambda i: i.user("u")).flow("start", "sub")
    r = run(b)
    with pytest.raises(WrongState):
        r.execution.complete(r.step("sub"), now=NOW)
    with pytest.raises(NotFound):
        r.execution.complete("0", now=NOW)
    step = r.step("u")
    r.complete("u")
    with pytest.raises(NotFound):
        r.execution.complete(step, now=NOW)
    with pytest.raises(WrongState):
        r.execution.cancel(now=NOW, reason="late")


def test_a_failing_script_stops_its_branch_only_and_goes_on_after_a_retry(run: Start) -> None:
    scripts = Flaky()
    b = (
        Build()
        .start()
        .script("s", "n = 1")
        .user("a", "z")
        .flow("start", "s", "z")
        .flow("start", "a")
    )
    r = run(b, scripts=scripts)
    assert r.incidents == [("s", "script")]
    assert r.waiting == ["a", "s"]
    assert r.execution.step(r.step("s")).waiting is Waiting.RETRY
    r.do("retry", r.step("s"))
    assert r.incidents == [("s", "script")], "it failed again"
    scripts.failing = False
    r.do("retry", r.step("s"))
    assert r.waiting == ["a", "z"]
    reached = [c for c in r.changes if isinstance(c, StepReached) and c.node.id == "s"]
    assert len(reached) == 1


def test_scripts_do_not_run_where_no_runner_is_set_up() -> None:
    program = Build().start().script("s", "n = 1").flow("start", "s").program()
    execution = Execution.start(program, {}, now=NOW)
    assert [i.code for i in execution.incidents()] == ["script"]


def test_failed_work_is_an_incident_and_is_offered_again_on_retry(run: Start) -> None:
    b = Build().start().add(NodeKind.SERVICE_TASK, "s").user("z").flow("start", "s", "z")
    r = run(b)
    step = r.step("s")
    r.do("fail", step, "no connection")
    assert r.incidents == [("s", "handler")]
    with pytest.raises(WrongState):
        r.execution.complete(step, now=NOW)
    r.do("retry", step)
    assert isinstance(r.changes[-1], StepReached)
    assert r.changes[-1].waiting is Waiting.SERVICE
    assert r.complete("s").waiting == ["z"]


def test_a_retry_needs_an_incident(run: Start) -> None:
    r = run(Build().start().user("a").flow("start", "a"))
    with pytest.raises(WrongState):
        r.execution.retry(r.step("a"), now=NOW)


def test_an_endless_loop_spends_its_budget_and_nothing_is_lost(run: Start) -> None:
    b = Build().start().add(NodeKind.EXCLUSIVE_GATEWAY, "x").script("s", "n = n + 1").user("a")
    b.flow("start", "x", "s").flow("s", "x", when="go").flow("s", "a", default=True)
    r = run(b, {"n": 0, "go": True}, budget=100)
    assert [code for _, code in r.incidents] == ["budget"]
    first = r.execution.variables()["n"]
    r.do("retry", r.execution.incidents()[0].step)
    assert r.execution.variables()["n"] > first  # type: ignore[operator]
    r.do("set_variables", {"go": False})
    r.do("retry", r.execution.incidents()[0].step)
    assert r.waiting == ["a"]


def test_other_branches_go_on_when_one_has_spent_the_budget(run: Start) -> None:
    b = Build().start().task("t").user("a", "z").flow("start", "t").flow("t", "t")
    r = run(b.flow("start", "a", "z"), budget=50)
    assert [code for _, code in r.incidents] == ["budget"]
    assert r.complete("a").waiting == sorted(["t", "z"])


def test_what_a_script_took_time_for_interrupts_before_the_next_step() -> None:
    clock = [NOW]

    class Slow(PythonScripts):
        def run(
            self, language: str, source: str, variables: dict[str, object]
        ) -> Mapping[str, object]:
            clock[0] += timedelta(seconds=10)
            return super().run(language, source, variables)

    b = Build().start().user("late").boundary("t", "sub", timer("duration", "PT5S"))
    b.inside("sub", lambda i: i.script("s1", "log(1)").script("s2", "log(2)").flow("s1", "s2"))
    program = b.flow("start", "sub").flow("t", "late").program()
    scripts = Slow()
    execution = Execution.start(program, {}, now=NOW, scripts=scripts, clock=lambda: clock[0])
    assert [s.node.id for s in execution.steps()] == ["late"]
    assert scripts.log == [1]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 2}', "nonsense", '{"format": 1}'])
def test_a_state_of_an_unknown_format_is_refused(text: str) -> None:
    program = Build().start().user("a").flow("start", "a").program()
    with pytest.raises(StateUnreadable):
        Execution.restore(program, text)


def test_a_state_of_another_process_is_refused() -> None:
    one = Build().start().user("a").flow("start", "a").program()
    two = Build().start().user("b").flow("start", "b").program()
    text = Execution.start(one, {}, now=NOW).save()
    with pytest.raises(StateUnreadable):
        Execution.restore(two, text)


def test_a_state_does_not_depend_on_the_order_of_its_keys(run: Start) -> None:
    b = Build().start().user("a").inside("sub", lambda i: i.user("u")).flow("start", "a")
    r = run(b.flow("start", "sub"), {"z": 1, "a": {"y": 1, "b": [{"d": 1, "c": 2}]}})
    text = r.execution.save()
    sorted_text = json.dumps(json.loads(text), sort_keys=True)
    again = Execution.restore(r.program, sorted_text)
    assert again.save() == text
    assert list(again.variables()) == ["z", "a"]


def test_an_ended_instance_keeps_its_variables(run: Start) -> None:
    r = run(Build().start().user("a").flow("start", "a"), {"n": 1}).complete("a", n=2)
    assert r.status == "completed"
    assert r.execution.variables() == {"n": 2}
    again = Execution.restore(r.program, r.execution.save())
    assert (again.status, again.variables()) == ("completed", {"n": 2})
    assert isinstance(again.incidents(), list)


def test_incidents_are_told_once_and_listed_until_they_are_mended(run: Start) -> None:
    b = Build().start().add(NodeKind.SERVICE_TASK, "s").flow("start", "s")
    r = run(b)
    r.do("fail", r.step("s"), "no")
    r.do("signal", "x")
    assert len([c for c in r.changes if isinstance(c, IncidentRaised)]) == 1
    assert r.execution.incidents()[0].message == "no"


def test_any_failure_of_a_script_is_an_incident(run: Start) -> None:
    r = run(Build().start().script("s", "1 / 0").flow("start", "s"))
    assert r.incidents == [("s", "script")]
    assert "ZeroDivisionError" in r.execution.incidents()[0].message


def test_a_value_that_an_expression_nests_ever_deeper_is_an_incident(run: Start) -> None:
    controls = TaskControls(outputs=(Mapped(Expression("[x]"), "x"),))
    b = Build().start().task("t", controls=controls).flow("start", "t").flow("t", "t")
    r = run(b, {"x": []})
    assert [code for _, code in r.incidents] != []
    assert r.status == "running"
