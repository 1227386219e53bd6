"""Publishing: which release new instances run, start events follow, and the way back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.definitions import Release
from opsflow.engine import Process
from opsflow.errors import MessageNotCaught, ModelRejected, NotFound, WrongState
from opsflow.findings import Finding, Severity
from tests.integration.definitions.decision_tables import AUTHORITY, AUTHORITY_2
from tests.integration.snapshots import contents
from tests.models import flows, human, model, simple

ORDER = simple(human("place"))
ORDER_2 = simple(human("place"), human("check"))


def started_by(event: str, *, before: str = "", task: str = "work") -> bytes:
    body = f'<startEvent id="s">{event}</startEvent>{human(task)}<endEvent id="e"/>'
    return model(body + flows(f"s>{task}", f"{task}>e"), key="order", before=before)


def on_message(name: str) -> bytes:
    return started_by(
        '<messageEventDefinition messageRef="m"/>', before=f'<message id="m" name="{name}"/>'
    )


def events_of(flow: Opsflow, stream: str) -> list[str]:
    return [entry.type for entry in flow.history.of_stream(stream)]


def test_a_deployment_is_published_at_once_unless_it_is_a_draft(flow: Opsflow) -> None:
    first = flow.definitions.deploy(ORDER, by="ann").release
    second = flow.definitions.deploy(ORDER_2, by="ann", publish=False).release
    assert (first.is_published, second.is_published) == (True, False)
    published = flow.definitions.published("order")
    assert published is not None
    assert published.id == first.id
    assert [(each.version, each.is_published) for each in flow.definitions.releases("order")] == [
        (2, False),
        (1, True),
    ]


def test_new_instances_run_the_published_version_and_any_other_by_name(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann")
    draft = flow.definitions.deploy(ORDER_2, by="ann", publish=False).release
    assert flow.instances.start("order", by="ann").version == 1
    assert flow.instances.start("order", by="ann", version=2).version == 2
    flow.definitions.publish(draft.id, by="ann")
    assert flow.instances.start("order", by="ann").version == 2


def test_publishing_an_older_version_is_the_way_back(flow: Opsflow) -> None:
    first = flow.definitions.deploy(ORDER, by="ann").release
    flow.definitions.deploy(ORDER_2, by="ann")
    running = flow.instances.start("order", by="ann")
    back = flow.definitions.publish(first.id, by="ann")
    assert (back.version, back.is_published, back.published_by) == (1, True, "ann")
    assert flow.instances.start("order", by="ann").version == 1
    assert flow.instances.get(running.id).version == 2
    assert [each.is_published for each in flow.definitions.releases("order")] == [False, True]


def test_an_old_content_deployed_again_is_published_again(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann")
    flow.definitions.deploy(ORDER_2, by="ann")
    again = flow.definitions.deploy(ORDER, by="ann")
    assert not again.created
    assert flow.instances.start("order", by="ann").version == 1


def test_what_was_published_is_on_record(flow: Opsflow) -> None:
    first = flow.definitions.deploy(ORDER, by="ann").release
    flow.definitions.deploy(ORDER_2, by="ann")
    flow.definitions.publish(first.id, by="ann")
    chain = [
        entry
        for entry in flow.history.of_stream("process:order")
        if entry.type == "ReleasePublished"
    ]
    said = [json.loads(entry.data) for entry in chain]
    assert [(each["previous"], each["version"]) for each in said] == [(None, 1), (1, 2), (2, 1)]
    assert said[-1]["release_id"] == first.id
    assert {entry.person for entry in chain} == {"ann"}
    assert flow.history.verify().holds


def test_publishing_the_published_release_changes_nothing(flow: Opsflow) -> None:
    made = flow.definitions.deploy(ORDER, by="ann").release
    before = contents(flow)
    again = flow.definitions.publish(made.id, by="ann")
    flow.definitions.deploy(ORDER, by="ann")
    assert again.is_published
    assert contents(flow) == before


def test_a_process_without_a_published_version_says_so_when_it_is_started(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann", publish=False)
    assert flow.definitions.published("order") is None
    before = contents(flow)
    with pytest.raises(WrongState, match=r"not published.*Publish a release"):
        flow.instances.start("order", by="ann")
    with pytest.raises(NotFound, match="nothing"):
        flow.instances.start("nothing", by="ann")
    assert contents(flow) == before
    assert flow.instances.start("order", by="ann", version=1).version == 1


def test_an_unknown_release_is_not_published(flow: Opsflow) -> None:
    with pytest.raises(NotFound):
        flow.definitions.publish("nothing", by="ann")
    with pytest.raises(NotFound):
        flow.definitions.publish_decision("nothing", by="ann")


def test_a_message_starts_the_published_version_only(flow: Opsflow) -> None:
    first = flow.definitions.deploy(on_message("asked"), by="ann").release
    draft = flow.definitions.deploy(on_message("ordered"), by="ann", publish=False).release
    flow.instances.message("asked", by="bob")
    with pytest.raises(MessageNotCaught):
        flow.instances.message("ordered", by="bob")
    flow.definitions.publish(draft.id, by="ann")
    flow.instances.message("ordered", by="bob")
    with pytest.raises(MessageNotCaught):
        flow.instances.message("asked", by="bob")
    flow.definitions.publish(first.id, by="ann")
    flow.instances.message("asked", by="bob")
    assert [run.version for run in flow.instances.find(key="order")] == [1, 2, 1]


def test_a_signal_starts_the_published_version(flow: Opsflow) -> None:
    signalled = started_by(
        '<signalEventDefinition signalRef="g"/>', before='<signal id="g" name="go"/>'
    )
    draft = flow.definitions.deploy(signalled, by="ann", publish=False).release
    assert flow.instances.signal("go", by="bob") == 0
    flow.definitions.publish(draft.id, by="ann")
    assert flow.instances.signal("go", by="bob") == 1


def test_a_timer_starts_from_when_its_version_is_published(
    flow: Opsflow, clock: ManualClock
) -> None:
    timed = started_by("<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>")
    draft = flow.definitions.deploy(timed, by="ann", publish=False).release
    assert flow.instances.next_due() is None
    clock.advance(timedelta(hours=3))
    assert flow.instances.run_due() == 0
    flow.definitions.publish(draft.id, by="ann")
    assert flow.instances.run_due() == 0
    clock.advance(timedelta(hours=1))
    assert flow.instances.run_due() == 1
    other = flow.definitions.deploy(ORDER, by="ann").release
    clock.advance(timedelta(hours=9))
    assert flow.instances.run_due() == 0, "the published version has no timer"
    assert flow.definitions.get(other.id).is_published


def test_publishing_asks_the_features_again(url: str) -> None:
    """What a check depends on may have changed since the deployment."""
    gone: list[str] = []

    def role_is_gone(process: Process) -> list[Finding]:
        return [
            Finding(
                severity=Severity.ERROR,
                rule="test.gone",
                message=f"{role} is gone",
                hint="Bring it back.",
                element=process.id,
                line=1,
            )
            for role in gone
        ]

    class Strict(Opsflow):
        def _checks(self):  # type: ignore[no-untyped-def]
            return (*super()._checks(), lambda draft: role_is_gone(draft.process))

    with Strict(url) as flow:
        first = flow.definitions.deploy(ORDER, by="ann").release
        flow.definitions.deploy(ORDER_2, by="ann")
        gone.append("buyer")
        before = contents(flow)
        with pytest.raises(ModelRejected, match="buyer is gone"):
            flow.definitions.publish(first.id, by="ann")
        assert "test.gone" in {finding.rule for finding in flow.definitions.remarks(first.id)}
        assert contents(flow) == before


def test_the_database_holds_one_published_release_of_a_key(flow: Opsflow) -> None:
    flow.definitions.deploy(ORDER, by="ann")
    draft = flow.definitions.deploy(ORDER_2, by="ann", publish=False).release
    statement = update(Release).where(Release.id == draft.id)
    with pytest.raises(IntegrityError), Session(flow.engine) as session:
        session.execute(statement.values(published_at=draft.deployed_at, published_by="ann"))


def test_a_draft_of_a_decision_is_asked_by_name_only(flow: Opsflow) -> None:
    flow.definitions.deploy(AUTHORITY, by="max")
    (draft,) = flow.definitions.deploy(AUTHORITY_2, by="max", publish=False).decisions
    amount = {"amount": 9_500, "category": "it"}

    def decided(version: int | None = None) -> object:
        return flow.decisions.evaluate(
            "purchase_authority", amount, by="ann", version=version
        ).value

    assert (decided(), decided(2)) == ("department_head", "department_head, finance_manager")
    flow.definitions.publish_decision(draft.id, by="max")
    assert decided() == "department_head, finance_manager"
    flow.definitions.publish_decision(flow.decisions.release("purchase_authority", 1).id, by="max")
    assert decided() == "department_head"
    assert [each.is_published for each in flow.decisions.releases("purchase_authority")] == [
        False,
        True,
    ]
    assert events_of(flow, "decision:purchase_authority").count("DecisionPublished") == 3


def test_a_decision_that_has_only_drafts_is_not_found_without_a_version(flow: Opsflow) -> None:
    flow.definitions.deploy(AUTHORITY, by="max", publish=False)
    with pytest.raises(NotFound):
        flow.decisions.release("purchase_authority")
    with pytest.raises(NotFound):
        flow.decisions.release("purchase_authority", 2**40)
    assert flow.decisions.release("purchase_authority", 1).version == 1


CALLER = model(
    '<startEvent id="s"/><callActivity id="call" calledElement="order"/><endEvent id="e"/>'
    + flows("s>call", "call>e"),
    key="caller",
)


def test_a_call_means_the_published_version_and_never_a_draft(flow: Opsflow) -> None:
    draft = flow.definitions.deploy(ORDER, by="ann", publish=False).release
    findings = flow.definitions.check(CALLER)
    assert "opsflow.call.unknown-process" in {finding.rule for finding in findings}
    flow.definitions.publish(draft.id, by="ann")
    flow.definitions.deploy(ORDER_2, by="ann", publish=False)
    assert flow.definitions.deploy(CALLER, by="ann").release.calls == {"order": draft.id}
