"""What belongs to what a gate decides about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from opsflow.approvals.matter import Matter, own_variables
from opsflow.engine import (
    Expression,
    Gate,
    GateRule,
    Node,
    NodeKind,
    ProcedureStep,
    ProcedureStepKind,
    Process,
    Tier,
)
from opsflow.engine.model import MultiInstance
from opsflow.sop import Evidence, Limits, ProcedureRecord, StepState, StepStatus
from opsflow.tasks import Attachment

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GATE = Gate(
    id="g",
    at="exit",
    rule=GateRule.ALL,
    voters=("boss",),
    tiers=(Tier(Expression("amount > 100"), ("cfo",)),),
)
MATTER = Matter(
    release_hash="r1",
    data={"amount": 50},
    variables={"supplier": "acme", "nrOfCompletedInstances": 1},
    procedure=(),
    attachments=(),
    own=frozenset({"nrOfCompletedInstances"}),
    mapped=(),
    now=NOW,
)


def recorded(value: str, sha256: str, **given: object) -> StepStatus:
    record = ProcedureRecord(
        id="r", step_id="s", state="done", value=value, number=given.get("number"), person="ann"
    )
    record.at = NOW
    record.note = None
    evidence = Evidence(id="e", record_id="r", name="a", sha256=sha256)
    step = ProcedureStep("s", ProcedureStepKind.TEXT, "Say")
    return StepStatus(step, StepState.DONE, record, (evidence,), None, Limits(), ())


def digest(matter: Matter) -> str:
    return matter.hash(GATE, ["supplier"])


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"amount": 51}},
        {"data": {"amount": 50, "more": 1}},
        {"variables": {"supplier": "other"}},
        {"variables": {}},
        {"release_hash": "r2"},
        {"procedure": (recorded("fine", "aa"),)},
        {"attachments": (Attachment(name="a.pdf", sha256="aa"),)},
    ],
)
def test_a_change_of_what_is_approved_changes_the_hash(change: dict[str, object]) -> None:
    assert digest(replace(MATTER, **change)) != digest(MATTER)  # type: ignore[arg-type]


def test_what_is_recorded_at_a_step_belongs_to_it() -> None:
    base = replace(MATTER, procedure=(recorded("fine", "aa"),))
    assert digest(replace(base, procedure=(recorded("bad", "aa"),))) != digest(base)
    assert digest(replace(base, procedure=(recorded("fine", "bb"),))) != digest(base)


def test_recording_the_same_again_changes_nothing() -> None:
    one, two = recorded("1.0", "aa", number=Decimal("1.0")), recorded("1", "aa", number=Decimal(1))
    assert two.record is not None
    two.record.id, two.record.person = "other", "bob"
    assert digest(replace(MATTER, procedure=(one,))) == digest(replace(MATTER, procedure=(two,)))


def test_variables_that_came_later_or_belong_to_the_engine_do_not_count() -> None:
    more = {**MATTER.variables, "elsewhere": 1, "nrOfCompletedInstances": 2}
    assert digest(replace(MATTER, variables=more)) == digest(MATTER)
    assert MATTER.shown() == ["supplier"]


def test_input_mappings_say_what_the_task_works_on() -> None:
    assert replace(MATTER, mapped=("item",)).shown() == ["item"]


def test_a_tier_that_begins_to_apply_changes_the_hash_and_looks_at_the_data_first() -> None:
    large = replace(MATTER, data={"amount": 101}, variables={"supplier": "acme", "amount": 1})
    assert [tier.voters for tier in large.tiers(GATE)] == [("cfo",)]
    later = replace(MATTER, data={}, variables={"supplier": "acme", "amount": 1})
    grown = replace(later, variables={"supplier": "acme", "amount": 101})
    assert digest(later) != digest(grown)


def test_the_process_keeps_its_counters_and_collections_to_itself() -> None:
    each = MultiInstance(sequential=False, output_collection="results")
    outer = Node("sub", NodeKind.SUB_PROCESS, None, "p", 1, loop=each)
    inner = Node("task", NodeKind.USER_TASK, None, "sub", 2)
    process = Process("p", None, 0, True, {"sub": outer, "task": inner}, {})
    assert {"results", "nrOfActiveInstances"} <= own_variables(inner, process)
