"""Two people at the same moment, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

from opsflow.errors import Conflict, OpsflowError
from opsflow.tasks import State
from tests.integration.tasks.conftest import Office


def together(*actions: Callable[[], object]) -> list[OpsflowError | None]:
    """Do everything at once; give what each of them raised."""
    barrier = Barrier(len(actions))
    raised: list[OpsflowError | None] = [None] * len(actions)

    def run(place: int, action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            action()
        except OpsflowError as error:
            raised[place] = error

    threads = [Thread(target=run, args=item) for item in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_of_two_claims_at_once_exactly_one_wins(office: Office) -> None:
    first = office.new_task()
    for _ in range(5):
        task = office.task(office.start())
        li, wang = together(
            lambda task=task: office.flow.tasks.claim(task.id, by="li"),  # type: ignore[misc]
            lambda task=task: office.flow.tasks.claim(task.id, by="wang"),  # type: ignore[misc]
        )
        assert (li is None) != (wang is None)
        assert isinstance(li or wang, Conflict)
        winner = "li" if li is None else "wang"
        assert office.flow.tasks.get(task.id).assignee == winner
        assert office.events(task.instance_id).count("TaskClaimed") == 1
    assert office.flow.tasks.get(first.id).state is State.OFFERED
    assert office.flow.history.verify().holds


def test_of_many_completions_at_once_exactly_one_counts(office: Office) -> None:
    task = office.claimed()
    raised = together(
        *[lambda: office.flow.tasks.complete(task.id, by="li", data={"n": 1}) for _ in range(4)]
    )
    assert raised.count(None) == 1
    assert all(isinstance(error, Conflict) for error in raised if error)
    assert office.events(task.instance_id).count("TaskCompleted") == 1
    assert office.flow.instances.get(task.instance_id).status == "completed"


def test_a_claim_and_a_cancellation_at_once_leave_one_clear_result(office: Office) -> None:
    task = office.new_task()
    claim, cancel = together(
        lambda: office.flow.tasks.claim(task.id, by="li"),
        lambda: office.flow.instances.cancel(task.instance_id, by="chen", reason="not needed"),
    )
    assert cancel is None
    assert claim is None or isinstance(claim, Conflict)
    after = office.flow.tasks.get(task.id)
    assert (after.state, after.assignee) == (State.CANCELLED, None if claim else "li")
