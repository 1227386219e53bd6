"""Events that a multi-instance throws as its instances end (BPMN 2.0.2 table 10.33)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsflow.engine.changes import MessageThrown, SignalThrown
from opsflow.engine.model import Behavior, ImplicitThrow, MultiInstance
from opsflow.engine.parser import read

from .conftest import Build, Run, event, feel, literal

Start = Callable[..., Run]


def many(behavior: Behavior, *throws: ImplicitThrow, sequential: bool = False) -> MultiInstance:
    return MultiInstance(
        sequential=sequential, cardinality=literal("3"), behavior=behavior, throws=throws
    )


def signals(r: Run) -> list[str]:
    return [c.name for c in r.changes if isinstance(c, SignalThrown)]


@pytest.mark.parametrize(
    ("behavior", "thrown"), [(Behavior.NONE, ["s"] * 3), (Behavior.ONE, ["s"]), (Behavior.ALL, [])]
)
@pytest.mark.parametrize("sequential", [False, True])
def test_an_event_is_thrown_at_each_instance_or_at_the_first(
    run: Start, behavior: Behavior, thrown: list[str], sequential: bool
) -> None:
    throws = () if behavior is Behavior.ALL else (ImplicitThrow(event("signal", "s")),)
    r = run(
        Build()
        .start()
        .task("t", loop=many(behavior, *throws, sequential=sequential))
        .flow("start", "t")
    )
    assert signals(r) == thrown
    assert r.status == "completed"


def test_a_complex_behavior_throws_where_its_conditions_hold(run: Start) -> None:
    loop = many(
        Behavior.COMPLEX,
        ImplicitThrow(event("signal", "early"), feel("nrOfCompletedInstances < 2")),
        ImplicitThrow(event("message", "late"), feel("nrOfCompletedInstances = nrOfInstances")),
    )
    r = run(Build().start().task("t", loop=loop).flow("start", "t"))
    assert signals(r) == ["early"]
    assert [c.name for c in r.changes if isinstance(c, MessageThrown)] == ["late"]


def test_a_boundary_event_of_the_activity_catches_what_it_throws(run: Start) -> None:
    loop = many(Behavior.ONE, ImplicitThrow(event("escalation", "first")))
    b = Build().start().user("t", loop=loop).user("caught", "z")
    b.boundary("b", "t", event("escalation", "first")).flow("start", "t", "z").flow("b", "caught")
    r = run(b).complete("t", 1)
    assert r.waiting == ["caught"]
    assert r.cancelled.count("t") == 3


def test_a_condition_of_the_behavior_that_fails_is_an_incident(run: Start) -> None:
    loop = many(Behavior.COMPLEX, ImplicitThrow(event("signal", "s"), feel("1 +")))
    r = run(Build().start().user("t", loop=loop).flow("start", "t")).complete("t", 1)
    assert r.incidents == [("t", "expression")]
    assert signals(r) == []


XML = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:x"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/">
<signal id="sig" name="s"/><signalEventDefinition id="thrown" signalRef="sig"/>
<process id="p" isExecutable="true">
  <task id="one"><multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="thrown">
    <loopCardinality xsi:type="tFormalExpression">3</loopCardinality>
  </multiInstanceLoopCharacteristics></task>
  <task id="complex"><multiInstanceLoopCharacteristics behavior="Complex">
    <loopCardinality xsi:type="tFormalExpression">3</loopCardinality>
    <complexBehaviorDefinition id="c">
      <condition xsi:type="tFormalExpression">loopCounter = 2</condition>
      <event id="e"><signalEventDefinition id="sd" signalRef="sig"/></event>
    </complexBehaviorDefinition>
  </multiInstanceLoopCharacteristics></task>
  <boundaryEvent id="b" attachedToRef="one"><errorEventDefinition id="ed"
    camunda:errorCodeVariable="code" camunda:errorMessageVariable="text"/></boundaryEvent>
</process></definitions>"""


def test_behaviors_and_the_variables_of_handlers_are_read() -> None:
    nodes = read(XML.encode()).processes["p"].nodes
    one, complex_ = nodes["one"].loop, nodes["complex"].loop
    assert isinstance(one, MultiInstance)
    assert isinstance(complex_, MultiInstance)
    assert one.behavior is Behavior.ONE
    assert [(t.event.name, t.condition) for t in one.throws] == [("s", None)]
    [throw] = complex_.throws
    assert throw.event.name == "s"
    assert throw.condition is not None
    assert throw.condition.text == "loopCounter = 2"
    [caught] = nodes["b"].events
    assert (caught.code_variable, caught.message_variable) == ("code", "text")
