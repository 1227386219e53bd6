"""What can be read of processes and releases."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from opsflow.app import Opsflow
from opsflow.definitions import FileInfo
from opsflow.errors import Invalid, NotFound
from tests.models import human, simple

FORM = '{"type": "object", "properties": {"size": {"type": "number"}}}'
ORDER = simple(
    human(
        "place",
        f"<opsflow:form><![CDATA[{FORM}]]></opsflow:form>"
        "<opsflow:instructions>Ask three suppliers</opsflow:instructions>"
        '<opsflow:procedure><opsflow:step id="quotes" kind="check">Quotes</opsflow:step>'
        "</opsflow:procedure>"
        '<opsflow:gate id="release" at="exit" rule="all" voters="manager" onReject="rework"/>',
        "Place the order",
    ),
    human("check"),
    process='<opsflow:separation tasks="place check"/>'
    '<opsflow:search name="amount" type="number"/>',
)


def package(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


def test_processes_are_listed_page_by_page(flow: Opsflow) -> None:
    for number in range(5):
        source = simple(human("place"), key=f"p{number}")
        flow.definitions.deploy(source, by=("ann", "bob")[number % 2])
    flow.definitions.deploy(simple(human("a"), human("b"), key="p1"), by="bob", publish=False)
    pages = [flow.definitions.find(limit=2)]
    while pages[-1]:
        pages.append(flow.definitions.find(after=pages[-1][-1].key, limit=2))
    assert [[each.key for each in page] for page in pages] == [
        ["p0", "p1"],
        ["p2", "p3"],
        ["p4"],
        [],
    ]
    second = pages[0][1]
    assert (second.published_version, second.latest_version) == (1, 2)
    assert (second.owners, second.published_by) == (("bob",), "bob")
    assert [each.key for each in flow.definitions.find(owner="bob")] == ["p1", "p3"]
    assert [each.key for each in flow.definitions.find(owner="bob", after="p1")] == ["p3"]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_a_size(flow: Opsflow, limit: int) -> None:
    with pytest.raises(Invalid, match="1 to 1000"):
        flow.definitions.find(limit=limit)


def test_a_process_that_was_never_published_is_listed_as_such(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann", publish=False)
    (found,) = flow.definitions.find()
    assert (found.published_version, found.published_at, found.latest_version) == (None, None, 1)


def test_a_process_is_named_as_its_published_release_says(flow: Opsflow) -> None:
    def named(name: str) -> bytes:
        return simple(human("place")).replace(b'id="order"', f'id="order" name="{name}"'.encode())

    first = flow.definitions.deploy(named("Order"), by="ann").release
    draft = flow.definitions.deploy(named("Purchase"), by="ann", publish=False).release
    assert [each.name for each in flow.definitions.find()] == ["Order"]
    flow.definitions.publish(draft.id, by="ann")
    assert [each.name for each in flow.definitions.find()] == ["Purchase"]
    flow.definitions.publish(first.id, by="ann")
    assert [each.name for each in flow.definitions.find()] == ["Order"]


def test_the_files_of_a_release_are_listed_and_read_one_by_one(flow: Opsflow) -> None:
    sheet = b"task,clerk,chief\nplace,R,A\n"
    files = {"order.bpmn": simple(human("place")), "responsibilities.csv": sheet}
    release = flow.definitions.deploy(package(files), by="ann").release
    assert flow.definitions.file_list(release.id) == [
        FileInfo(path, len(content), hashlib.sha256(content).hexdigest())
        for path, content in sorted(files.items())
    ]
    assert flow.definitions.file(release.id, "responsibilities.csv") == sheet
    with pytest.raises(NotFound, match=r"file 'other\.csv'"):
        flow.definitions.file(release.id, "other.csv")
    for read in (flow.definitions.file_list, flow.definitions.describe, flow.definitions.outline):
        with pytest.raises(NotFound, match="release 'nothing'"):
            read("nothing")


def test_the_diagram_of_a_release_is_the_file_that_holds_its_process(flow: Opsflow) -> None:
    files = {"a.bpmn": simple(human("sell"), key="sale"), "b.bpmn": simple(human("place"))}
    made = flow.definitions.deploy(package(files), by="ann")
    shown = {
        release.process_key: flow.definitions.describe(release.id).items
        for release in made.releases
    }
    assert "sell" in shown["sale"]
    assert "place" in shown["order"]
    assert "sell" not in shown["order"]


def test_the_outline_of_a_release_tells_what_its_tasks_carry(flow: Opsflow) -> None:
    release = flow.definitions.deploy(ORDER, by="ann").release
    outline = flow.definitions.outline(release.id)
    place, check = outline.tasks
    assert (place.node_id, place.name, place.kind) == ("place", "Place the order", "userTask")
    assert place.instructions == "Ask three suppliers"
    assert [step.id for step in place.procedure] == ["quotes"]
    assert [gate.id for gate in place.gates] == ["release"]
    assert place.form_schema == {"type": "object", "properties": {"size": {"type": "number"}}}
    assert (check.form_schema, check.form, check.gates) == (None, None, ())
    assert outline.separation == (("place", "check"),)
    assert outline.search == {"amount": "number"}


def test_the_forms_of_a_package_are_in_the_outline(flow: Opsflow) -> None:
    source = simple(human("place", '<opsflow:form ref="forms/order.json"/>'))
    files = {"order.bpmn": source, "forms/order.json": FORM.encode()}
    release = flow.definitions.deploy(package(files), by="ann").release
    outline = flow.definitions.outline(release.id)
    assert outline.tasks[0].form == "forms/order.json"
    assert list(outline.forms) == ["forms/order.json"]


def test_a_release_is_remarked_on_as_things_are_now(flow: Opsflow) -> None:
    release = flow.definitions.deploy(simple(human("place")), by="ann").release
    unknown = {f.rule for f in flow.definitions.remarks(release.id)}
    assert unknown == {"opsflow.matrix.unknown-role"}
    for role in ("buyer", "manager"):
        flow.people.add_role(role)
    assert flow.definitions.remarks(release.id) == []
