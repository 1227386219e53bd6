"""Random walks through reviews, and votes at the same moment: what always holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from opsflow.app import Opsflow
from opsflow.errors import Conflict, Refused
from tests.integration.approvals.conftest import Start, Work, gate
from tests.unit.decisions.models import data, decision, source, table

TIER = '<opsflow:tier when="= amount &gt; 2" voters="cfo"/>'
RULES = {
    "all": gate("finance legal", tiers=TIER),
    "any with veto": gate("finance cfo", "any", veto="legal"),
    "committee": gate("board", "quorum", votes="3"),
    "by a table": gate("board", tiers='<opsflow:tier decision="authority"/>'),
    "two gates": gate("finance", id="one") + gate("legal cfo", "sequence", id="two"),
}
TABLE = source(
    data("amount", "number"),
    decision(
        "authority",
        table(
            ["amount: number"],
            [": string"],
            ['< 1 => "finance"', '[1..3] => "finance, legal"', '> 3 => "cfo"'],
        ),
        inputs=["amount"],
    ),
)
VOTERS = ["fay", "fox", "leo", "cid", "two", "all", "b1", "b2", "b3", "b4", "b5"]


def check(work: Work) -> None:
    """What holds after every step of a walk."""
    statuses = work.flow.approvals.gates(work.id)
    for status in statuses:
        live = [vote for vote in status.votes if vote.is_live]
        assert {vote.content_hash for vote in live} <= {status.gate.content_hash}
        assert len({vote.person for vote in live}) == len(live)
        assert "ann" not in {vote.person for vote in live}
        decided = status.gate.outcome(status.seats, live).decision
        if status.gate.state in ("open", "approved", "rejected"):
            assert str(decided) == status.gate.state
    states = [status.gate.state for status in statuses]
    task = work.task.state
    assert (task == "completed") == (set(states) == {"approved"})
    assert (task == "in_review") == ("open" in states)
    assert states.count("open") <= 1


def step(work: Work, random: Random, amount: int) -> int:
    if work.task.state == "claimed":
        amount += random.choice([0, 0, 1])
        work.submit(amount=amount)
    elif random.random() < 0.1:
        changed = {"elsewhere": random.random()} if random.random() < 0.5 else {"start": amount + 1}
        work.flow.instances.set_variables(work.instance_id, changed, by="mia")
    else:
        choice = random.choice(["approve", "approve", "approve", "reject", "abstain"])
        try:
            work.vote(random.choice(VOTERS), choice, "because")
        except Refused:
            return amount
    return amount


@pytest.mark.parametrize("rules", RULES)
def test_a_walk_ends_approved_and_never_breaks_a_rule(
    flow: Opsflow, behind: Start, rules: str
) -> None:
    random, amount = Random(rules), 0
    flow.definitions.deploy(TABLE, by="mia")
    work = behind(RULES[rules], {"start": 0}).submit(amount=amount)
    for _ in range(200):
        check(work)
        if work.task.state == "completed":
            break
        amount = step(work, random, amount)
    assert work.task.state == "completed"
    assert work.flow.history.verify().holds


def test_votes_at_the_same_moment_are_all_counted_once(flow: Opsflow, behind: Start) -> None:
    work = behind(gate("board", "quorum", votes="5")).submit()
    gate_id = work.gate().gate.id

    def vote(person: str) -> str:
        try:
            flow.approvals.vote(gate_id, by=person, choice="approve")
        except (Conflict, Refused) as refused:
            return type(refused).__name__
        return "counted"

    people = [f"b{number}" for number in range(1, 6)] * 2
    with ThreadPoolExecutor(max_workers=10) as pool:
        results = list(pool.map(vote, people))
    assert results.count("counted") == 5
    assert work.task.state == "completed"
    assert work.events().count("TaskCompleted") == 1
    assert len(work.live()) == 5
