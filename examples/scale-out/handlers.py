"""What the workers of the example do. ``--setup handlers:register`` names this function."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import timedelta

from opsflow import Opsflow, ServiceCall


def register(flow: Opsflow) -> None:
    """Let the process that calls this do the service tasks of a parcel."""
    for topic in ("stock.reserve", "card.charge", "parcel.ship"):
        flow.handler(topic, retries=5, backoff=timedelta(seconds=1))(_work)


def _work(call: ServiceCall) -> Mapping[str, object]:
    """Stand for 20 ms of somebody else's service; note which worker it was."""
    time.sleep(0.02)
    return {call.node_id: os.getpid()}
