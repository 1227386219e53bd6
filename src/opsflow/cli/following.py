"""Follow a batch to its end: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from opsflow.cli.tables import console, say

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.batches import Progress

LOOK_EVERY = 0.5
"""Seconds between looks at a batch that others work on."""
LINE_EVERY = 5.0
"""Seconds between the lines that are written where there is no terminal."""


Show: TypeAlias = "Callable[[Progress], None]"
"""Shows how far a batch is now."""


def follow(flow: Opsflow, batch_id: str, *, working: bool) -> Progress:
    """Show a batch until it does not run any more; ``working`` does its items here too."""
    progress = flow.batches.get(batch_id)
    with _shown(progress) as show:
        while progress.state == "running":
            if not (working and flow.batches.work(batch_id)):
                time.sleep(LOOK_EVERY)
            progress = flow.batches.get(batch_id)
            show(progress)
    say(summary(progress))
    return progress


def summary(progress: Progress) -> str:
    """How far a batch is, in a line."""
    batch = progress.batch
    counts = (
        ("done", progress.done),
        ("failed", progress.failed),
        ("waiting", progress.waiting),
        ("cancelled", progress.cancelled),
    )
    told = ", ".join(f"{count} {state}" for state, count in counts if count or state == "done")
    rate = f", {progress.rate:.1f} a second" if progress.rate is not None else ""
    ends = f", until about {progress.ends_at.astimezone():%H:%M:%S}" if progress.ends_at else ""
    return f"{batch.verb}, {batch.state}: {told} of {batch.total}{rate}{ends}."


@contextmanager
def _shown(progress: Progress) -> Iterator[Show]:
    if not console().is_terminal:
        yield _Lines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}"),
    )
    with Bar(*columns, console=console()) as bar:
        batch = progress.batch
        task = bar.add_task(batch.verb, total=batch.total, failed="", completed=_ended(progress))

        def show(now: Progress) -> None:
            failed = f"{now.failed} failed" if now.failed else ""
            bar.update(task, completed=_ended(now), failed=failed)

        yield show


def _ended(progress: Progress) -> int:
    return progress.batch.total - progress.waiting


class _Lines:
    """Writes a line now and then."""

    def __init__(self) -> None:
        self._next = time.monotonic() + LINE_EVERY

    def __call__(self, progress: Progress) -> None:
        """It is so far now."""
        if time.monotonic() >= self._next:
            say(summary(progress))
            self._next = time.monotonic() + LINE_EVERY
