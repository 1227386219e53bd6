"""Checking and deploying, seen from outside."""

from __future__ import annotations

import io
import zipfile

import pytest

from opsflow.app import Opsflow
from opsflow.errors import ModelRejected, NotFound
from tests.integration.snapshots import contents
from tests.models import flows, human, model, simple

ORDER = simple(human("place"))
ORDER_2 = simple(human("place"), human("check"))


def package(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


def test_the_same_content_again_is_the_same_release(flow: Opsflow) -> None:
    first = flow.definitions.deploy(ORDER, by="ann")
    again = flow.definitions.deploy(ORDER, by="bob")
    assert first.created
    assert not again.created
    assert again.release.id == first.release.id
    assert [release.version for release in flow.definitions.releases("order")] == [1]


def test_changed_content_is_the_next_version_and_latest(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann")
    flow.definitions.deploy(ORDER_2, by="ann")
    assert flow.definitions.release("order").version == 2
    assert flow.definitions.release("order", 1).version == 1
    assert flow.definitions.files(flow.definitions.release("order", 1).id) == {
        "process.bpmn": ORDER
    }
    assert [entry.type for entry in flow.history.of_stream("process:order")] == [
        "OwnerAdded",
        *["ReleaseDeployed", "ReleasePublished"] * 2,
    ]


def test_checking_stores_nothing(flow: Opsflow) -> None:
    before = contents(flow)
    assert not any(finding.is_error for finding in flow.definitions.check(ORDER))
    assert contents(flow) == before


def test_a_refused_deployment_stores_nothing(flow: Opsflow) -> None:
    before = contents(flow)
    broken = ORDER.replace(b'targetRef="end"', b'targetRef="nowhere"')
    with pytest.raises(ModelRejected) as caught:
        flow.definitions.deploy(broken, by="ann")
    assert any(finding.element == "f1" for finding in caught.value.findings)
    assert contents(flow) == before


def test_running_instances_stay_on_their_release(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann")
    old = flow.instances.start("order", by="ann")
    flow.definitions.deploy(ORDER_2, by="ann")
    new = flow.instances.start("order", by="ann")
    pinned = flow.instances.start("order", by="ann", version=1)
    assert [run.version for run in (old, new, pinned)] == [1, 2, 1]


def test_an_unknown_process_or_version_is_not_found(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann")
    with pytest.raises(NotFound, match="nothing"):
        flow.definitions.release("nothing")
    with pytest.raises(NotFound, match="version 7"):
        flow.instances.start("order", by="ann", version=7)


def test_the_sheet_of_a_package_overrides_the_diagram(flow: Opsflow) -> None:
    sheet = b"task,clerk,chief\nplace,R,A\n"
    made = flow.definitions.deploy(
        package({"order.bpmn": ORDER, "responsibilities.csv": sheet}), by="ann"
    )
    node = flow.definitions.content(made.release.id).process.nodes["place"]
    assert node.controls.responsibility is not None
    assert node.controls.responsibility.responsible == ("clerk",)


def test_a_matrix_with_two_accountable_roles_does_not_publish(flow: Opsflow) -> None:
    sheet = b"task,clerk,chief,boss\nplace,R,A,A\n"
    files = {"order.bpmn": ORDER, "responsibilities.csv": sheet}
    with pytest.raises(ModelRejected) as caught:
        flow.definitions.deploy(package(files), by="ann")
    assert "opsflow.matrix.two-accountable" in {f.rule for f in caught.value.findings}


def test_a_called_process_must_be_known_and_is_bound_at_deployment(flow: Opsflow) -> None:
    caller = model(
        '<startEvent id="s"/><callActivity id="call" calledElement="order"/><endEvent id="e"/>'
        + flows("s>call", "call>e"),
        key="caller",
    )
    findings = flow.definitions.check(caller)
    assert "opsflow.call.unknown-process" in {finding.rule for finding in findings}
    first = flow.definitions.deploy(ORDER, by="ann").release
    bound = flow.definitions.deploy(caller, by="ann").release
    flow.definitions.deploy(ORDER_2, by="ann")
    assert bound.calls == {"order": first.id}


def test_processes_of_one_package_may_call_each_other(flow: Opsflow) -> None:
    caller = model(
        '<startEvent id="s"/><callActivity id="call" calledElement="order"/><endEvent id="e"/>'
        + flows("s>call", "call>e"),
        key="caller",
    )
    made = flow.definitions.deploy(package({"a.bpmn": caller, "b.bpmn": ORDER}), by="ann")
    keys = {release.process_key: release for release in made.releases}
    assert keys["caller"].calls == {"order": keys["order"].id}


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\xff" * 50, b"<a/>", b"PK\x03\x04junk"])
def test_what_is_no_model_is_refused(flow: Opsflow, content: bytes) -> None:
    with pytest.raises(ModelRejected) as caught:
        flow.definitions.deploy(content, by="ann")
    assert all(finding.rule and finding.hint for finding in caught.value.findings)


def test_a_descriptive_model_is_refused_and_can_be_viewed(flow: Opsflow) -> None:
    drawn = ORDER.replace(b'isExecutable="true"', b'isExecutable="false"')
    before = contents(flow)
    assert [f.rule for f in flow.definitions.check(drawn) if f.is_error] == [
        "bpmn.process.not-executable"
    ]
    seen = flow.definitions.check(drawn, descriptive=True)
    assert "place" in {node.id for node in seen.nodes}
    in_package = flow.definitions.check(package({"order.bpmn": drawn}), descriptive=True)
    assert in_package == seen
    with pytest.raises(ModelRejected):
        flow.definitions.check(package({"note.txt": b""}), descriptive=True)
    assert contents(flow) == before
