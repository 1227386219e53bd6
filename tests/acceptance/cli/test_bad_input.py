"""Bad input: a clear error, the right exit code, and a database that has not changed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from opsflow.app import Opsflow
from tests.acceptance.conftest import Run
from tests.integration.snapshots import contents
from tests.models import flows, human, model, simple

GOOD = simple(human("place"))
BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
)
TWO_ACCOUNTABLE = human(
    "place", '<opsflow:responsibility responsible="buyer" accountable="manager, cfo"/>'
)
FILM = model(
    '<startEvent id="start"/><userTask id="film"><extensionElements><opsflow:procedure>'
    '<opsflow:step id="take" kind="file">Film it</opsflow:step></opsflow:procedure>'
    '</extensionElements></userTask><endEvent id="end"/>' + flows("start>film", "film>end"),
    key="filming",
)
ENDS = '<startEvent id="start"/><endEvent id="end"/>'

MODELS = {
    "not XML": (b"This is not XML.", "bpmn.file.not-xml"),
    "an entity bomb": (BOMB, "bpmn.file.doctype"),
    "an external entity": (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        "bpmn.file.doctype",
    ),
    "50 MB": (GOOD + b" " * 50_000_000, "bpmn.file.too-large"),
    "deep nesting": (b"<a>" * 100_000, "bpmn.file.too-deep"),
    "a wrong namespace": (GOOD.replace(b"BPMN/20100524", b"BPMN/19990101"), "bpmn.file.not-bpmn"),
    "an unknown element": (GOOD.replace(b'<endEvent id="end"/>', b"<finish/>"), "bpmn.file.schema"),
    "an id that is there twice": (
        model(ENDS + '<task id="end"/>' + flows("start>end")),
        "bpmn.element.repeated-id",
    ),
    "a reference to nothing": (model(ENDS + flows("start>nowhere")), "bpmn."),
    "an expression that does not compile": (
        model(
            '<startEvent id="start"/><exclusiveGateway id="which" default="f1"/>'
            '<endEvent id="end"/><endEvent id="other"/>'
            + flows("start>which", "which>end", "which>other?1 +")
        ),
        "expression",
    ),
    "a matrix with two accountable roles": (simple(TWO_ACCOUNTABLE), "two-accountable"),
}


@pytest.fixture
def flow(office: Run, folder: Path) -> Opsflow:
    """The database of the command line, to look into."""
    assert office("claim", "PR-1/request", "--by", "jun").code == 0
    return Opsflow(f"sqlite:///{folder / 'opsflow.db'}")


@pytest.mark.parametrize("what", MODELS)
def test_a_model_that_is_wrong_is_not_deployed(
    office: Run, folder: Path, flow: Opsflow, what: str
) -> None:
    source, rule = MODELS[what]
    (folder / "wrong.bpmn").write_bytes(source)
    before = contents(flow)
    ended = office("deploy", "wrong.bpmn", "--by", "ping")
    assert ended.code == 1
    assert rule in ended.err
    assert "Traceback" not in ended.err
    assert contents(flow) == before


def test_a_matrix_with_an_unknown_task_is_not_deployed(
    office: Run, folder: Path, flow: Opsflow
) -> None:
    with zipfile.ZipFile(folder / "wrong.zip", "w") as package:
        package.writestr("order.bpmn", GOOD)
        package.writestr("responsibilities.csv", "task,buyer,manager\npack,R,A\n")
    before = contents(flow)
    ended = office("deploy", "wrong.zip", "--by", "ping")
    assert ended.code == 1
    assert "opsflow.matrix.unknown-task" in ended.err
    assert contents(flow) == before


def test_form_data_that_fails_its_schema_changes_nothing(office: Run, flow: Opsflow) -> None:
    before = contents(flow)
    ended = office("complete", "PR-1/request", "--by", "jun", "--data", "amount=plenty")
    assert ended.code == 2
    assert "/amount" in ended.err
    assert contents(flow) == before


def test_evidence_that_is_too_large_changes_nothing(
    office: Run, folder: Path, flow: Opsflow
) -> None:
    with (folder / "film.mp4").open("wb") as film:
        film.truncate(26 * 1024 * 1024)
    (folder / "film.bpmn").write_bytes(FILM)
    for command in (
        "deploy film.bpmn --by ping --responsibility open",
        "start filming --by jun --business-key F-1",
        "claim F-1/film --by jun",
    ):
        assert office(*command.split()).code == 0, command
    before = contents(flow)
    ended = office(*["step", "record", "F-1/film", "take", "--by", "jun", "--file", "film.mp4"])
    assert ended.code == 2
    assert "has 27262976 bytes" in ended.err
    assert contents(flow) == before


def test_a_second_claim_changes_nothing(office: Run, flow: Opsflow) -> None:
    before = contents(flow)
    for person in ("jun", "mei"):
        assert office("claim", "PR-1/request", "--by", person).code == 4
    assert contents(flow) == before


def test_acting_without_the_right_changes_nothing_but_the_trail(office: Run, flow: Opsflow) -> None:
    kept = ("opsflow_event", "opsflow_stream")
    before = contents(flow)
    for command in (
        "complete PR-1/request --by mei",
        "release PR-1/request --by bo",
        "complete PR-1/request --by nobody",
    ):
        ended = office(*command.split())
        assert ended.code == 3, ended
        assert ended.err.count("\n") == 1
    after = contents(flow)
    assert {k: v for k, v in after.items() if k not in kept} == {
        k: v for k, v in before.items() if k not in kept
    }
    assert len(after["opsflow_event"]) == len(before["opsflow_event"]) + 3
    assert flow.history.verify().holds


def test_completing_twice_changes_nothing(office: Run, folder: Path, flow: Opsflow) -> None:
    assert office("demo").code == 0
    demo = next(path for path in folder.glob("*demo*.db"))
    played = Opsflow(f"sqlite:///{demo}")
    task = next(task for task in played.tasks.find(open=False) if task.state == "completed")
    before = contents(played)
    ended = office(
        "--database", f"sqlite:///{demo}", "complete", task.id, "--by", str(task.assignee)
    )
    assert ended.code == 4
    assert "is completed" in ended.err
    assert contents(played) == before
    played.close()
