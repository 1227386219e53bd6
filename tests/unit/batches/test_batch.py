"""The life of a batch, and how far it is said to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from opsflow.batches import Batch, BatchState
from opsflow.batches.progress import progress_of
from opsflow.errors import WrongState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)
VERBS: dict[str, tuple[Callable[[Batch], object], dict[BatchState, BatchState]]] = {
    "pause": (lambda batch: batch.pause(LATER), {BatchState.RUNNING: BatchState.PAUSED}),
    "resume": (lambda batch: batch.resume(LATER), {BatchState.PAUSED: BatchState.RUNNING}),
    "cancel": (
        lambda batch: batch.cancel(LATER, done=1, failed=0),
        {
            BatchState.RUNNING: BatchState.CANCELLED,
            BatchState.PAUSED: BatchState.CANCELLED,
        },
    ),
    "finish": (
        lambda batch: batch.finish(LATER, done=9, failed=1),
        {BatchState.RUNNING: BatchState.DONE},
    ),
}


def batch(state: BatchState = BatchState.RUNNING) -> Batch:
    ended = state in (BatchState.DONE, BatchState.CANCELLED)
    return Batch(
        id="b",
        state=state,
        run=1,
        total=10,
        worked=0.0,
        running_since=NOW if state is BatchState.RUNNING else None,
        ended_at=NOW if ended else None,
        done=4 if ended else None,
        failed=1 if ended else None,
    )


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", BatchState)
def test_a_verb_takes_its_edges_and_no_other(verb: str, state: BatchState) -> None:
    do, edges = VERBS[verb]
    one = batch(state)
    if state in edges:
        do(one)
        assert one.state is edges[state]
        assert (one.running_since is not None) is (one.state is BatchState.RUNNING)
    else:
        with pytest.raises(WrongState):
            do(one)
        assert one.state is state


def test_who_works_for_an_earlier_run_is_told_apart() -> None:
    one = batch()
    one.pause(NOW)
    one.resume(NOW)
    assert one.run == 2


def test_time_in_which_it_was_paused_does_not_count() -> None:
    one = batch()
    one.pause(NOW + timedelta(seconds=4))
    one.resume(NOW + timedelta(hours=1))
    assert one.seconds(NOW + timedelta(hours=1, seconds=6)) == 10


def test_a_clock_that_went_back_makes_no_negative_time() -> None:
    assert batch().seconds(NOW - timedelta(hours=1)) == 0


def test_progress_is_counted_while_it_runs_and_kept_once_it_has_ended() -> None:
    running = progress_of(batch(), 6, 1, LATER)
    assert (running.done, running.failed, running.waiting, running.cancelled) == (3, 1, 6, 0)
    assert running.rate == pytest.approx(0.4)
    assert running.ends_at == LATER + timedelta(seconds=15)
    ended = progress_of(batch(BatchState.CANCELLED), 0, 0, LATER)
    assert (ended.done, ended.failed, ended.waiting, ended.cancelled) == (4, 1, 0, 5)
    assert (ended.rate, ended.ends_at) == (None, None)


def test_nothing_is_estimated_from_nothing() -> None:
    fresh = progress_of(batch(), 10, 0, NOW)
    assert (fresh.rate, fresh.ends_at) == (None, None)
