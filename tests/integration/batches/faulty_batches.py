"""A worker process for tests, that is killed in the middle of a batch.

``python -m tests.integration.batches.faulty_batches URL DISTRIBUTED ITEMS``: dies in the
transaction of its ITEMS-th item, or never where that is 0.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import timedelta
from itertools import count

from opsflow.app import Opsflow
from opsflow.batches import BatchItemDone
from opsflow.db import Unit
from opsflow.events import Event
from opsflow.jobs import Pace

PACE = Pace(threads=4, poll=timedelta(seconds=0.1), lease=timedelta(seconds=1))


def die_in(flow: Opsflow, items: int) -> None:
    """Be killed when the effect of an item is written, and its result is not."""
    counted = count(1)
    route = flow._database._route

    def routed(unit: Unit, event: Event) -> None:
        if isinstance(event, BatchItemDone) and next(counted) == items:
            os.kill(os.getpid(), signal.SIGKILL)
        route(unit, event)

    flow._database._route = routed


def main(url: str, distributed: str, items: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Opsflow(url, distributed=distributed == "True") as flow:
        die_in(flow, int(items))
        if distributed == "True":
            flow.run_worker(stop)
            return
        with flow.start_executor(pace=PACE):
            while not stop.is_set():
                time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
