"""A file is read for viewing, whether it can be executed or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.engine.description import Bounds
from opsflow.engine.parser import describe
from opsflow.errors import ModelRejected
from tests.unit.engine.parser.diagrams import errors, file, flow, path, process

ROOT = Path(__file__).parents[4]
DI = (
    'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"'
)
LANES = (
    '<laneSet><lane id="sales" name="Sales"><flowNodeRef>start</flowNodeRef><childLaneSet>'
    '<lane id="desk" name="Desk"><flowNodeRef>a</flowNodeRef></lane></childLaneSet></lane>'
    "</laneSet>"
)
NOTE = (
    '<textAnnotation id="note"><text>Only by day</text></textAnnotation>'
    '<association id="says" sourceRef="note" targetRef="a"/>'
)
DRAWING = (
    f'<di:BPMNDiagram {DI} id="d" name="Sheet"><di:BPMNPlane id="plane" bpmnElement="p">'
    '<di:BPMNShape id="s1" bpmnElement="a" isExpanded="false">'
    '<dc:Bounds x="1.5" y="-2" width="100" height="80"/>'
    '<di:BPMNLabel><dc:Bounds x="3" y="4" width="5" height="6"/></di:BPMNLabel></di:BPMNShape>'
    '<di:BPMNEdge id="e1" bpmnElement="start_a"><dd:waypoint x="0" y="0"/>'
    '<dd:waypoint x="10" y="0.5"/></di:BPMNEdge></di:BPMNPlane></di:BPMNDiagram>'
)


def drawing(attributes: str) -> bytes:
    task = '<userTask id="a" name="Ask"><documentation>By phone</documentation></userTask>'
    return file(
        '<collaboration id="c"><participant id="us" processRef="p"/><participant id="them"/>'
        '<messageFlow id="m" sourceRef="a" targetRef="them"/></collaboration>',
        process(LANES, path(task), NOTE, attributes=attributes),
        DRAWING,
    )


def test_a_descriptive_model_is_a_finding_and_can_still_be_viewed() -> None:
    source = drawing('isExecutable="false"')
    assert errors(source) == ["bpmn.process.not-executable"]
    seen = describe(source)
    assert [item.id for item in seen.nodes] == ["start", "a", "end"]
    assert seen.items["a"].name == "Ask" and seen.items["a"].documentation == "By phone"
    assert seen.items["us"].refers_to == "p" and seen.items["a"].parent == "p"
    assert {(flow.kind, flow.source, flow.target) for flow in seen.flows} == {
        ("sequenceFlow", "start", "a"),
        ("sequenceFlow", "a", "end"),
        ("association", "note", "a"),
        ("messageFlow", "a", "them"),
    }
    assert [note.text for note in seen.texts] == ["Only by day"]


def test_lanes_keep_their_nodes_and_the_lane_around_them() -> None:
    outer, inner = describe(drawing("")).lanes
    assert (outer.name, outer.nodes, outer.process) == ("Sales", ("start",), "p")
    assert (inner.name, inner.nodes, inner.parent) == ("Desk", ("a",), "sales")


def test_the_drawing_comes_with_bounds_waypoints_and_labels() -> None:
    (diagram,) = describe(drawing("")).diagrams
    assert (diagram.name, diagram.plane) == ("Sheet", "p")
    (shape,) = diagram.shapes
    assert (shape.element, shape.bounds) == ("a", Bounds(1.5, -2, 100, 80))
    assert shape.label == Bounds(3, 4, 5, 6) and shape.expanded is False
    (edge,) = diagram.edges
    assert (edge.element, edge.waypoints) == ("start_a", ((0, 0), (10, 0.5)))


def test_what_cannot_run_can_be_viewed() -> None:
    wrong = file(process(path('<task id="a"/>'), flow("a", "nowhere"), flow("end", "start")))
    assert errors(wrong)
    assert describe(wrong).items["a_nowhere"].target == "nowhere"


def test_what_is_no_bpmn_is_refused() -> None:
    for source in (b"", b"<a/>", file("<unheardOf/>")):
        with pytest.raises(ModelRejected):
            describe(source)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["NaN", "INF", "-INF", "1e308", "", "wide", "7"]))
def test_senseless_numbers_leave_the_shape_out(number: str) -> None:
    source = drawing("").replace(b'x="1.5"', f'x="{number}"'.encode())
    (diagram,) = describe(source).diagrams
    assert len(diagram.shapes) == (1 if number == "7" else 0)


def test_a_choreography_can_be_viewed() -> None:
    source = file(
        '<choreography id="c"><participant id="x"/><participant id="y"/>'
        '<messageFlow id="m" sourceRef="x" targetRef="y"/>'
        '<choreographyTask id="t" name="Order" initiatingParticipantRef="x">'
        "<participantRef>x</participantRef><participantRef>y</participantRef>"
        "<messageFlowRef>m</messageFlowRef></choreographyTask></choreography>"
    )
    assert describe(source).items["t"].name == "Order"


def test_every_shipped_process_is_drawn_whole() -> None:
    for shipped in (ROOT / "bpmn").glob("*.bpmn"):
        seen = describe(shipped.read_bytes())
        drawn = {shape.element for diagram in seen.diagrams for shape in diagram.shapes}
        assert not seen.diagrams or {node.id for node in seen.nodes} <= drawn, shipped
