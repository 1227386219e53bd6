"""Events leave by webhook: once each, signed, in numbers, and never in silence."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.engine import decode
from opsflow.errors import Invalid, NotFound, WrongState
from opsflow.jobs import Job
from opsflow.jobs.connectors import SignatureInvalid, verify
from opsflow.webhooks import Subscription
from tests.conftest import START
from tests.integration.webhooks.conftest import OTHER_SECRET, SECRET, Target


def subscribe(flow: Opsflow, target: Target, *events: str, **options: Any) -> Subscription:
    wanted: dict[str, Any] = {"by": "chen", "secret_from": "OPSFLOW_SECRET_CRM", **options}
    return flow.webhooks.subscribe(target.url, events=events or ("Task*",), **wanted)


def told(target: Target) -> list[dict[str, Any]]:
    return [json.loads(each["content"]) for each in target.got]


def sequence_of(job: Job) -> int:
    content = decode(job.payload)
    assert isinstance(content, dict)
    return int(content["sequence"])


def exhaust(flow: Opsflow, clock: ManualClock) -> None:
    """Let every retry of the calls come and go."""
    for _ in range(20):
        flow.jobs.run_until_idle()
        dues = [job.due_at for job in flow.jobs.find(kind="call") if job.due_at and not job.held_at]
        if not dues:
            return
        clock.advance(max(max(dues) - clock.now(), timedelta()))


def test_an_event_is_told_once_signed_and_numbered(flow: Opsflow, target: Target) -> None:
    made = subscribe(flow, target, "Task*", "VariablesChanged")
    run = flow.instances.start("order", by="li", business_key="O-1", variables={"pay": "SECRET"})
    (task,) = flow.tasks.of_instance(run.id)
    flow.tasks.complete(task.id, by="li", data={"iban": "SECRET"})
    assert target.got == []
    flow.jobs.run_until_idle()
    assert flow.jobs.find() == []
    sent = told(target)
    types = [each["type"] for each in sent]
    assert {"TaskOffered", "TaskClaimed", "VariablesChanged", "TaskCompleted"} == set(types)
    assert [each["sequence"] for each in sent] == list(range(1, len(sent) + 1))
    for got, each in zip(target.got, sent, strict=True):
        assert verify([SECRET], got["headers"], got["content"], now=START) == each["id"]
        assert each["data"]["business_key"] == "O-1"
        assert each["data"]["process_key"] == "order"
        assert b"SECRET" not in got["content"]
    changed = [each["data"] for each in sent if each["type"] == "VariablesChanged"]
    assert changed[-1]["names"] == ["iban"]
    (claimed,) = [each["data"] for each in sent if each["type"] == "TaskClaimed"]
    assert claimed["actor"] == {"person": "li", "role": "buyer", "on_behalf_of": None}
    assert flow.webhooks.get(made.id).sequence == len(sent)
    assert flow.history.verify().holds


def test_only_what_was_subscribed_to_is_told(flow: Opsflow, target: Target) -> None:
    subscribe(flow, target, "InstanceStarted", process="order")
    flow.instances.start("order", by="li")
    flow.instances.start("chain", by="li")
    flow.jobs.run_until_idle()
    assert [(e["type"], e["data"]["process_key"]) for e in told(target)] == [
        ("InstanceStarted", "order")
    ]


def test_what_is_rolled_back_is_not_told(flow: Opsflow, target: Target) -> None:
    made = subscribe(flow, target)
    with pytest.raises(ZeroDivisionError), flow.transaction():
        flow.instances.start("order", by="li")
        _ = 1 / 0
    with pytest.raises(ZeroDivisionError), flow.transaction():
        subscribe(flow, target, "*")
        _ = 1 / 0
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    assert [each["type"] for each in told(target)] == ["TaskOffered"]
    assert [each.id for each in flow.webhooks.subscriptions()] == [made.id]


def test_a_subscription_of_this_transaction_hears_what_follows(
    flow: Opsflow, target: Target
) -> None:
    with flow.transaction():
        subscribe(flow, target, "InstanceStarted")
        flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    assert len(target.got) == 1


def test_another_process_hears_of_it_in_time(
    flow: Opsflow, url: str, clock: ManualClock, target: Target
) -> None:
    with Opsflow(url, clock=clock) as other:
        other.instances.start("order", by="li")
        subscribe(flow, target, "InstanceStarted")
        clock.advance(timedelta(seconds=3))
        other.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    assert len(target.got) == 1


def test_a_failing_target_is_tried_again_and_then_is_a_dead_letter(
    flow: Opsflow, clock: ManualClock, target: Target
) -> None:
    made = subscribe(flow, target, "InstanceStarted")
    target.status = 500
    flow.instances.start("order", by="li")
    exhaust(flow, clock)
    assert len(target.got) == 13
    assert len({got["headers"]["webhook-id"] for got in target.got}) == 1
    assert len({got["content"] for got in target.got}) == 1
    (dead,) = flow.jobs.find(state="incident", kind="call")
    assert dead.last_error is not None
    assert (dead.attempt, dead.last_error.endswith("answered 500")) == (13, True)
    assert [each.id for each in flow.webhooks.deliveries(made.id, dead_only=True)] == [dead.id]
    target.status = 200
    assert [each.error for each in flow.webhooks.retry_dead(made.id, by="chen")] == [None]
    flow.jobs.run_until_idle()
    assert flow.jobs.find() == []
    assert flow.webhooks.get(made.id).failing_since is None
    types = [entry.type for entry in flow.history.of_stream("jobs")]
    assert types.count("JobFailed") == 13
    assert types[-1] == "JobRetried"


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410])
def test_only_a_2xx_counts_as_taken(flow: Opsflow, target: Target, status: int) -> None:
    subscribe(flow, target, "InstanceStarted")
    target.status = status
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    (waiting,) = flow.jobs.find()
    assert str(waiting.last_error).endswith(f"answered {status}")
    assert [got["path"] for got in target.got] == ["/hook"]


def test_dead_letters_are_discarded_with_a_reason(
    flow: Opsflow, clock: ManualClock, target: Target
) -> None:
    made = subscribe(flow, target, "InstanceStarted")
    target.status = 500
    for _ in range(3):
        flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    first, *_ = flow.jobs.find()
    with pytest.raises(Invalid, match="why"):
        flow.jobs.discard(first.id, by="chen", reason=" ")
    exhaust(flow, clock)
    flow.jobs.discard(first.id, by="chen", reason="told by phone")
    with pytest.raises(NotFound):
        flow.jobs.discard(first.id, by="chen", reason="again")
    assert flow.webhooks.count_dead(made.id) == 2
    assert flow.webhooks.discard_dead(made.id, by="chen", reason="told by phone") == 2
    entries = [e for e in flow.history.of_stream("jobs") if e.type == "JobDiscarded"]
    assert [(e.person, json.loads(e.data)["reason"]) for e in entries] == [
        ("chen", "told by phone")
    ] * 3


def test_the_work_of_a_step_cannot_be_discarded(flow: Opsflow) -> None:
    flow.instances.start("chain", by="li")
    (job,) = flow.jobs.find()
    with pytest.raises(WrongState):
        flow.jobs.discard(job.id, by="chen", reason="no")


def test_a_paused_subscription_loses_nothing(flow: Opsflow, target: Target) -> None:
    made = subscribe(flow, target, "InstanceStarted")
    flow.instances.start("order", by="li")
    flow.webhooks.pause(made.id, by="chen", reason="they move house")
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    assert target.got == []
    with pytest.raises(WrongState):
        flow.webhooks.pause(made.id, by="chen", reason="again")
    flow.webhooks.resume(made.id, by="chen")
    flow.jobs.run_until_idle()
    assert sorted(each["sequence"] for each in told(target)) == [1, 2]
    with pytest.raises(WrongState):
        flow.webhooks.resume(made.id, by="chen")


def test_a_target_that_fails_for_a_day_is_given_up_until_somebody_resumes(
    flow: Opsflow, clock: ManualClock, target: Target
) -> None:
    made = subscribe(flow, target, "InstanceStarted")
    target.status = 503
    for _ in range(3):
        flow.instances.start("order", by="li")
        exhaust(flow, clock)
        clock.advance(timedelta(hours=10))
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    paused = flow.webhooks.get(made.id)
    assert paused.paused_at is not None
    assert paused.pause_reason is not None
    assert paused.pause_reason.startswith("it has failed since 2026-03-02")
    asked = len(target.got)
    clock.advance(timedelta(hours=2))
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    assert len(target.got) == asked
    target.status = 200
    flow.webhooks.resume(made.id, by="chen")
    flow.jobs.run_until_idle()
    assert len(target.got) == asked + 3
    assert flow.webhooks.count_dead(made.id) == 2


def test_a_target_that_is_gone_is_asked_no_more(flow: Opsflow, target: Target) -> None:
    made = subscribe(flow, target, "InstanceStarted")
    target.status = 410
    flow.instances.start("order", by="li")
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    assert flow.webhooks.get(made.id).pause_reason == "it answered 410 Gone"
    assert len(target.got) == 1


def test_many_at_once_are_numbered_without_gaps(flow: Opsflow, target: Target) -> None:
    made = [subscribe(flow, target, "InstanceStarted", "Task*") for _ in range(2)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: flow.instances.start("order", by="li"), range(18)))
    for each in made:
        queued = flow.webhooks.deliveries(each.id)
        numbers = sorted(sequence_of(job) for job in queued)
        assert numbers == list(range(1, 37))
        assert flow.webhooks.get(each.id).sequence == 36


def test_an_end_in_the_middle_of_events_leaves_nothing_behind(
    flow: Opsflow, target: Target
) -> None:
    made = subscribe(flow, target, "InstanceStarted")
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(flow.instances.start, "order", by="li") for _ in range(8)]
        flow.webhooks.unsubscribe(made.id, by="chen")
        assert len({run.result().id for run in runs}) == 8
    flow.jobs.run_until_idle()
    assert (flow.jobs.find(), target.got) == ([], [])


def test_the_end_of_a_subscription_takes_its_deliveries_along(
    flow: Opsflow, target: Target
) -> None:
    made = subscribe(flow, target, "InstanceStarted")
    flow.instances.start("order", by="li")
    assert flow.webhooks.unsubscribe(made.id, by="chen") == 1
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    assert (target.got, flow.jobs.find()) == ([], [])
    with pytest.raises(NotFound):
        flow.webhooks.unsubscribe(made.id, by="chen")


def test_a_secret_is_replaced_without_a_gap(flow: Opsflow, target: Target) -> None:
    subscribe(
        flow, target, "InstanceStarted", secret_from=["OPSFLOW_SECRET_CRM", "OPSFLOW_SECRET_NEXT"]
    )
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    (got,) = target.got
    for secret in (SECRET, OTHER_SECRET):
        assert verify([secret], got["headers"], got["content"], now=START)
    with pytest.raises(SignatureInvalid):
        verify(["whsec_AAAA"], got["headers"], got["content"], now=START)


def test_events_about_deliveries_bring_about_no_deliveries(
    flow: Opsflow, clock: ManualClock, target: Target
) -> None:
    subscribe(flow, target, "*")
    target.status = 500
    flow.instances.start("chain", by="li")
    queued = len(flow.jobs.find(kind="call"))
    exhaust(flow, clock)
    assert len(flow.jobs.find(kind="call")) == queued


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://example.org/x", "not among"),
        ("ftp://localhost/x", "no URL"),
        ("https://user:pw@localhost/x", "no user"),
        ("https://localhost/x#y", "no fragment"),
        ("http://hooks.example.com/x", "https only"),
        ("https://localhost\\@hooks.example.com/", "no URL"),
        ("https://hooks.example.com/\r\nX: y", "no URL"),
        ("https://[::1/x", "no URL"),
        ("https://hooks.example.com:99999/", "no URL"),
        ("", "no URL"),
    ],
)
def test_only_allowed_targets_are_told(flow: Opsflow, address: str, reason: str) -> None:
    flow.webhooks.allow("hooks.example.com")
    with pytest.raises(Invalid, match=reason):
        flow.webhooks.subscribe(address, by="chen", events=["*"], secret_from="OPSFLOW_SECRET_CRM")
    assert flow.webhooks.subscriptions() == []


@pytest.mark.parametrize("name", ["PATH", "OPSFLOW_DATABASE_URL", "opsflow_secret_x", ""])
def test_only_secrets_of_webhooks_are_named(flow: Opsflow, target: Target, name: str) -> None:
    with pytest.raises(Invalid):
        subscribe(flow, target, secret_from=name)


@pytest.mark.parametrize("pattern", ["", "task", "Task**", "*Completed", "A B", "x" * 200])
def test_what_is_no_type_of_events_is_refused(flow: Opsflow, target: Target, pattern: str) -> None:
    with pytest.raises(Invalid):
        flow.webhooks.subscribe(
            target.url, by="chen", events=[pattern], secret_from="OPSFLOW_SECRET_CRM"
        )


def test_a_name_that_means_a_private_address_is_not_asked(flow: Opsflow, target: Target) -> None:
    """The name is allowed; what it means at the time of the delivery decides."""
    flow.webhooks.allow("localhost.localdomain", "127.0.0.1")
    port = target.url.rpartition(":")[2]
    flow.webhooks.subscribe(
        f"https://127.0.0.1:{port}",
        by="chen",
        events=["InstanceStarted"],
        secret_from="OPSFLOW_SECRET_CRM",
    )
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    (waiting,) = flow.jobs.find()
    assert "not public" in str(waiting.last_error)
    assert target.got == []


def test_a_model_cannot_make_deliveries(flow: Opsflow, target: Target) -> None:
    from tests.integration.jobs.processes import service
    from tests.models import flows, model

    made = subscribe(flow, target, "SignalSent")
    forged = model(
        '<startEvent id="s"/>'
        + service("x", "opsflow.webhook")
        + '<endEvent id="e"/>'
        + flows("s>x", "x>e"),
        key="forged",
    )
    flow.definitions.deploy(forged, by="chen", responsibility="open")
    flow.instances.start("forged", by="li", variables={"subscription": made.id})
    flow.jobs.run_until_idle()
    assert target.got == []
    assert "own topic" in str(flow.jobs.find()[0].last_error)


def test_nobody_else_fetches_deliveries(flow: Opsflow) -> None:
    with pytest.raises(Invalid, match="done by opsflow itself"):
        flow.jobs.fetch_and_lock(["opsflow.webhook"], worker="w", lease=timedelta(minutes=1))


def test_a_missing_secret_is_said_and_nothing_is_sent(
    flow: Opsflow, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(flow, target, "InstanceStarted")
    monkeypatch.delenv("OPSFLOW_SECRET_CRM")
    flow.instances.start("order", by="li")
    flow.jobs.run_until_idle()
    (waiting,) = flow.jobs.find()
    assert "OPSFLOW_SECRET_CRM" in str(waiting.last_error)
    assert target.got == []
