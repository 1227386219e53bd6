"""Owners: who deploys a key first owns it, and nobody else changes it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from opsflow.app import Opsflow
from opsflow.errors import Invalid, NotFound, Refused, WrongState
from tests.integration.definitions.decision_tables import AUTHORITY, AUTHORITY_2
from tests.integration.snapshots import contents
from tests.models import flows, human, model, simple

ORDER = simple(human("place"))
ORDER_2 = simple(human("place"), human("check"))
SALE = simple(human("sell"), key="sale")


@pytest.fixture
def office(flow: Opsflow) -> Opsflow:
    """An opsflow that knows ann, bob and eve."""
    for person in ("ann", "bob", "eve"):
        flow.people.add_person(person, name=person.title())
    return flow


def package(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


def owners(flow: Opsflow, key: str = "order") -> list[str]:
    return [owner.person for owner in flow.definitions.owners(key)]


def refused(flow: Opsflow, act: Callable[[], object]) -> Refused:
    """The refusal of an act, which has changed nothing."""
    before = contents(flow)
    with pytest.raises(Refused) as caught:
        act()
    assert contents(flow) == before
    return caught.value


def test_who_deploys_a_process_first_owns_it(office: Opsflow) -> None:
    office.definitions.deploy(ORDER, by="ann", publish=False)
    (owner,) = office.definitions.owners("order")
    assert (owner.person, owner.added_by) == ("ann", "ann")
    assert [entry.type for entry in office.history.of_stream("process:order")] == [
        "OwnerAdded",
        "ReleaseDeployed",
    ]
    assert office.definitions.owners("nothing") == []


def test_only_owners_deploy_and_publish(office: Opsflow) -> None:
    office.definitions.deploy(ORDER, by="ann")
    draft = office.definitions.deploy(ORDER_2, by="ann", publish=False).release
    changed = simple(human("place", name="Place it"))
    for act in (
        lambda: office.definitions.deploy(changed, by="bob"),
        lambda: office.definitions.deploy(changed, by="bob", publish=False),
        lambda: office.definitions.deploy(ORDER_2, by="bob"),
        lambda: office.definitions.publish(draft.id, by="bob"),
        lambda: office.definitions.share("order", person="bob", by="bob"),
        lambda: office.definitions.unshare("order", person="ann", by="bob"),
    ):
        error = refused(office, act)
        assert (error.rule, error.could, error.person) == ("process.owner", ("ann",), "bob")


def test_who_changes_nothing_needs_nobodys_leave(office: Opsflow) -> None:
    """The same content that is published already, or a draft that stays one."""
    office.definitions.deploy(ORDER, by="ann")
    office.definitions.deploy(ORDER_2, by="ann", publish=False)
    before = contents(office)
    assert not office.definitions.deploy(ORDER, by="bob").created
    assert not office.definitions.deploy(ORDER_2, by="bob", publish=False).created
    assert contents(office) == before


def test_a_process_is_shared_and_taken_back(office: Opsflow) -> None:
    office.definitions.deploy(ORDER, by="ann")
    added = office.definitions.share("order", person="bob", by="ann")
    assert (added.person, added.added_by) == ("bob", "ann")
    assert owners(office) == ["ann", "bob"]
    assert office.definitions.deploy(ORDER_2, by="bob").release.version == 2
    office.definitions.unshare("order", person="ann", by="bob")
    assert owners(office) == ["bob"]
    first = office.definitions.release("order", 1)
    assert refused(office, lambda: office.definitions.publish(first.id, by="ann")).could == ("bob",)
    said = [
        (entry.type, entry.person, json.loads(entry.data)["person"])
        for entry in office.history.of_stream("process:order")
        if entry.type.startswith("Owner")
    ]
    assert said == [
        ("OwnerAdded", "ann", "ann"),
        ("OwnerAdded", "ann", "bob"),
        ("OwnerRemoved", "bob", "ann"),
    ]


def test_sharing_with_an_owner_changes_nothing(office: Opsflow) -> None:
    office.definitions.deploy(ORDER, by="ann")
    before = contents(office)
    assert office.definitions.share("order", person="ann", by="ann").person == "ann"
    assert contents(office) == before


def test_the_last_owner_stays(office: Opsflow) -> None:
    office.definitions.deploy(ORDER, by="ann")
    with pytest.raises(WrongState, match="Share it"):
        office.definitions.unshare("order", person="ann", by="ann")
    with pytest.raises(WrongState):
        office.definitions.unshare("order", person="ann", by="eve", as_administrator=True)
    office.definitions.share("order", person="bob", by="ann")
    office.definitions.unshare("order", person="ann", by="ann")
    assert owners(office) == ["bob"]


def test_only_somebody_who_is_known_becomes_an_owner(office: Opsflow) -> None:
    office.definitions.deploy(ORDER, by="ann")
    before = contents(office)
    with pytest.raises(NotFound, match="person 'nobody'"):
        office.definitions.share("order", person="nobody", by="ann")
    with pytest.raises(Invalid):
        office.definitions.share("order", person=" ", by="ann")
    with pytest.raises(NotFound, match="process 'nothing'"):
        office.definitions.share("nothing", person="bob", by="ann")
    with pytest.raises(NotFound, match="owner 'bob'"):
        office.definitions.unshare("order", person="bob", by="ann")
    with pytest.raises(NotFound, match="decision 'order'"):
        office.definitions.unshare("order", person="ann", by="ann", kind="decision")
    assert contents(office) == before


def test_an_administrator_acts_on_what_belongs_to_others_and_it_is_on_record(
    office: Opsflow,
) -> None:
    first = office.definitions.deploy(ORDER, by="ann").release
    made = office.definitions.deploy(ORDER_2, by="eve", as_administrator=True)
    assert made.release.is_published
    office.definitions.publish(first.id, by="eve", as_administrator=True)
    office.definitions.share("order", person="bob", by="eve", as_administrator=True)
    office.definitions.unshare("order", person="ann", by="eve", as_administrator=True)
    assert owners(office) == ["bob"]
    chain = [
        (entry.type, entry.person, json.loads(entry.data)["as_administrator"])
        for entry in office.history.of_stream("process:order")
    ]
    assert chain[:3] == [
        ("OwnerAdded", "ann", False),
        ("ReleaseDeployed", "ann", False),
        ("ReleasePublished", "ann", False),
    ]
    assert chain[3:] == [
        ("ReleaseDeployed", "eve", True),
        ("ReleasePublished", "eve", True),
        ("ReleasePublished", "eve", True),
        ("OwnerAdded", "eve", True),
        ("OwnerRemoved", "eve", True),
    ]
    assert office.history.verify().holds


def test_every_key_that_a_package_changes_has_to_be_owned(office: Opsflow) -> None:
    office.definitions.deploy(ORDER, by="ann")
    both = package({"order.bpmn": ORDER, "sale.bpmn": SALE})
    assert refused(office, lambda: office.definitions.deploy(both, by="bob")).could == ("ann",)
    assert office.definitions.owners("sale") == []
    office.definitions.share("order", person="bob", by="ann")
    office.definitions.deploy(both, by="bob")
    assert owners(office, "sale") == ["bob"]


def test_a_decision_has_owners_too(office: Opsflow) -> None:
    office.definitions.deploy(AUTHORITY, by="ann")
    (draft,) = office.definitions.deploy(AUTHORITY_2, by="ann", publish=False).decisions
    key, by_bob = "purchase_authority", office.definitions
    for act in (
        lambda: by_bob.deploy(AUTHORITY_2, by="bob"),
        lambda: by_bob.publish_decision(draft.id, by="bob"),
        lambda: by_bob.share(key, person="bob", by="bob", kind="decision"),
    ):
        error = refused(office, act)
        assert (error.rule, error.could) == ("decision.owner", ("ann",))
    office.definitions.share(key, person="bob", by="ann", kind="decision")
    office.definitions.unshare(key, person="ann", by="bob", kind="decision")
    office.definitions.publish_decision(draft.id, by="bob")
    assert [each.person for each in office.definitions.owners(key, kind="decision")] == ["bob"]
    assert office.definitions.owners(key) == [], "a process of the same key is another thing"


def test_a_package_may_bring_the_unchanged_decisions_of_others(office: Opsflow) -> None:
    office.definitions.deploy(AUTHORITY, by="ann")
    asking = model(
        '<startEvent id="s"/><businessRuleTask id="ask" opsflow:decision="purchase_authority"'
        ' opsflow:result="approver"/><endEvent id="e"/>' + flows("s>ask", "ask>e"),
        key="asking",
    )
    made = office.definitions.deploy(
        package({"a.bpmn": asking, "decisions.dmn": AUTHORITY}), by="bob"
    )
    assert [each.version for each in made.decisions] == [1]
    changed = package({"a.bpmn": asking, "decisions.dmn": AUTHORITY_2})
    error = refused(office, lambda: office.definitions.deploy(changed, by="bob"))
    assert error.rule == "decision.owner"
