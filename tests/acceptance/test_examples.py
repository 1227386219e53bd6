"""The shipped processes, the story that is played on them, and the embedding example."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from opsflow.app import Opsflow
from opsflow.cli import main
from opsflow.cli.references import find_instance
from opsflow.cli.story import Story
from opsflow.responsibility import matrix_of
from tests.acceptance.conftest import ROOT

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
TABLES = sorted(ROOT.glob("bpmn/*.dmn"))
MODELS = [*sorted(ROOT.glob("bpmn/*.bpmn")), *sorted(ROOT.glob("examples/**/*.bpmn"))]
STORY = ROOT / "examples/procurement"
models = pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def holds(self, other: Box) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )

    def touches(self, x: float, y: float) -> bool:
        grown = Box(self.x - 1, self.y - 1, self.width + 2, self.height + 2)
        return grown.holds(Box(x, y, 0, 0))


class Drawing:
    """A file with its diagram."""

    def __init__(self, path: Path) -> None:
        self.tree = etree.parse(path)
        self.elements = {str(e.get("id")): e for e in self.tree.iter() if e.get("id")}
        self.shapes = {
            str(shape.get("bpmnElement")): box(shape) for shape in self.tree.iter(f"{DI}BPMNShape")
        }
        self.edges = {
            str(edge.get("bpmnElement")): edge for edge in self.tree.iter(f"{DI}BPMNEdge")
        }

    def kind(self, id: str) -> str:
        return etree.QName(self.elements[id]).localname

    def nodes(self) -> dict[str, Box]:
        """The flow nodes but boundary events, which sit on the edge of their task."""
        containers = ("participant", "lane", "textAnnotation", "boundaryEvent")
        return {i: b for i, b in self.shapes.items() if self.kind(i) not in containers}

    def labels(self) -> Iterator[tuple[str, Box]]:
        for label in self.tree.iter(f"{DI}BPMNLabel"):
            parent = label.getparent()
            assert parent is not None
            yield str(parent.get("bpmnElement")), box(label)


def box(element: etree._Element) -> Box:
    bounds = element.find(f"{DC}Bounds")
    assert bounds is not None
    return Box(*(float(bounds.get(key, "nan")) for key in ("x", "y", "width", "height")))


@models
def test_a_model_is_valid_and_has_nothing_to_remark(path: Path, tmp_path: Path) -> None:
    schema = files("SpiffWorkflow").joinpath("bpmn/parser/schema/BPMN20.xsd")
    validator = etree.XMLSchema(etree.parse(str(schema)))
    assert validator.validate(etree.parse(path)), validator.error_log
    with Opsflow(f"sqlite:///{tmp_path}/check.db") as flow:
        flow.migrate()
        flow.people.load_organisation(STORY / "organisation")
        for role in ("packer", "clerk", "shop_manager"):
            flow.people.add_role(role)
        assert flow.definitions.check([*TABLES, path]) == []


@models
def test_every_node_and_flow_is_drawn(path: Path) -> None:
    drawing = Drawing(path)
    process = drawing.tree.find(f".//{BPMN}process")
    assert process is not None
    undrawn = ("extensionElements", "documentation", "laneSet")
    for element in process:
        name = etree.QName(element).localname if isinstance(element.tag, str) else "comment"
        if name in (*undrawn, "comment"):
            continue
        flow = name in ("sequenceFlow", "association")
        assert element.get("id") in (drawing.edges if flow else drawing.shapes), element.get("id")


@models
def test_nothing_overlaps_in_the_diagram(path: Path) -> None:
    drawing = Drawing(path)
    nodes = drawing.nodes()
    notes = {i: b for i, b in drawing.shapes.items() if drawing.kind(i) == "textAnnotation"}
    for (one, a), (two, b) in combinations({**nodes, **notes}.items(), 2):
        assert not a.overlaps(b), (one, two)
    labels = list(drawing.labels())
    for owner, label in labels:
        for node, shape in {**nodes, **notes}.items():
            assert not label.overlaps(shape), (owner, node)
    for (one, a), (two, b) in combinations(labels, 2):
        assert not a.overlaps(b), (one, two)


@models
def test_edges_begin_and_end_at_what_they_connect(path: Path) -> None:
    drawing = Drawing(path)
    for id, edge in drawing.edges.items():
        flow = drawing.elements[id]
        points = [(float(p.get("x", "")), float(p.get("y", ""))) for p in edge.iter(WAYPOINT)]
        assert drawing.shapes[str(flow.get("sourceRef"))].touches(*points[0]), id
        assert drawing.shapes[str(flow.get("targetRef"))].touches(*points[-1]), id
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, f"{id} is not drawn at right angles"


@models
def test_every_node_lies_in_its_lane_and_boundary_events_on_their_task(path: Path) -> None:
    drawing = Drawing(path)
    for lane in drawing.tree.iter(f"{BPMN}lane"):
        for reference in lane.iter(f"{BPMN}flowNodeRef"):
            assert drawing.shapes[str(lane.get("id"))].holds(drawing.shapes[str(reference.text)])
    for event in drawing.tree.iter(f"{BPMN}boundaryEvent"):
        task = drawing.shapes[str(event.get("attachedToRef"))]
        assert task.overlaps(drawing.shapes[str(event.get("id"))])


@models
def test_every_human_task_has_one_accountable_and_some_responsible(
    path: Path, tmp_path: Path
) -> None:
    with Opsflow(f"sqlite:///{tmp_path}/check.db") as flow:
        flow.migrate()
        release = flow.definitions.deploy([*TABLES, path], by="ping").release
        rows = matrix_of(flow.definitions.content(release.id).process).rows
    tasks = [each.get("id") for each in etree.parse(path).iter(f"{BPMN}userTask")]
    assert set(tasks) <= set(rows)
    for row in rows.values():
        assert len(row.accountable) == 1
        assert row.responsible


def test_the_roles_of_the_process_are_those_of_the_organisation(tmp_path: Path) -> None:
    with Opsflow(f"sqlite:///{tmp_path}/check.db") as flow:
        flow.migrate()
        flow.people.load_organisation(STORY / "organisation")
        files = [*TABLES, ROOT / "bpmn/procurement.bpmn"]
        release = flow.definitions.deploy(files, by="ping").release
        rows = matrix_of(flow.definitions.content(release.id).process).rows
        used = {role for row in rows.values() for role in row.roles}
        assert used == {role.id for role in flow.people.roles()}
        assert flow.definitions.check(files) == []


def test_the_acts_of_the_story_follow_each_other_in_time() -> None:
    story = Story(STORY)
    moments = [act.at for case in story.cases for act in case.acts]
    assert moments == sorted(moments)
    with (STORY / "actions.csv").open(encoding="utf-8", newline="") as file:
        cases = {row["case"] for row in csv.DictReader(file)} - {""}
    assert cases == {case.number for case in story.cases}


@pytest.fixture
def played(url: str, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[Opsflow, str]]:
    """The whole story, played on SQLite and on PostgreSQL, and what was told."""
    assert main(["--database", url, "demo"]) == 0
    told = capsys.readouterr().out
    with Opsflow(url) as flow:
        yield flow, told


def test_the_story_ends_as_its_cases_say(played: tuple[Opsflow, str]) -> None:
    flow, told = played
    ends = {}
    kinds: dict[str, Counter[str]] = {}
    refused: dict[str, list[str]] = {}
    for case in Story(STORY).cases:
        instance = find_instance(flow, case.number)
        entries = flow.history.of_instance(instance.id)
        kinds[case.number] = Counter(entry.type for entry in entries)
        refused[case.number] = [entry.person for entry in entries if entry.type == "TaskRefused"]
        open_tasks = {task.node_id for task in flow.tasks.of_instance(instance.id) if task.is_open}
        ends[case.number] = (instance.status, open_tasks)

    assert ends == {
        "PR-2026-001": ("completed", set()),
        "PR-2026-002": ("completed", set()),
        "PR-2026-003": ("completed", set()),
        "PR-2026-004": ("completed", set()),
        "PR-2026-005": ("completed", set()),
        "PR-2026-006": ("completed", set()),
    }
    assert refused == {
        "PR-2026-001": ["gang", "fang"],
        "PR-2026-002": [],
        "PR-2026-003": [],
        "PR-2026-004": ["bo"],
        "PR-2026-005": ["gang"],
        "PR-2026-006": ["hong", "lei"],
    }
    assert kinds["PR-2026-002"]["GateRejected"] == 1
    assert kinds["PR-2026-002"]["StepCancelled"] >= 1
    assert kinds["PR-2026-003"]["DeviationSentBack"] == 1
    assert kinds["PR-2026-004"]["TaskReworked"] == 1
    assert kinds["PR-2026-004"]["VoteVoided"] == 2
    assert kinds["PR-2026-005"]["DeviationAccepted"] == 1
    assert kinds["PR-2026-006"]["TaskReworked"] == 1
    assert flow.history.verify().holds
    assert "INCIDENT" not in told
    failed = [line for line in told.splitlines() if "✗" in line]
    assert len(failed) == 3, failed
    assert all("cannot complete yet" in line for line in failed)


def test_the_story_proves_substitution_separation_and_tiers(played: tuple[Opsflow, str]) -> None:
    flow, told = played
    machine = find_instance(flow, "PR-2026-006")
    deeds = {
        (deed.node_id, deed.person, deed.on_behalf_of)
        for deed in flow.responsibility.trace(machine.id)
    }
    assert ("check_invoice", "lei", "fang") in deeds
    assert ("release_payment", "dan", None) in deeds
    assert ("propose_purchase", "hong", None) in deeds
    assert ("chase_approval", "bo", None) in deeds
    assert "[sod.pair]" in told
    assert [i.business_key for i in flow.instances.find(attributes={"category": "it"})] == [
        "PR-2026-004"
    ]


def test_playing_again_plays_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--case", "PR-2026-002"]) == 0
    capsys.readouterr()
    assert main(["demo", "--case", "PR-2026-002"]) == 0
    assert "played in this database before" in capsys.readouterr().out
    assert main(["demo", "--case", "PR-2026-002", "--fresh"]) == 0
    assert "Chen Hua as department head votes reject" in capsys.readouterr().out


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("cases.csv", "case,by", "number,by"),
        ("actions.csv", "2026-03-09T08:00+08:00", "Monday"),
        ("actions.csv", "2026-03-09T08:00+08:00", "2026-03-09T08:00"),
        ("actions.csv", ",ping,deploy,", ",ping,juggle,"),
    ],
)
def test_a_story_that_cannot_be_read_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str
) -> None:
    folder = tmp_path / "story"
    shutil.copytree(STORY, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    url = f"sqlite:///{tmp_path}/story.db"
    assert main(["--database", url, "demo", "--story", str(folder)]) == 2
    assert file in capsys.readouterr().err


def test_fresh_removes_no_database_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    precious = tmp_path / "precious.db"
    precious.write_bytes(b"precious")
    assert main(["--database", f"sqlite:///{precious}", "demo", "--fresh"]) == 2
    assert precious.read_bytes() == b"precious"


def test_the_embedding_example_does_what_it_says(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples/embedding.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "the shop's own code failed before the commit: 0 orders, 0 instances",
        "2 orders, 2 instances",
        "refused: ben may not claim: ben is not responsible; packer is [raci.responsible]."
        " Could: ana.",
        "Kim: completed",
        "Ben is asked to: ['Ask the customer']",
        "the trail holds: True",
    ]
