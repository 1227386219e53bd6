"""What a process says comes out as data."""

from __future__ import annotations

import pytest

from opsflow.engine.expressions import Expression
from opsflow.engine.model import (
    EventKind,
    MultiInstance,
    NodeKind,
    StandardLoop,
    TimerKind,
)
from opsflow.engine.parser import read
from tests.unit.engine.parser.diagrams import (
    file,
    findings,
    flow,
    model,
    only_process,
    path,
    process,
)

TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"


def test_a_flow_without_an_id_is_kept() -> None:
    found = only_process(path('<task id="a"/>').replace('id="start_a" ', ""))
    flow_id = "start->a#1"
    assert found.nodes["start"].outgoing == (flow_id,)
    assert found.nodes["a"].incoming == (flow_id,)
    assert found.flows[flow_id].target == "a"


def test_two_flows_without_ids_between_the_same_nodes_stay_two() -> None:
    nameless = '<sequenceFlow sourceRef="start" targetRef="end"/>'
    found = only_process('<startEvent id="start"/><endEvent id="end"/>', nameless, nameless)
    assert list(found.flows) == ["start->end#1", "start->end#2"]


def test_flows_come_in_document_order() -> None:
    found = only_process(
        '<exclusiveGateway id="g"/><task id="b"/><task id="a"/>', flow("g", "b"), flow("g", "a")
    )
    assert found.nodes["g"].outgoing == ("g_b", "g_a")


def test_nested_nodes_know_their_scope() -> None:
    found = only_process(
        '<subProcess id="s"><subProcess id="t"><task id="a"/></subProcess></subProcess>'
    )
    assert [(n.id, n.scope) for n in found.nodes.values()] == [("s", "p"), ("t", "s"), ("a", "t")]
    assert [n.id for n in found.inside("s")] == ["t"]


def test_a_node_without_an_id_gets_one_that_is_free() -> None:
    source = file(process('<task id="task_1"/><task/>'))
    assert list(read(source).processes["p"].nodes) == ["task_1", "task_2"]


def test_the_innermost_lane_counts_and_holds_for_what_is_inside() -> None:
    found = only_process(
        '<laneSet><lane id="l" name="Sales"><flowNodeRef>a</flowNodeRef>'
        "<flowNodeRef>b</flowNodeRef><childLaneSet>"
        '<lane id="m" name="Back office"><flowNodeRef>b</flowNodeRef></lane>'
        "</childLaneSet></lane></laneSet>",
        '<task id="a"/><subProcess id="b"><task id="c"/></subProcess><task id="d"/>',
    )
    lanes = {node.id: node.lane for node in found.nodes.values()}
    assert lanes == {"a": "Sales", "b": "Back office", "c": "Back office", "d": None}


def test_lines_are_those_of_the_file() -> None:
    found = read(file("\n", process("\n\n", '<task id="a"/>'))).processes["p"]
    assert (found.line, found.nodes["a"].line) == (2, 4)


def test_flags_are_read_whatever_the_prefix_of_the_file() -> None:
    source = (
        b'<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        b'targetNamespace="t"><b:process id="p" isExecutable="1"><b:adHocSubProcess id="s" '
        b'ordering="Sequential" cancelRemainingInstances="false"><b:task id="a" '
        b'startQuantity="2" completionQuantity="3" isForCompensation="true"/>'
        b"<b:completionCondition>= done</b:completionCondition></b:adHocSubProcess>"
        b"</b:process></b:definitions>"
    )
    nodes = read(source).processes["p"].nodes
    sub, task = nodes["s"], nodes["a"]
    assert (sub.ordering, sub.cancel_remaining) == ("Sequential", False)
    assert sub.completion_condition is not None and sub.completion_condition.text == "done"
    assert (task.start_quantity, task.completion_quantity, task.for_compensation) == (2, 3, True)


def test_references_may_be_qualified_names() -> None:
    found = read(
        file('<message id="m" name="paid"/>', process('<receiveTask id="a" messageRef="x:m"/>'))
    )
    assert found.processes["p"].nodes["a"].message == "paid"


@pytest.mark.parametrize(
    ("definition", "kind", "name", "code"),
    [
        ('<messageEventDefinition messageRef="m"/>', EventKind.MESSAGE, "paid", None),
        ('<signalEventDefinition signalRef="s"/>', EventKind.SIGNAL, "s", None),
        ('<errorEventDefinition errorRef="e"/>', EventKind.ERROR, "Broken", "E1"),
        ("<errorEventDefinition/>", EventKind.ERROR, None, None),
        ('<escalationEventDefinition escalationRef="u"/>', EventKind.ESCALATION, "u", "U1"),
        ("<cancelEventDefinition/>", EventKind.CANCEL, None, None),
        ("<eventDefinitionRef>d</eventDefinitionRef>", EventKind.SIGNAL, "s", None),
    ],
)
def test_event_definitions_are_resolved(
    definition: str, kind: EventKind, name: str | None, code: str | None
) -> None:
    source = file(
        '<message id="m" name="paid"/><signal id="s"/>',
        '<error id="e" name="Broken" errorCode="E1"/><escalation id="u" escalationCode="U1"/>',
        '<signalEventDefinition id="d" signalRef="s"/>',
        process('<task id="a"/>'),
        "",
    ).replace(
        b"</process>",
        f'<boundaryEvent id="b" attachedToRef="a" cancelActivity="false">{definition}'
        "</boundaryEvent></process>".encode(),
    )
    event = read(source).processes["p"].nodes["b"]
    assert (event.attached_to, event.interrupting) == ("a", False)
    assert [(e.kind, e.name, e.code) for e in event.events] == [(kind, name, code)]


def test_a_timer_literal_stays_text_and_an_expression_becomes_feel() -> None:
    def timer(inner: str) -> tuple[TimerKind | None, Expression | None]:
        event = only_process(
            f'<intermediateCatchEvent id="t"><timerEventDefinition>{inner}'
            "</timerEventDefinition></intermediateCatchEvent>"
        ).nodes["t"]
        return event.events[0].timer, event.events[0].expression

    kind, expression = timer("<timeCycle>R3/PT10S</timeCycle>")
    assert kind is TimerKind.CYCLE and expression is not None
    assert (expression.literal, expression.text) == (True, "R3/PT10S")
    kind, expression = timer("<timeDate>= deadline</timeDate>")
    assert kind is TimerKind.DATE and expression is not None
    assert (expression.literal, expression.text) == (False, "deadline")
    _, expression = timer("<timeDuration>${wait}</timeDuration>")
    assert expression is not None and (expression.literal, expression.text) == (False, "wait")


def test_loops_are_read() -> None:
    found = only_process(
        '<task id="a"><standardLoopCharacteristics testBefore="true" loopMaximum="4">'
        "<loopCondition>= n &lt; 3</loopCondition></standardLoopCharacteristics></task>"
        '<task id="b"><multiInstanceLoopCharacteristics isSequential="true" '
        'o:collection="= rows" o:element="row" o:outputCollection="sums" o:outputElement="= sum">'
        "<completionCondition>= done</completionCondition>"
        "</multiInstanceLoopCharacteristics></task>"
    )
    loop = found.nodes["a"].loop
    assert isinstance(loop, StandardLoop) and loop.condition is not None
    assert (loop.condition.text, loop.test_before, loop.maximum) == ("n < 3", True, 4)
    many = found.nodes["b"].loop
    assert isinstance(many, MultiInstance) and many.sequential
    texts = [e.text if e else None for e in (many.collection, many.completion, many.output_element)]
    assert texts == ["rows", "done", "sum"]
    assert (many.element, many.output_collection, many.cardinality) == ("row", "sums", None)


@pytest.mark.parametrize(
    "loop",
    [
        '<multiInstanceLoopCharacteristics c:collection="${rows}" c:elementVariable="row"/>',
        "<multiInstanceLoopCharacteristics><extensionElements>"
        '<z:loopCharacteristics inputCollection="=rows" inputElement="row"/>'
        "</extensionElements></multiInstanceLoopCharacteristics>",
        "<multiInstanceLoopCharacteristics><loopDataInputRef>rows</loopDataInputRef>"
        '<inputDataItem id="i" name="row"/></multiInstanceLoopCharacteristics>',
    ],
)
def test_collections_of_other_tools_are_honoured(loop: str) -> None:
    found = only_process(f'<task id="a">{loop}</task><dataObject id="rows" name="rows"/>')
    many = found.nodes["a"].loop
    assert isinstance(many, MultiInstance) and many.collection is not None
    assert (many.collection.text, many.element) == ("rows", "row")


def test_calling_a_global_task_is_doing_that_task() -> None:
    source = file(
        '<globalScriptTask id="g" scriptLanguage="python"><script>x = 1</script>'
        "</globalScriptTask>",
        process('<callActivity id="a" calledElement="g"/>'),
    )
    node = read(source).processes["p"].nodes["a"]
    assert (node.kind, node.script, node.script_language) == (
        NodeKind.SCRIPT_TASK,
        "x = 1",
        "python",
    )


def test_an_unset_executable_counts_for_the_only_process() -> None:
    alone = read(file(process(path(), attributes="")))
    assert alone.processes["p"].executable
    pair = read(
        file(process(path(), attributes=""), f'<process id="q">{path(prefix="q")}</process>')
    )
    assert not any(found.executable for found in pair.processes.values())


def test_a_drawing_beside_an_executable_process_is_not_checked() -> None:
    drawing = (
        '<process id="q" isExecutable="false"><endEvent id="lost"/><scriptTask id="s"/></process>'
    )
    assert not [f for f in findings(file(process(path()), drawing)) if f.is_error]


def test_trusted_scripts_are_let_through() -> None:
    source = file(process(path('<scriptTask id="a"><script>x = 1</script></scriptTask>')))
    assert "opsflow.script.not-trusted" in {f.rule for f in findings(source)}
    assert not [f for f in findings(source, trusted_scripts=True) if f.is_error]


def test_a_condition_needs_no_type() -> None:
    found = only_process('<task id="a"/><task id="b"/>', flow("a", "b", "input == 1"))
    condition = found.flows["a_b"].condition
    assert condition is not None and condition.text == "input = 1"


def test_messages_signals_and_data_are_listed() -> None:
    found = read(
        file(
            '<message id="m" name="paid"/><signal id="s" name="stop"/>',
            process('<dataObject id="d" name="order" isCollection="true"/>'),
        )
    )
    assert (found.messages, found.signals) == (("paid",), ("stop",))
    data = found.processes["p"].data_objects[0]
    assert (data.id, data.name, data.scope, data.collection) == ("d", "order", "p", True)


def test_associations_are_read_from_every_scope() -> None:
    found = model(
        '<subProcess id="s"><task id="a"/><task id="b"/>'
        '<association id="x" sourceRef="a" targetRef="b"/></subProcess>'
    ).processes["p"]
    assert [(a.source, a.target) for a in found.associations] == [("a", "b")]
