"""A vote is bound to what it was about: a real change voids it, saving again does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from opsflow.app import Opsflow
from opsflow.errors import Conflict
from tests.integration.approvals.conftest import Start, Work, gate
from tests.models import flows, human, model

STEPS = """
<opsflow:procedure>
  <opsflow:step id="file" kind="file">The contract</opsflow:step>
  <opsflow:step id="price" kind="measure" max="100">Price</opsflow:step>
</opsflow:procedure>
"""


def rejected(behind: Start, controls: str | None = None, **data: object) -> Work:
    """A task that finance has approved and legal has sent back."""
    work = behind(controls or gate()).submit("ann", **data)
    work.vote("fay")
    work.reject("leo")
    return work


def test_an_approval_survives_a_submission_without_a_change(behind: Start) -> None:
    work = rejected(behind, price=5, note="x")
    work.submit(note="x", price=Decimal("5.00"))
    assert work.live() == ["fay"]
    assert work.gate().waiting_roles == ("legal",)
    work.vote("leo")
    assert work.task.state == "completed"


def test_a_change_voids_the_approval(behind: Start) -> None:
    work = rejected(behind, price=5)
    before = work.gate().gate.content_hash
    work.submit(price=6)
    assert work.live() == []
    assert work.gate().gate.content_hash != before
    assert work.gate().waiting_roles == ("finance", "legal")
    reasons = {vote.void_reason for vote in work.gate().votes}
    assert reasons == {"what it was about has changed"}


def test_a_vote_keeps_the_hash_it_was_made_on(behind: Start) -> None:
    work = rejected(behind, price=5)
    first = work.gate().gate.content_hash
    work.submit(price=6)
    work.vote("fay")
    hashes = {vote.content_hash for vote in work.gate().votes}
    assert hashes == {first, work.gate().gate.content_hash}


def test_only_gates_whose_votes_are_touched_are_asked_again(behind: Start) -> None:
    work = behind(gate("finance", id="one") + gate("legal", id="two")).submit(price=5)
    work.vote("fay")
    work.reject("leo")
    work.submit(price=5)
    assert (work.state("one"), work.state("two")) == ("approved", "open")
    work.reject("leo")
    work.submit(price=6)
    assert (work.state("one"), work.state("two")) == ("open", "waiting")
    work.vote("fay")
    work.vote("leo")
    assert work.task.state == "completed"


def test_new_evidence_voids_and_recording_the_same_does_not(behind: Start) -> None:
    work = behind(STEPS + gate())
    sop = work.flow.sop
    work.flow.tasks.claim(work.id, by="ann")
    sop.record(work.id, "file", by="ann", file=("a.pdf", b"one"))
    sop.record(work.id, "price", by="ann", value=50)
    work.submit()
    work.vote("fay")
    work.reject("leo")
    sop.record(work.id, "price", by="ann", value="50.0")
    sop.record(work.id, "file", by="ann", file=("a.pdf", b"one"))
    work.submit()
    assert work.live() == ["fay"]
    work.reject("leo")
    sop.record(work.id, "file", by="ann", file=("a.pdf", b"two"))
    work.submit()
    assert work.live() == []


def test_a_corrected_variable_voids_open_votes(flow: Opsflow, behind: Start) -> None:
    work = behind(gate(), {"amount": 5}).submit()
    work.vote("fay")
    flow.instances.set_variables(work.instance_id, {"amount": 5}, by="mia")
    flow.instances.set_variables(work.instance_id, {"remark": "elsewhere"}, by="mia")
    assert work.live() == ["fay"]
    flow.instances.set_variables(work.instance_id, {"amount": 6}, by="mia")
    assert work.live() == []
    assert work.state() == "open"


def test_a_variable_that_grows_over_the_tier_asks_its_voter(flow: Opsflow, behind: Start) -> None:
    tier = '<opsflow:tier when="= amount &gt; 100" voters="cfo"/>'
    work = behind(gate("finance legal", tiers=tier), {"amount": 5}).submit()
    work.vote("fay")
    flow.instances.set_variables(work.instance_id, {"amount": 101}, by="mia")
    assert work.live() == []
    assert work.gate().waiting_roles == ("finance", "legal", "cfo")


def test_a_change_reopens_a_gate_that_had_approved_while_the_next_is_open(
    flow: Opsflow, behind: Start
) -> None:
    work = behind(gate("finance", id="one") + gate("legal", id="two"), {"amount": 5}).submit()
    work.vote("fay")
    flow.instances.set_variables(work.instance_id, {"amount": 6}, by="mia")
    assert (work.state("one"), work.state("two")) == ("open", "waiting")
    work.vote("fay")
    work.vote("leo")
    assert work.task.state == "completed"


def test_a_new_attachment_voids_the_approval(flow: Opsflow, behind: Start) -> None:
    work = rejected(behind)
    flow.tasks.attach(work.id, by="ann", name="a.txt", content=b"more")
    work.submit()
    assert work.live() == []


def test_a_vote_on_what_is_not_there_any_more_is_refused(flow: Opsflow, behind: Start) -> None:
    work = behind(gate(), {"amount": 5}).submit()
    seen = work.gate().gate.content_hash
    assert seen is not None
    flow.instances.set_variables(work.instance_id, {"amount": 6}, by="mia")
    with pytest.raises(Conflict):
        work.vote("fay", seen=seen)
    now = work.gate().gate.content_hash
    assert now is not None
    work.vote("fay", seen=now)
    assert work.live() == ["fay"]


def test_input_mappings_narrow_what_a_vote_is_about(flow: Opsflow, behind: Start) -> None:
    mapped = '<opsflow:input source="= amount" target="sum"/>'
    work = behind(mapped + gate(), {"amount": 5, "other": 1}).submit()
    work.vote("fay")
    flow.instances.set_variables(work.instance_id, {"other": 2}, by="mia")
    assert work.live() == ["fay"]


def test_a_task_that_was_taken_back_keeps_approvals_of_the_same_content(
    flow: Opsflow, behind: Start
) -> None:
    work = behind(gate()).submit(price=5)
    work.vote("fay")
    flow.tasks.return_(work.id, by="mia", reason="bob does it")
    assert work.state() == "waiting"
    assert flow.approvals.to_vote("leo") == []
    work.submit("bob", price=5)
    assert work.live() == ["fay"]
    assert work.state() == "open"


def test_parallel_tasks_do_not_void_each_other(flow: Opsflow, people: None) -> None:
    body = "\n".join(
        [
            '<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/>',
            human("a", gate()),
            human("b"),
            '<endEvent id="end"/>',
            flows("start>fork", "fork>a", "fork>b", "a>join", "b>join", "join>end"),
        ]
    )
    flow.definitions.deploy(model(body), by="mia")
    instance = flow.instances.start("p", by="mia", variables={"amount": 1})
    tasks = {task.node_id: task for task in flow.tasks.of_instance(instance.id)}
    a, b = (Work(flow, tasks[each].id, instance.id) for each in ("a", "b"))
    a.submit(left=1)
    a.vote("fay")
    b.submit(right=2)
    assert a.live() == ["fay"]
    a.vote("leo")
    assert flow.instances.get(instance.id).status == "completed"


def test_each_instance_of_a_multi_instance_has_its_own_votes(flow: Opsflow, people: None) -> None:
    body = "\n".join(
        [
            '<startEvent id="start"/>',
            human("each", gate()).replace(
                "</userTask>",
                "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
                "</multiInstanceLoopCharacteristics></userTask>",
            ),
            '<endEvent id="end"/>',
            flows("start>each", "each>end"),
        ]
    )
    flow.definitions.deploy(model(body), by="mia")
    instance = flow.instances.start("p", by="mia")
    one, two = (Work(flow, task.id, instance.id) for task in flow.tasks.of_instance(instance.id))
    one.submit()
    two.submit()
    two.vote("fay")
    one.vote("fay")
    one.vote("leo")
    assert one.task.state == "completed"
    assert two.live() == ["fay"]
    two.vote("leo")
    assert flow.instances.get(instance.id).status == "completed"


def test_a_variable_that_is_new_since_the_approval_leaves_it_its_hash(
    flow: Opsflow, behind: Start
) -> None:
    work = rejected(behind, price=5)
    flow.instances.set_variables(work.instance_id, {"elsewhere": 1}, by="mia")
    work.submit(price=5)
    (vote,) = [vote for vote in work.gate().votes if vote.is_live]
    assert vote.content_hash == work.gate().gate.content_hash


def test_work_elsewhere_that_changes_data_and_ends_the_process_ends_its_gates(
    flow: Opsflow, people: None
) -> None:
    body = "\n".join(
        [
            '<startEvent id="start"/><parallelGateway id="fork"/>',
            human("a", gate()),
            human("b"),
            '<endEvent id="done"/>',
            '<endEvent id="stop"><terminateEventDefinition/></endEvent>',
            flows("start>fork", "fork>a", "fork>b", "a>done", "b>stop"),
        ]
    )
    flow.definitions.deploy(model(body), by="mia")
    instance = flow.instances.start("p", by="mia", variables={"amount": 1})
    tasks = {task.node_id: task for task in flow.tasks.of_instance(instance.id)}
    a, b = (Work(flow, tasks[each].id, instance.id) for each in ("a", "b"))
    a.submit()
    a.vote("fay")
    b.submit(amount=2)
    assert (a.task.state, a.state()) == ("cancelled", "void")
    assert flow.instances.get(instance.id).status == "completed"
