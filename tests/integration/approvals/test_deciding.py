"""Gates whose voters a decision names: bound to a release, on record, and never open by mistake."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence

import pytest

from opsflow.app import Opsflow
from opsflow.approvals.asking import ask
from opsflow.engine import Gate, GateRule, Tier
from opsflow.errors import ModelRejected
from opsflow.findings import Severity
from tests.integration.approvals.conftest import Work, gate
from tests.models import human, simple
from tests.unit.decisions.models import data, decision, source, table

RULES = (
    '<= 100 => "finance"',
    '(100..1000] => "finance, legal"',
    '> 1000 => ["finance", "cfo"]',
)
TIER = '<opsflow:tier decision="authority"/>'


def rules(*rows: str, outputs: Sequence[str] = (": Any",), policy: str = "UNIQUE") -> bytes:
    """The decision ``authority`` over the amount."""
    logic = table(["amount: number"], outputs, rows or RULES, policy=policy)
    return source(data("amount", "number"), decision("authority", logic, inputs=["amount"]))


def package(tier: str, dmn: bytes, voters: str = "", rule: str = "all", **given: str) -> bytes:
    """A task behind a gate with the tier, and the decision beside it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("p.bpmn", simple(human("do", gate(voters, rule, tiers=tier, **given))))
        archive.writestr("d.dmn", dmn)
    return target.getvalue()


Deploy = Callable[..., Work]


@pytest.fixture
def work(flow: Opsflow, people: None) -> Deploy:
    """Deploys a gate with a decision, and starts the process."""

    def start(
        tier: str = TIER, dmn: bytes | None = None, variables: object = None, **given: str
    ) -> Work:
        flow.definitions.deploy(package(tier, dmn or rules(), **given), by="mia")
        return begin(flow, variables)

    return start


def begin(flow: Opsflow, variables: object = None) -> Work:
    instance = flow.instances.start("order", by="mia", variables=variables or {})  # type: ignore[arg-type]
    (task,) = flow.tasks.of_instance(instance.id)
    return Work(flow, task.id, instance.id)


def facts(work: Work, type: str) -> list[dict[str, object]]:
    entries = work.flow.history.of_instance(work.instance_id)
    return [json.loads(entry.data) for entry in entries if entry.type == type]


def found(flow: Opsflow, tier: str, dmn: bytes, **given: str) -> dict[str, Severity]:
    findings = flow.definitions.check(package(tier, dmn, **given))
    return {finding.rule: finding.severity for finding in findings}


def test_the_decision_names_the_voters_by_the_submitted_data(work: Deploy) -> None:
    done = work().submit(amount=500)
    assert done.gate().waiting_roles == ("finance", "legal")
    done.vote("fay")
    done.vote("leo")
    assert done.task.state == "completed"


def test_what_was_decided_is_in_the_trail_of_the_instance(flow: Opsflow, work: Deploy) -> None:
    done = work().submit(amount=500)
    (said,) = facts(done, "DecisionEvaluated")
    assert said["value"] == "finance, legal"
    assert said["inputs"] == {"amount": "500"}
    assert said["matched"] == [{"table": "t", "decision": "authority", "rules": [[2, "r2"]]}]
    assert said["step_id"] == done.task.step_id
    assert said["release_id"] == flow.decisions.release("authority").id
    (opened,) = facts(done, "GateOpened")
    assert opened["tiers"] == ["authority: finance, legal"]
    done.vote("fay")
    assert len(facts(done, "DecisionEvaluated")) == 1
    assert flow.history.verify().holds


def test_its_voters_come_behind_those_of_the_gate_and_each_has_to_approve(work: Deploy) -> None:
    done = work(voters="board", rule="sequence").submit(amount=5000)
    for person, next_roles in (("b1", ("finance",)), ("fay", ("cfo",))):
        done.vote(person)
        assert done.gate().waiting_roles == next_roles
    done.vote("cid")
    assert done.task.state == "completed"


def test_a_later_version_of_the_table_leaves_running_releases_alone(
    flow: Opsflow, work: Deploy
) -> None:
    before = work()
    flow.definitions.deploy(rules('- => "cfo"'), by="mia")
    assert before.submit(amount=5).gate().waiting_roles == ("finance",)
    assert begin(flow).submit(amount=5).gate().waiting_roles == ("finance",)
    flow.definitions.deploy(package(TIER, rules('- => "cfo"')), by="mia")
    assert begin(flow).submit(amount=5).gate().waiting_roles == ("cfo",)


def test_changed_data_asks_other_voters_and_voids_what_was_said_before(
    flow: Opsflow, work: Deploy
) -> None:
    done = work(variables={"amount": 500}).submit()
    done.vote("fay")
    flow.instances.set_variables(done.instance_id, {"amount": 500, "remark": "x"}, by="mia")
    assert done.live() == ["fay"]
    flow.instances.set_variables(done.instance_id, {"amount": 5000}, by="mia")
    assert done.live() == []
    assert done.gate().waiting_roles == ("finance", "cfo")
    assert [each["value"] for each in facts(done, "DecisionEvaluated")] == [
        "finance, legal",
        ["finance", "cfo"],
    ]


def test_an_approval_of_what_did_not_change_stays_after_rework(work: Deploy) -> None:
    done = work().submit(amount=500)
    done.vote("fay")
    done.reject("leo")
    done.submit(amount=500)
    assert done.live() == ["fay"]
    done.reject("leo")
    done.submit(amount=50)
    assert done.live() == []
    assert done.gate().waiting_roles == ("finance",)


@pytest.mark.parametrize("amount", [None, "much"])
def test_without_an_answer_everybody_is_asked_whom_it_could_have_named(
    work: Deploy, amount: object
) -> None:
    done = work().submit(**({} if amount is None else {"amount": amount}))
    assert done.gate().waiting_roles == ("finance", "legal", "cfo")
    (undecided,) = facts(done, "NobodyNamed")
    assert undecided["decision"] == "authority"
    assert undecided["roles"] == ["finance", "legal", "cfo"]
    assert "null" in str(undecided["reason"])
    notices = [n for n in done.flow.notifications.inbox("mia") if n.kind == "gate.nobody-named"]
    assert len(notices) == 1
    assert "authority" in notices[0].text
    done.vote("fay")
    done.vote("leo")
    assert done.task.state == "in_review"
    done.vote("cid")
    assert done.task.state == "completed"


def test_a_person_mends_it_by_giving_the_data(flow: Opsflow, work: Deploy) -> None:
    done = work(variables={"start": 1}).submit()
    assert done.gate().waiting_roles == ("finance", "legal", "cfo")
    flow.instances.set_variables(done.instance_id, {"amount": 7}, by="mia")
    assert done.gate().waiting_roles == ("finance",)
    done.vote("fay")
    assert done.task.state == "completed"


def test_the_model_may_say_who_is_asked_otherwise(work: Deploy) -> None:
    done = work('<opsflow:tier decision="authority" otherwise="cfo"/>').submit()
    assert done.gate().waiting_roles == ("cfo",)


def test_rules_that_contradict_each_other_do_not_open_the_gate(work: Deploy) -> None:
    clash = rules('> 1 => "finance"', 'modulo(?, 7) < 7 => "legal"', '<= 1 => "cfo"')
    done = work(dmn=clash).submit(amount=50)
    assert done.gate().waiting_roles == ("finance", "legal", "cfo")
    (undecided,) = facts(done, "NobodyNamed")
    assert "UNIQUE" in str(undecided["reason"])
    assert facts(done, "DecisionEvaluated") == []


def test_an_empty_answer_does_not_open_the_gate(work: Deploy) -> None:
    collected = rules('> 10 => "finance"', '> 20 => "cfo"', policy="COLLECT")
    done = work(dmn=collected).submit(amount=1)
    assert done.task.state == "in_review"
    assert done.gate().waiting_roles == ("finance", "cfo")
    assert begin(done.flow).submit(amount=15).gate().waiting_roles == ("finance",)


def test_a_role_that_does_not_exist_holds_the_gate_until_it_does(
    flow: Opsflow, work: Deploy
) -> None:
    done = work(dmn=rules('<= 10 => "finance"', '> 10 => "finance, chief"')).submit(amount=11)
    assert done.gate().waiting_roles == ("finance", "chief")
    assert len(facts(done, "NobodyNamed")) == 1
    done.vote("fay")
    assert done.task.state == "in_review"
    flow.people.add_role("chief")
    flow.people.grant("cid", "chief")
    done.vote("cid")
    done.vote("fay")
    assert done.task.state == "completed"


def test_an_answer_may_carry_a_veto(work: Deploy) -> None:
    vetoed = rules('- => {voters: "finance", veto: "legal"}')
    done = work(dmn=vetoed).submit(amount=1)
    done.vote("fay")
    assert done.gate().waiting_roles == ("legal",)
    done.vote("leo", "abstain")
    assert done.task.state == "completed"


def test_an_answer_may_give_the_rule_of_a_gate_without_other_voters(work: Deploy) -> None:
    dmn = rules(
        '<= 10 => "finance, legal" | "any" | null',
        '> 10 => "board" | "quorum" | 2',
        outputs=("voters: string", "rule: string", "votes: number"),
    )
    done = work(dmn=dmn).submit(amount=11)
    done.vote("b1")
    done.vote("b2")
    assert done.task.state == "completed"
    small = begin(done.flow).submit(amount=1)
    small.vote("leo")
    assert small.task.state == "completed"


def test_an_entry_gate_asks_over_the_variables(work: Deploy) -> None:
    done = work(variables={"amount": 500}, at="entry", onReject="fail", errorCode="no")
    assert done.task.state == "blocked"
    assert done.gate().waiting_roles == ("finance", "legal")


def test_a_decision_that_is_not_bound_or_not_there_is_an_answer_too(flow: Opsflow) -> None:
    tier = Tier(None, (), decision="authority")
    asking = Gate(id="g", at="exit", rule=GateRule.ALL, voters=(), tiers=(tier,))
    for bound in ({}, {"authority": "gone"}):
        answers = ask(
            (asking,), {}, bound=bound, decisions=flow.decisions, is_role=flow.people.role_exists
        )
        assert answers["authority"].named is None
        assert answers["authority"].reason


@pytest.mark.parametrize(
    ("tier", "dmn", "rule", "severity"),
    [
        (TIER, rules(), None, None),
        (TIER, rules('- => "chief"'), "opsflow.matrix.unknown-role", Severity.WARNING),
        (TIER, rules("- => 5"), "opsflow.gate.tier-result", Severity.ERROR),
        (TIER, rules("- => null"), "opsflow.gate.tier-result", Severity.ERROR),
        (TIER, rules('- => {voter: "cfo"}'), "opsflow.gate.tier-result", Severity.ERROR),
        (TIER, rules("- => [amount]"), "opsflow.gate.tier-otherwise", Severity.ERROR),
        (TIER.replace("/>", ' otherwise="cfo"/>'), rules("- => [amount]"), None, None),
        (TIER.replace("/>", ' otherwise="cfo"/>'), rules("- => null"), None, None),
        (
            TIER.replace("/>", ' when="= amount &gt; 1"/>'),
            rules(),
            "opsflow.gate.tier-parts",
            Severity.ERROR,
        ),
        (TIER.replace("/>", ' voters="cfo"/>'), rules(), "opsflow.gate.tier-parts", Severity.ERROR),
        (
            '<opsflow:tier when="= amount &gt; 1" voters="cfo" otherwise="cfo"/>',
            rules(),
            "opsflow.gate.tier-parts",
            Severity.ERROR,
        ),
        (
            TIER.replace("authority", "autority"),
            rules(),
            "opsflow.call.unknown-decision",
            Severity.ERROR,
        ),
    ],
)
def test_what_is_found_before_it_is_deployed(
    flow: Opsflow,
    people: None,
    tier: str,
    dmn: bytes,
    rule: str | None,
    severity: Severity | None,
) -> None:
    assert found(flow, tier, dmn) == ({} if rule is None else {rule: severity})


def test_a_rule_beside_other_voters_is_found(flow: Opsflow, people: None) -> None:
    ruled = rules('- => {voters: "finance", rule: "any"}')
    assert found(flow, TIER, ruled) == {}
    assert "opsflow.gate.tier-result" in found(flow, TIER, ruled, voters="board")


def test_a_decision_that_is_stored_is_checked_too(flow: Opsflow, people: None) -> None:
    flow.definitions.deploy(rules("- => 5"), by="mia")
    with pytest.raises(ModelRejected, match="names nobody by rule 1"):
        flow.definitions.deploy(simple(human("do", gate("", tiers=TIER))), by="mia")
