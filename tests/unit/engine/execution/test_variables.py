"""Scopes, mappings, and what may be stored."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from opsflow.engine.changes import VariablesChanged
from opsflow.engine.extensions import Mapping, TaskControls
from opsflow.errors import VariablesInvalid

from .conftest import NOW, Build, Run, feel

Start = Callable[..., Run]


def mapped(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> Any:
    return TaskControls(
        inputs=tuple(Mapping(feel(s), t) for t, s in (inputs or {}).items()),
        outputs=tuple(Mapping(feel(s), t) for t, s in (outputs or {}).items()),
    )


def test_outputs_without_mappings_go_to_the_scope_that_has_the_name(run: Start) -> None:
    b = Build().start().inside("sub", lambda i: i.user("a", "b").flow("a", "b")).user("z")
    r = run(b.flow("start", "sub", "z"), {"outer": 1}).complete("a", outer=2, inner=3)
    assert r.execution.variables() == {"outer": 2}
    assert r.execution.variables(r.step("b")) == {"outer": 2, "inner": 3}
    assert r.complete("b").execution.variables() == {"outer": 2}


def test_input_mappings_are_what_the_work_is_given(run: Start) -> None:
    controls = mapped({"x": "a + 1", "y": "x * 10"})
    r = run(Build().start().user("u", controls=controls).flow("start", "u"), {"a": 1})
    assert r.execution.inputs(r.step("u")) == {"x": 2, "y": 20}
    assert r.execution.variables(r.step("u")) == {"a": 1, "x": 2, "y": 20}
    assert r.execution.variables() == {"a": 1}


def test_output_mappings_take_from_the_outputs_and_what_is_visible(run: Start) -> None:
    controls = mapped({"x": "a"}, {"total": "x + given"})
    b = Build().start().user("u", controls=controls).user("z").flow("start", "u", "z")
    r = run(b, {"a": 1}).complete("u", given=5)
    assert r.execution.variables() == {"a": 1, "total": 6}


def test_a_failing_output_mapping_keeps_the_work_and_can_be_retried(run: Start) -> None:
    controls = mapped(outputs={"first": "1", "f": "function(x) x"})
    b = Build().start().user("u", controls=controls).user("z").flow("start", "u", "z")
    r = run(b).complete("u", given=5)
    assert r.incidents == [("u", "data")]
    assert r.execution.variables() == {}, "nothing of the step was kept"
    assert not any(isinstance(c, VariablesChanged) for c in r.changes)


def test_a_subprocess_hands_out_what_its_output_mappings_say(run: Start) -> None:
    controls = mapped({"x": "a * 2"}, {"result": "x + y"})
    b = Build().start().inside("sub", lambda i: i.user("u"), controls=controls).user("z")
    r = run(b.flow("start", "sub", "z"), {"a": 2}).complete("u", y=3)
    assert r.execution.variables() == {"a": 2, "result": 7}


def test_what_is_handed_out_and_taken_in_is_a_copy(run: Start) -> None:
    given: dict[str, Any] = {"list": [1], "map": {"k": [1]}}
    r = run(Build().start().user("u").flow("start", "u"), given)
    given["list"].append(2)
    r.execution.variables()["map"]["k"].append(2)  # type: ignore[index]
    r.execution.inputs(r.step("u"))["list"].append(3)  # type: ignore[attr-defined]
    changed: Any = next(c for c in r.changes if isinstance(c, VariablesChanged))
    changed.values["list"].append(4)
    assert r.execution.variables() == {"list": [1], "map": {"k": [1]}}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": [1, {"b": object()}]}, r"v\.a\[1\]\.b"),
        (float("nan"), "v"),
        (Decimal("Infinity"), "v"),
        ({1: 2}, "v"),
        ({"x": {1, 2}}, r"v\.x"),
        (NOW.replace(tzinfo=None), "v"),
    ],
)
def test_a_value_that_cannot_be_stored_is_refused_before_anything_changes(
    run: Start, value: object, where: str
) -> None:
    r = run(Build().start().user("u").flow("start", "u"), {"kept": 1})
    before = r.execution.save()
    for verb in (
        lambda: r.execution.complete(r.step("u"), {"kept": 2, "v": value}, now=NOW),
        lambda: r.execution.set_variables({"v": value}, now=NOW),
        lambda: r.execution.signal("s", {"v": value}, now=NOW),
    ):
        with pytest.raises(VariablesInvalid, match=where):
            verb()
    assert r.execution.save() == before
    assert r.execution.take_changes() == []


def test_a_value_that_contains_itself_is_refused(run: Start) -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(VariablesInvalid, match="in itself"):
        run(Build().start().user("u").flow("start", "u"), {"v": loop})


def test_variables_can_be_corrected_where_a_step_sees_them(run: Start) -> None:
    b = (
        Build()
        .start()
        .inside("sub", lambda i: i.user("a", "b").flow("a", "b"))
        .flow("start", "sub")
    )
    r = run(b).complete("a", inner=1)
    r.do("set_variables", {"inner": 2, "top": 3}, r.step("b"))
    assert r.execution.variables(r.step("b")) == {"inner": 2, "top": 3}
    assert r.execution.variables() == {}
