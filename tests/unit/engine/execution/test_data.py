"""Data associations move variables (BPMN 2.0.2 §10.4.2), and variables have room up to a limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsflow.engine.execution import Execution
from opsflow.engine.model import DataAssociation, MultiInstance, NodeKind
from opsflow.engine.parser import read
from opsflow.errors import VariablesInvalid

from .conftest import NOW, Build, PythonScripts, Run, event, feel

Start = Callable[..., Run]


def test_data_flows_into_an_activity_and_out_of_it(run: Start) -> None:
    b = (
        Build()
        .start()
        .script(
            "work",
            "result = given * 2",
            data_inputs=(DataAssociation("given", ("order",)),),
            data_outputs=(DataAssociation("invoice", ("result",)),),
        )
    )
    r = run(b.user("z").flow("start", "work", "z"), {"order": 21})
    assert r.execution.variables() == {"order": 21, "invoice": 42}


def test_a_transformation_computes_what_flows(run: Start) -> None:
    b = (
        Build()
        .start()
        .user(
            "work",
            data_inputs=(DataAssociation("total", ("order",), feel("order.price * order.count")),),
            data_outputs=(DataAssociation("done", (), feel('note + "!"')),),
        )
    )
    r = run(b.user("z").flow("start", "work", "z"), {"order": {"price": 2, "count": 4}})
    assert r.execution.variables(r.step("work"))["total"] == 8
    r.complete("work", note="sent")
    assert r.execution.variables()["done"] == "sent!"


def test_data_without_a_value_flows_nowhere(run: Start) -> None:
    b = (
        Build()
        .start()
        .user(
            "work",
            data_inputs=(DataAssociation("given", ("order",)),),
            data_outputs=(DataAssociation("invoice", ("result",)),),
        )
    )
    r = run(b.user("z").flow("start", "work", "z"))
    assert "given" not in r.execution.variables(r.step("work"))
    assert r.complete("work", other=1).execution.variables() == {"other": 1}


def test_data_flows_through_events_and_calls(run: Start) -> None:
    called = Build("c").start().script("s", "result = given + 1").flow("start", "s").program()
    b = (
        Build()
        .start()
        .add(
            NodeKind.CATCH_EVENT,
            "catch",
            event("message", "m"),
            data_outputs=(DataAssociation("order", ("payload",)),),
        )
    )
    b.add(
        NodeKind.CALL_ACTIVITY,
        "call",
        called="c",
        data_inputs=(DataAssociation("given", ("order",)),),
        data_outputs=(DataAssociation("invoice", ("result",)),),
    )
    program = b.user("z").flow("start", "catch", "call", "z").program({"c": called})
    r = run(program).message("catch", payload=4)
    assert r.execution.variables() == {"order": 4, "invoice": 5}


def test_a_data_object_of_a_subprocess_stays_in_it(run: Start) -> None:
    b = Build().start().user("z")
    b.inside(
        "sub",
        lambda i: (
            i.start("s")
            .script("w", "result = 1", data_outputs=(DataAssociation("inner", ("result",)),))
            .user("u")
            .flow("s", "w", "u")
        ),
    )
    r = run(b.flow("start", "sub", "z"))
    assert r.execution.variables(r.step("u")) == {"inner": 1}
    assert r.complete("u").execution.variables() == {}


XML = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:x"
  expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/">
<dataStore id="store" name="archive"/>
<process id="p" isExecutable="true">
  <dataObject id="do"/><dataObjectReference id="r1" name="order" dataObjectRef="do"/>
  <dataStoreReference id="r2" dataStoreRef="store"/>
  <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
  <task id="t">
    <ioSpecification id="io"><dataInput id="i1" name="given"/><dataOutput id="o1" name="result"/>
      <inputSet id="is"><dataInputRefs>i1</dataInputRefs></inputSet>
      <outputSet id="os"><dataOutputRefs>o1</dataOutputRefs></outputSet></ioSpecification>
    <property id="pr" name="__targetRef_placeholder"/>
    <dataInputAssociation id="a1"><sourceRef>r1</sourceRef><targetRef>i1</targetRef>
      <transformation xsi:type="tFormalExpression">order.total</transformation>
    </dataInputAssociation>
    <dataInputAssociation id="a2"><sourceRef>r1</sourceRef><targetRef>pr</targetRef>
    </dataInputAssociation>
    <dataOutputAssociation id="a3"><sourceRef>o1</sourceRef><targetRef>r2</targetRef>
      <assignment id="as"><from xsi:type="tFormalExpression">given + 1</from>
        <to xsi:type="tFormalExpression">copied</to></assignment>
    </dataOutputAssociation>
    <dataOutputAssociation id="a4"><targetRef>r1</targetRef></dataOutputAssociation>
  </task>
</process></definitions>"""


def test_data_associations_are_read_as_variables() -> None:
    node = read(XML.encode()).processes["p"].nodes["t"]
    [into] = node.data_inputs
    assert (into.target, into.sources) == ("given", ("order",))
    assert into.value is not None
    assert into.value.text == "order.total"
    assert [(out.target, out.sources) for out in node.data_outputs] == [
        ("archive", ("result",)),
        ("copied", ("result",)),
    ]


def test_variables_beyond_the_limit_are_refused_before_anything_changes() -> None:
    program = Build().start().user("a").flow("start", "a").program()
    with pytest.raises(VariablesInvalid):
        Execution.start(program, {"x": "y" * 2000}, now=NOW, limit=1000)
    execution = Execution.start(program, {"x": "y" * 600}, now=NOW, limit=1000)
    before = execution.save()
    with pytest.raises(VariablesInvalid):
        execution.complete("2", {"z": ["y" * 600]}, now=NOW)
    assert execution.save() == before
    execution.set_variables({"x": "y" * 800}, now=NOW)
    execution.complete("2", {"z": 1}, now=NOW)
    assert execution.status == "completed"


def test_variables_that_grow_beyond_the_limit_inside_are_an_incident() -> None:
    b = Build().start().script("grow", "x = x + x").add(NodeKind.EXCLUSIVE_GATEWAY, "g")
    program = b.flow("start", "g", "grow", "g").program()
    execution = Execution.start(
        program, {"x": "y" * 100}, now=NOW, scripts=PythonScripts(), limit=50_000
    )
    [incident] = execution.incidents()
    assert (incident.node.id, incident.code) == ("grow", "data")
    x = execution.variables()["x"]
    assert isinstance(x, str)
    assert 20_000 < len(x) < 50_000


def test_a_limit_holds_over_all_scopes_together() -> None:
    many = MultiInstance(sequential=False, cardinality=feel("100"))
    b = (
        Build()
        .start()
        .inside(
            "sub",
            lambda i: i.start("s").script("w", "x = 'y' * 1000").user("u").flow("s", "w", "u"),
            loop=many,
        )
    )
    execution = Execution.start(
        b.flow("start", "sub").program(), {}, now=NOW, scripts=PythonScripts(), limit=60_000
    )
    assert {incident.code for incident in execution.incidents()} == {"data"}
    assert 20 < len([s for s in execution.steps() if s.node.id == "u"]) < 60
