"""Two people want the same at once, over HTTP, from two servers on one database: one gets it.

``python -m tests.races 10000`` runs so many races, on PostgreSQL, or with ``--sqlite`` on SQLite.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import httpx
import structlog

from opsflow.app import Opsflow
from tests.databases import Postgres, SQLite, postgres_server
from tests.integration.api.conftest import API, populate
from tests.integration.api.serving import served
from tests.models import human, simple

PAIR = ("li", "wang")
VOTERS = ("chen", "zhao")
GATE = '<opsflow:gate id="g" at="entry" rule="any" voters="manager,finance"/>'


@dataclass(frozen=True)
class Contest:
    """Two people at two servers of one database, who send at the same moment."""

    flow: Opsflow
    clients: tuple[httpx.Client, httpx.Client]
    tokens: dict[str, str]
    pool: ThreadPoolExecutor

    def at_once(
        self,
        people: tuple[str, str],
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> list[httpx.Response]:
        """What each is answered to the same request."""
        start = Barrier(2)

        def send(client: httpx.Client, person: str) -> httpx.Response:
            said = {"Authorization": f"Bearer {self.tokens[person]}"} | (headers or {})
            start.wait()
            return client.post(API + path, json=body, headers=said)

        return list(self.pool.map(send, self.clients, people))

    def new_task(self, process: str) -> str:
        """The task of a new instance."""
        instance = self.flow.instances.start(process, by="chen")
        return self.flow.tasks.of_instance(instance.id)[0].id


def race_to_complete(contest: Contest) -> Counter[int]:
    """Both do the offered task, and hand it in."""
    task = contest.new_task("order")
    answers = contest.at_once(PAIR, f"/tasks/{task}/complete", {})
    winner = _one(answers)
    found = contest.flow.tasks.get(task)
    assert (found.state, found.assignee) == ("completed", winner["assignee"])
    assert _told(contest, found.instance_id, "TaskCompleted") == 1
    return _statuses(answers)


def race_to_claim(contest: Contest) -> Counter[int]:
    """Both take the offered task."""
    task = contest.new_task("order")
    answers = contest.at_once(PAIR, f"/tasks/{task}/claim")
    assert contest.flow.tasks.get(task).assignee == _one(answers)["assignee"]
    return _statuses(answers)


def race_with_oneself(contest: Contest) -> Counter[int]:
    """One hands in twice, as a double click does, on the revision that was read."""
    task = contest.new_task("order")
    contest.flow.tasks.claim(task, by="li")
    tag = {"If-Match": f'"{contest.flow.tasks.get(task).revision}"'}
    answers = contest.at_once(("li", "li"), f"/tasks/{task}/complete", {}, tag)
    _one(answers)
    return _statuses(answers)


def race_to_vote(contest: Contest) -> Counter[int]:
    """Both cast the vote that decides."""
    task = contest.new_task("gated")
    [gate] = contest.flow.approvals.gates(task)
    answers = contest.at_once(VOTERS, f"/gates/{gate.gate.id}/votes", {"choice": "approve"})
    _one(answers)
    assert len(contest.flow.approvals.get(gate.gate.id).votes) == 1
    return _statuses(answers)


def race_to_repeat(contest: Contest) -> Counter[int]:
    """The same request with the same key twice: done once, answered twice."""
    key = f"order-{time.monotonic_ns()}"
    body = {"process": "order", "business_key": key}
    answers = contest.at_once(("li", "li"), "/instances", body, {"Idempotency-Key": key})
    assert [answer.status_code for answer in answers] == [201, 201], _texts(answers)
    assert answers[0].json() == answers[1].json()
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 1
    assert len(contest.flow.instances.find(business_key=key)) == 1
    return _statuses(answers)


RACES: dict[str, Callable[[Contest], Counter[int]]] = {
    "complete": race_to_complete,
    "claim": race_to_claim,
    "complete twice": race_with_oneself,
    "vote": race_to_vote,
    "repeat": race_to_repeat,
}


@contextmanager
def contest_on(url: str) -> Iterator[Contest]:
    """A contest on a database with the newest schema and nothing in it."""
    with ExitStack() as stack:
        flows = [stack.enter_context(Opsflow(url)) for _ in range(2)]
        populate(flows[0])
        flows[0].definitions.deploy(simple(human("place")), by="chen")
        flows[0].definitions.deploy(simple(human("place", GATE), key="gated"), by="chen")
        tokens = {
            person: flows[0].access.issue_token(person, by="system", name="race").secret
            for person in (*PAIR, *VOTERS)
        }
        one, other = (
            stack.enter_context(
                httpx.Client(base_url=stack.enter_context(served(flow)), timeout=60)
            )
            for flow in flows
        )
        pool = stack.enter_context(ThreadPoolExecutor(2))
        yield Contest(flows[0], (one, other), tokens, pool)


def run(
    contest: Contest,
    races: int,
    *,
    names: Sequence[str] = tuple(RACES),
    seconds: float = float("inf"),
) -> Counter[str]:
    """Run the kinds of races in turn; how often each was run, and how it was answered."""
    told: Counter[str] = Counter()
    end = time.monotonic() + seconds
    for number in range(races):
        if time.monotonic() > end:
            break
        name = names[number % len(names)]
        statuses = RACES[name](contest)
        told[f"{name}: {'/'.join(map(str, sorted(statuses.elements())))}"] += 1
    return told


def _one(answers: list[httpx.Response]) -> dict[str, object]:
    """What the only one who got it was answered."""
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code in (404, 409, 412)]
    assert (len(won), len(lost)) == (1, 1), _texts(answers)
    found: dict[str, object] = won[0].json()
    return found


def _told(contest: Contest, instance: str, type: str) -> int:
    return sum(entry.type == type for entry in contest.flow.history.of_instance(instance))


def _statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def _texts(answers: list[httpx.Response]) -> list[str]:
    return [f"{answer.status_code} {answer.text}" for answer in answers]


def main() -> None:
    """Run races until they are all run, or the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("races", type=int)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--only", choices=RACES)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    asked = parser.parse_args()
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    with ExitStack() as stack:
        databases: SQLite | Postgres
        if asked.sqlite:
            databases = SQLite(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        else:
            databases = Postgres(stack.enter_context(postgres_server()))
            stack.callback(databases.close)
        url = databases.migrated()
        stack.callback(databases.drop, url)
        with contest_on(url) as contest:
            began = time.monotonic()
            names = [asked.only] if asked.only else list(RACES)
            told = run(contest, asked.races, names=names, seconds=asked.seconds)
            took = time.monotonic() - began
            holds = contest.flow.history.verify().holds
        for what, count in sorted(told.items()):
            print(f"{count:6} {what}")
        print(f"{told.total()} races in {took:.0f} s; the history holds: {holds}")
        assert holds


if __name__ == "__main__":
    main()
