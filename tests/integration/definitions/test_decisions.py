"""Decisions, deployed and asked."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal

import pytest

from opsflow.app import Opsflow
from opsflow.errors import ModelRejected, NotFound
from tests.integration.definitions.decision_tables import AUTHORITY, AUTHORITY_2
from tests.integration.snapshots import contents
from tests.models import flows, model

ASKING = model(
    '<startEvent id="s"/><businessRuleTask id="ask" opsflow:decision="purchase_authority"'
    ' opsflow:result="approver"/><endEvent id="e"/>' + flows("s>ask", "ask>e"),
    key="asking",
)


def package(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


def test_a_decision_is_deployed_and_asked_by_anyone(flow: Opsflow) -> None:
    made = flow.definitions.deploy(AUTHORITY, by="max")
    assert [(each.decision_key, each.version) for each in made.decisions] == [
        ("purchase_authority", 1)
    ]
    asked = flow.decisions.evaluate(
        "purchase_authority", {"amount": 50_000, "category": "services"}, by="ann"
    )
    assert asked.value == "department_head, finance_manager, legal"
    assert [rule for hit in asked.matched for rule in hit.rules] == [(3, "services")]


def test_what_was_decided_is_on_record(flow: Opsflow) -> None:
    flow.definitions.deploy(AUTHORITY, by="max")
    flow.decisions.evaluate("purchase_authority", {"amount": 5, "category": "it"}, by="ann")
    chain = flow.history.of_stream("decision:purchase_authority")
    assert [entry.type for entry in chain] == [
        "OwnerAdded",
        "DecisionDeployed",
        "DecisionPublished",
        "DecisionEvaluated",
    ]
    evaluated = chain[-1]
    assert evaluated.person == "ann"
    said = json.loads(evaluated.data)
    assert said["value"] == "department_head"
    assert said["matched"][0]["rules"] == [[1, "small"]]
    assert said["inputs"] == {"amount": "5", "category": "it"}
    assert flow.history.verify().holds


def test_the_same_tables_again_are_the_same_release(flow: Opsflow) -> None:
    first = flow.definitions.deploy(AUTHORITY, by="max")
    again = flow.definitions.deploy(AUTHORITY, by="ann")
    assert (first.created, again.created) == (True, False)
    flow.definitions.deploy(AUTHORITY_2, by="max")
    assert [each.version for each in flow.decisions.releases("purchase_authority")] == [2, 1]
    amount = {"amount": 9_500, "category": "it"}
    new = flow.decisions.evaluate("purchase_authority", amount, by="a")
    assert new.value == "department_head, finance_manager"
    old = flow.decisions.evaluate("purchase_authority", amount, by="a", version=1)
    assert old.value == "department_head"


def test_a_business_rule_task_asks_the_release_it_was_bound_to(flow: Opsflow) -> None:
    flow.definitions.deploy(package({"a.bpmn": ASKING, "b.dmn": AUTHORITY}), by="max")
    flow.definitions.deploy(AUTHORITY.replace(b"cfo", b"board"), by="max")
    run = flow.instances.start(
        "asking", by="ann", variables={"amount": Decimal("200000.00"), "category": "it"}
    )
    assert flow.instances.get(run.id).status == "completed"
    assert flow.instances.variables(run.id)["approver"] == "department_head, finance_manager, cfo"
    evaluated = [e for e in flow.history.of_instance(run.id) if e.type == "DecisionEvaluated"]
    assert json.loads(evaluated[0].data)["matched"][0]["rules"] == [[4, "large"]]


def test_rules_that_contradict_each_other_are_an_incident(flow: Opsflow) -> None:
    """A test that a check cannot see through; one that it can is refused at deployment."""
    clash = AUTHORITY.replace(b"&lt;= 10000", b"modulo(?, 7) &lt;= 7")
    flow.definitions.deploy(package({"a.bpmn": ASKING, "b.dmn": clash}), by="max")
    run = flow.instances.start("asking", by="ann", variables={"amount": 20_000, "category": "it"})
    (incident,) = flow.instances.incidents(run.id)
    assert "small" in incident.message
    assert "middle" in incident.message


def test_rules_that_overlap_are_refused_with_an_example(flow: Opsflow) -> None:
    clash = AUTHORITY.replace(b"(10000..100000]", b"(9000..100000]")
    with pytest.raises(ModelRejected, match="both match Amount"):
        flow.definitions.deploy(clash, by="max")


def test_a_process_that_asks_an_unknown_decision_is_refused(flow: Opsflow) -> None:
    before = contents(flow)
    with pytest.raises(ModelRejected) as caught:
        flow.definitions.deploy(ASKING, by="max")
    assert {finding.rule for finding in caught.value.findings if finding.is_error} == {
        "opsflow.call.unknown-decision"
    }
    assert contents(flow) == before


def test_a_broken_table_is_refused(flow: Opsflow) -> None:
    before = contents(flow)
    with pytest.raises(ModelRejected):
        flow.definitions.deploy(AUTHORITY.replace(b"&lt;= 10000", b"&lt;= ("), by="max")
    assert contents(flow) == before


def test_an_unknown_decision_is_not_found(flow: Opsflow) -> None:
    with pytest.raises(NotFound, match="nothing"):
        flow.decisions.evaluate("nothing", {}, by="ann")


def test_the_shipped_table_has_no_gap_and_no_overlap(flow: Opsflow) -> None:
    assert flow.definitions.check(AUTHORITY) == []
