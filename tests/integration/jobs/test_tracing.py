"""One trace from a request over its jobs to the end of the instance."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from starlette.testclient import TestClient

from opsflow.api import application
from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.instances import ServiceCall
from opsflow.telemetry import span, trace_id, traceparent
from tests.databases import Postgres, SQLite
from tests.integration.jobs.processes import CALLING, CHAIN, DEADLINE, service
from tests.models import flows, model
from tests.tracing import Spans, parent, place, spans

__all__ = ["spans"]

WAITING = model(
    '<startEvent id="s"/><intermediateCatchEvent id="hour"><timerEventDefinition>'
    "<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    + service("call")
    + '<endEvent id="e"/>'
    + flows("s>hour", "hour>call", "call>e"),
    key="waiting",
)
ROOT = Path(__file__).parents[3]
TRACE = "0af7651916cd43dd8448eb211c80319c"
SENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def client(flow: Opsflow) -> Iterator[TestClient]:
    """A service in which ann may start processes, who sends a trace along."""
    flow.people.add_person("ann", name="Ann")
    secret = flow.access.issue_token("ann", by="system", name="test").secret
    for each in (CALLING, CHAIN, DEADLINE):
        flow.definitions.deploy(each, by="ann", responsibility="open")
    headers = {"Authorization": f"Bearer {secret}", "traceparent": SENT}
    with TestClient(application(flow), headers=headers) as made:
        yield made


def start(client: TestClient, process: str) -> str:
    answer = client.post("/api/v1/instances", json={"process": process})
    assert answer.status_code == 201, answer.text
    run: str = answer.json()["id"]
    return run


def work(flow: Opsflow) -> None:
    """In a thread of its own, as an executor does."""
    thread = Thread(target=flow.jobs.run_until_idle)
    thread.start()
    thread.join()


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_request_its_jobs_and_the_end_are_one_trace(
    flow: Opsflow, client: TestClient, spans: Spans
) -> None:
    seen: list[str | None] = []
    for topic in ("one", "two"):
        flow.handler(topic)(lambda call: seen.append(trace_id()))
    run = start(client, "chain")
    work(flow)
    assert flow.instances.get(run).status == "completed"
    assert seen == [TRACE, TRACE]
    assert {place(each)[0] for each in spans.all()} == {int(TRACE, 16)}
    request = spans.one("POST /api/v1/instances")
    begun, one, two = (spans.one(n) for n in ("instance: start", "job one", "job two"))
    first, last = spans.named("instance: finish a step")
    wrote = {name: spans.one(f"effect {name}") for name in ("one", "two")}
    assert (request.kind, parent(request)) == (
        SpanKind.SERVER,
        (int(TRACE, 16), int(SENT[36:52], 16)),
    )
    assert facts(request)["http.response.status_code"] == 201
    assert facts(request)["http.route"] == "/api/v1/instances"
    assert parent(begun) == place(request)
    assert (one.kind, parent(one)) == (SpanKind.CONSUMER, place(begun))
    assert (parent(wrote["one"]), parent(first)) == (place(one), place(wrote["one"]))
    assert parent(two) == place(first)
    assert (parent(wrote["two"]), parent(last)) == (place(two), place(wrote["two"]))
    assert facts(two)["opsflow.instance.id"] == run == facts(last)["opsflow.instance.id"]
    assert facts(two)["opsflow.job.topic"] == "two"
    assert (facts(two)["opsflow.job.attempt"], facts(two)["opsflow.outcome"]) == (1, "completed")


def test_every_attempt_belongs_to_the_trace_of_its_job(
    flow: Opsflow, client: TestClient, spans: Spans, clock: ManualClock
) -> None:
    @flow.handler("call", retries=1, backoff=timedelta(minutes=1))
    def call(call: ServiceCall) -> None:
        raise ValueError("the amount is 4711")

    run = start(client, "calling")
    work(flow)
    clock.advance(timedelta(minutes=5))
    work(flow)
    (incident,) = flow.instances.incidents(instance_id=run)
    with span("a human", {}):
        flow.instances.retry(incident.id, by="ann")
    work(flow)
    attempts = spans.named("job call")
    effects = spans.named("effect call")
    assert [facts(each)["opsflow.outcome"] for each in attempts] == ["failed"] * 3
    assert [facts(each)["opsflow.outcome"] for each in effects] == ["failed", "incident", "failed"]
    assert [facts(each)["opsflow.job.attempt"] for each in attempts] == [1, 2, 3]
    assert {place(each)[0] for each in attempts} == {int(TRACE, 16)}
    assert {parent(each) for each in attempts} == {place(spans.one("instance: start"))}
    assert all(each.status.status_code is StatusCode.ERROR for each in attempts)
    assert not any("4711" in each.to_json() for each in spans.all())


def test_what_happens_later_leads_back_to_the_start(
    flow: Opsflow, client: TestClient, spans: Spans, clock: ManualClock
) -> None:
    run = start(client, "deadline")
    clock.advance(timedelta(hours=2))
    work(flow)
    fired = spans.one("instance: fire a timer")
    assert fired.parent is None
    assert place(fired)[0] != int(TRACE, 16)
    (link,) = fired.links
    begun = spans.one("instance: start")
    assert (link.context.trace_id, link.context.span_id) == place(begun)
    assert facts(fired)["opsflow.instance.id"] == run


def test_a_timer_begins_a_trace_of_its_own_for_what_follows(
    flow: Opsflow, spans: Spans, clock: ManualClock
) -> None:
    flow.definitions.deploy(WAITING, by="ann", responsibility="open")
    flow.handler("call")(lambda call: None)
    run = flow.instances.start("waiting", by="ann")
    clock.advance(timedelta(hours=2))
    work(flow)
    assert flow.instances.get(run.id).status == "completed"
    assert parent(spans.one("job call")) == place(spans.one("instance: fire a timer"))


def test_a_program_of_others_is_told_the_trace_and_carries_it_on(
    flow: Opsflow, client: TestClient, spans: Spans
) -> None:
    from opsflow.access import AccessRole

    flow.access.grant("ann", AccessRole.MACHINE, by="system")
    start(client, "calling")
    fetched = client.post(
        "/api/v1/jobs/fetch",
        json={"topics": ["call"], "worker": "robot", "lease_seconds": 60},
        headers={"traceparent": ""},
    ).json()["items"][0]
    given = fetched["traceparent"]
    assert given.split("-")[1] == TRACE
    done = client.post(
        "/api/v1/jobs/complete", json={"token": fetched["token"]}, headers={"traceparent": given}
    )
    assert done.status_code == 200
    assert place(spans.one("instance: finish a step"))[0] == int(TRACE, 16)


def test_an_effect_that_another_thread_writes_belongs_to_its_attempt(
    flow: Opsflow, spans: Spans
) -> None:
    for each in (CHAIN, CALLING):
        flow.definitions.deploy(each, by="ann", responsibility="open")
    for topic in ("one", "two"):
        flow.handler(topic)(lambda call: None)

    @flow.handler("call", retries=0)
    def call(call: ServiceCall) -> None:
        raise ValueError("no")

    with span("here", {}):
        runs = [flow.instances.start("chain", by="ann").id for _ in range(20)]
        flow.instances.start("calling", by="ann")
    with flow.start_executor():
        until(lambda: all(flow.instances.get(run).status == "completed" for run in runs))
        until(lambda: spans.named("job call"))
    assert {place(each)[0] for each in spans.all()} == {place(spans.one("here"))[0]}
    attempts = {place(each) for name in ("one", "two") for each in spans.named(f"job {name}")}
    effects = {place(each) for name in ("one", "two") for each in spans.named(f"effect {name}")}
    ended = spans.named("instance: finish a step")
    assert len(attempts) == 40
    assert {parent(each) for name in ("one", "two") for each in spans.named(f"effect {name}")} <= (
        attempts
    )
    assert {facts(each)["opsflow.outcome"] for each in spans.named("job one")} == {"completed"}
    assert facts(spans.one("job call"))["opsflow.outcome"] == "failed"
    of_chains = [each for each in ended if facts(each)["opsflow.process.key"] == "chain"]
    assert len(of_chains) == 40
    assert {parent(each) for each in of_chains} <= attempts | effects


def test_without_a_span_nothing_is_stored(flow: Opsflow) -> None:
    flow.definitions.deploy(CALLING, by="ann", responsibility="open")
    run = flow.instances.start("calling", by="ann")
    (job,) = flow.jobs.find()
    assert (job.traceparent, run.traceparent) == (None, None)


def test_what_is_enqueued_belongs_to_its_trace(flow: Opsflow, spans: Spans) -> None:
    flow.handler("mail")(lambda call: None)
    with span("of the host", {}):
        here = traceparent()
        assert flow.jobs.enqueue("mail").traceparent == here
    work(flow)
    assert parent(spans.one("job mail")) == place(spans.one("of the host"))


@pytest.fixture(params=["embedded-sqlite", "embedded-postgres", "distributed-postgres"])
def place_of_work(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    engine, _, database = request.param.partition("-")
    server: SQLite | Postgres = request.getfixturevalue(database)
    url, distributed = server.migrated(), engine == "distributed"
    with Opsflow(url, distributed=distributed) as flow:
        flow.migrate()
        flow.definitions.deploy(CHAIN, by="ann", responsibility="open")
    yield url, distributed
    server.drop(url)


@contextmanager
def traced_worker(
    url: str, distributed: bool, file: Path, where: str
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.traced_worker", url, str(file), where]
    environment = {**os.environ, "OPSFLOW_DISTRIBUTED": "1" if distributed else ""}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_trace_goes_through_processes_also_where_one_is_killed(
    place_of_work: tuple[str, bool], spans: Spans, tmp_path: Path
) -> None:
    url, distributed = place_of_work
    file = tmp_path / "spans"
    with Opsflow(url, distributed=distributed) as flow:
        with span("here", {}):
            run = flow.instances.start("chain", by="ann").id
            mine = trace_id()
        with traced_worker(url, distributed, file, "dies") as process:
            assert process.wait(60) == -signal.SIGKILL
        with traced_worker(url, distributed, file, "lives") as process:
            until(lambda: flow.instances.get(run).status == "completed")
            process.terminate()
            assert process.wait(60) == 0
    told = [json.loads(line) for line in file.read_text().splitlines()]
    jobs = [each for each in told if each["name"].startswith("job ")]
    assert [each["name"] for each in jobs] == ["job one", "job two"]
    assert {each["trace"] for each in jobs} == {mine}
    # The first attempt died with its process, and so did its span.
    assert [each["attempt"] for each in jobs] == [2, 1]
    assert [each["name"] for each in told if each["trace"] == mine].count(
        "instance: finish a step"
    ) == 2
