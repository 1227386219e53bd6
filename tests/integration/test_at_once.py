"""Two transactions that want the same at one moment, on both databases."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread

from opsflow.app import Opsflow
from opsflow.errors import Conflict, OpsflowError
from tests.models import human, simple

EVIDENCE = human(
    "place",
    '<opsflow:responsibility responsible="buyer" accountable="manager" consulted="legal"/>'
    '<opsflow:procedure><opsflow:step id="scan" kind="file">Scan</opsflow:step>'
    "</opsflow:procedure>",
)


def together(*actions: Callable[[], object]) -> list[BaseException | None]:
    """Do everything at once; give what each of them raised."""
    barrier = Barrier(len(actions))
    raised: list[BaseException | None] = [None] * len(actions)

    def run(place: int, action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            action()
        except BaseException as error:
            raised[place] = error

    threads = [Thread(target=run, args=item) for item in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def people(flow: Opsflow) -> None:
    for role, person in {"buyer": "ann", "manager": "mia", "legal": "leo"}.items():
        flow.people.add_role(role)
        flow.people.add_person(person, name=person.title())
        flow.people.grant(person, role)


def test_the_first_events_of_a_chain_wait_for_each_other(flow: Opsflow) -> None:
    adding = [partial(flow.people.add_role, f"role-{n}") for n in range(4)]
    assert together(*adding) == [None] * 4
    assert flow.history.verify().events == 4
    assert flow.history.verify().holds


def test_one_content_deployed_at_once_is_one_release(flow: Opsflow) -> None:
    first, second = simple(human("place")), simple(human("place", name="Place it"))
    deploy = flow.definitions.deploy
    assert together(*[lambda: deploy(first, by="mia")] * 4) == [None] * 4
    assert [each.version for each in flow.definitions.releases("order")] == [1]
    assert together(*[lambda: deploy(second, by="mia")] * 3) == [None] * 3
    assert [each.version for each in flow.definitions.releases("order")] == [2, 1]


def test_the_same_file_as_evidence_of_several_tasks_is_kept_once(flow: Opsflow) -> None:
    people(flow)
    flow.definitions.deploy(simple(EVIDENCE), by="mia")
    tasks = []
    for _ in range(4):
        run = flow.instances.start("order", by="ann")
        tasks.append(flow.tasks.claim(flow.tasks.of_instance(run.id)[0].id, by="ann"))
    file = ("scan.pdf", b"the same scan")
    recording = [partial(flow.sop.record, t.id, "scan", by="ann", file=file) for t in tasks]
    assert together(*recording) == [None] * 4
    assert {flow.sop.steps(task.id)[0].state for task in tasks} == {"done"}


def test_a_cancelled_task_has_no_open_question(flow: Opsflow) -> None:
    people(flow)
    flow.definitions.deploy(simple(EVIDENCE), by="mia")
    for _ in range(5):
        run = flow.instances.start("order", by="ann")
        task = flow.tasks.claim(flow.tasks.of_instance(run.id)[0].id, by="ann")
        ask, cancel = together(
            partial(flow.responsibility.ask, task.id, by="ann", role="legal", question="?"),
            partial(flow.instances.cancel, run.id, by="mia", reason="not needed"),
        )
        assert cancel is None
        assert ask is None or isinstance(ask, Conflict)
        assert all(c.closed_at for c in flow.responsibility.consultations(task.id))


def test_of_two_that_wait_for_each_other_one_is_told_to_do_it_again(flow: Opsflow) -> None:
    flow.definitions.deploy(simple(human("place")), by="mia", responsibility="open")
    runs = [flow.instances.start("order", by="ann").id for _ in range(2)]

    def change(first: str, second: str) -> None:
        with flow.transaction():
            flow.instances.set_variables(first, {"by": first}, by="ann")
            time.sleep(0.3)
            flow.instances.set_variables(second, {"by": first}, by="ann")

    raised = together(lambda: change(*runs), lambda: change(*reversed(runs)))
    lost = [error for error in raised if error is not None]
    assert all(isinstance(error, Conflict) for error in lost)
    assert len(lost) == (1 if flow.engine.dialect.name == "postgresql" else 0)
    assert len({flow.instances.variables(run)["by"] for run in runs}) == 1
    assert flow.history.verify().holds
    assert all(isinstance(error, OpsflowError) for error in lost)
