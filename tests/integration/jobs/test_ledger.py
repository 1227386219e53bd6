"""How jobs are taken and settled together, and what one of them cannot do to the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text, update

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import OpsflowError
from opsflow.instances import Instance, ServiceCall
from opsflow.jobs import Job, State
from tests.integration.jobs.processes import CALLING, PARALLEL

HELD = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def processes(flow: Opsflow) -> None:
    for each in (CALLING, PARALLEL):
        flow.definitions.deploy(each, by="ann", responsibility="open")


def started(flow: Opsflow, count: int) -> list[str]:
    return [flow.instances.start("calling", by="ann").id for _ in range(count)]


def status(flow: Opsflow, run: str) -> str:
    return flow.instances.get(run).status


@contextmanager
def statements(flow: Opsflow) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(flow.engine, "before_cursor_execute", note)
    yield sent
    event.remove(flow.engine, "before_cursor_execute", note)


def test_a_job_that_cannot_be_read_is_an_incident_and_the_others_are_done(flow: Opsflow) -> None:
    flow.handler("call")(lambda _call: None)
    runs = started(flow, 4)
    with flow.engine.begin() as connection:
        broken = update(Job).where(Job.instance_id == runs[1])
        connection.execute(broken.values(payload='{"no such thing": 1}'))
    flow.jobs.run_until_idle()
    assert [status(flow, run) for run in runs].count("completed") == 3
    [incident] = flow.instances.incidents(runs[1])
    assert "variables of its job cannot be read" in incident.message
    # Its retry writes them anew.
    flow.instances.retry(incident.id, by="max")
    flow.jobs.run_until_idle()
    assert status(flow, runs[1]) == "completed"


@pytest.mark.parametrize("payload", ["", "[]", "7", "{", '{"map": ["a"]}'])
def test_an_unreadable_call_waits_for_a_human(flow: Opsflow, payload: str) -> None:
    seen: list[object] = []
    flow.handler("tell")(lambda call: seen.append(call.variables))
    one, other = (flow.jobs.enqueue("tell", {"n": n}) for n in range(2))
    with flow.engine.begin() as connection:
        connection.execute(update(Job).where(Job.id == one.id).values(payload=payload))
    flow.jobs.run_until_idle()
    assert seen == [{"n": 1}]
    assert flow.jobs.get(one.id).state is State.INCIDENT
    assert "cannot be read" in str(flow.jobs.get(one.id).last_error)
    assert [job.id for job in flow.jobs.find()] == [one.id] != [other.id]


def test_an_unreadable_job_whose_lease_ran_out_fails_like_another(
    flow: Opsflow, clock: ManualClock
) -> None:
    flow.jobs.enqueue("tell")
    [lease] = flow.jobs.fetch_and_lock(["tell"], worker="w", lease=HELD)
    with flow.engine.begin() as connection:
        connection.execute(update(Job).values(payload="?"))
    clock.advance(HELD * 2)
    assert flow.jobs.fetch_and_lock(["else"], worker="w", lease=HELD) == []
    assert "did not answer" in str(flow.jobs.get(lease.job_id).last_error)


def test_jobs_of_all_topics_are_taken_by_the_time_they_are_due(
    flow: Opsflow, clock: ManualClock
) -> None:
    made = []
    for topic in ("b", "nobody", "a", "b", "c", "a", "nobody"):
        made.append((topic, flow.jobs.enqueue(topic).id))
        clock.advance(timedelta(seconds=1))
    wanted = [job_id for topic, job_id in made if topic != "nobody"]
    first = flow.jobs.fetch_and_lock(["a", "b", "c"], worker="w", lease=HELD, max_jobs=2)
    rest = flow.jobs.fetch_and_lock(["a", "b", "c"], worker="w", lease=HELD, max_jobs=9)
    assert [lease.job_id for lease in first + rest] == wanted


def test_a_worker_may_serve_more_topics_than_a_statement_has_parts(flow: Opsflow) -> None:
    flow.jobs.enqueue("topic 700")
    flow.jobs.enqueue("another")
    topics = [f"topic {number}" for number in range(1_000)]
    taken = flow.jobs.fetch_and_lock(topics, worker="w", lease=HELD, max_jobs=9)
    assert [lease.topic for lease in taken] == ["topic 700"]


def test_jobs_that_are_done_together_cost_few_statements_each(
    flow: Opsflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However busy the machine is, they count as quick.
    for seconds in ("QUICK", "LONGEST"):
        monkeypatch.setattr(f"opsflow.jobs.draining.{seconds}", 600.0)
    flow.handler("call")(lambda _call: {"done": True})
    started(flow, 64)
    flow.jobs.run_due(limit=32)
    with statements(flow) as sent:
        assert flow.jobs.run_due(limit=32) == 32
    # SQLite writes the history of each with three of its own.
    most = 5 if flow.engine.dialect.name == "sqlite" else 2
    assert len(sent) <= 32 * most
    assert flow.history.verify().holds


def test_jobs_of_one_instance_that_are_done_together_all_count(flow: Opsflow) -> None:
    flow.handler("work")(lambda _call: None)
    flow.handler("call")(lambda _call: None)
    runs = started(flow, 20) + [flow.instances.start("parallel", by="ann").id for _ in range(6)]
    flow.jobs.run_until_idle()
    assert {status(flow, run) for run in runs} == {"completed"}
    assert flow.jobs.find() == []
    assert flow.history.verify().holds


def test_an_effect_that_cannot_be_written_keeps_no_other_one(
    flow: Opsflow, url: str, clock: ManualClock
) -> None:
    runs = started(flow, 20)
    with flow.engine.begin() as connection:
        broken = update(Instance).where(Instance.id == runs[7])
        connection.execute(broken.values(state="not a state"))
    # Another process, which has none of them in its memory.
    with Opsflow(url, clock=clock) as fresh:
        fresh.handler("call")(lambda _call: None)
        with pytest.raises(OpsflowError):
            fresh.jobs.run_until_idle()
        while True:
            try:
                fresh.jobs.run_until_idle()
                break
            except OpsflowError:
                continue
        done = [run for run in runs if status(fresh, run) == "completed"]
        assert done == [run for run in runs if run != runs[7]]
        [left] = fresh.jobs.find()
        assert left.instance_id == runs[7]


def test_what_is_taken_ahead_of_a_slow_job_is_handed_back(flow: Opsflow) -> None:
    seen: list[int] = []

    def call(_call: ServiceCall) -> None:
        seen.append(1)
        if len(seen) == 20:
            raise KeyboardInterrupt

    flow.handler("call")(call)
    runs = started(flow, 40)
    with pytest.raises(KeyboardInterrupt):
        flow.jobs.run_until_idle()
    assert [status(flow, run) for run in runs].count("completed") == 19
    assert {job.state for job in flow.jobs.find()} == {State.QUEUED}
    flow.jobs.run_until_idle()
    assert {status(flow, run) for run in runs} == {"completed"}


def test_who_looks_for_work_where_there_is_none_keeps_no_writer_waiting(flow: Opsflow) -> None:
    flow.handler("call")(lambda _call: None)
    with flow.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with statements(flow) as sent:
            flow.jobs.run_due()
            flow.jobs.fetch_and_lock(["call"], worker="w", lease=HELD)
    assert not [each for each in sent if not each.startswith("SELECT")]
