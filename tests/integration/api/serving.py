"""The service behind a real socket: uvicorn in a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import uvicorn

from opsflow.api import application
from opsflow.api.permitting import Identify
from opsflow.app import Opsflow
from tests.integration.api.conftest import GENEROUS

PATIENCE = 20.0
"""Seconds within which a server has to be up, or down."""


@contextmanager
def served(flow: Opsflow, identify: Identify | None = None) -> Iterator[str]:
    """The address of a server on this machine, as long as it runs."""
    app = application(flow, identify=identify, settings=GENEROUS)
    # The flow belongs to the test, which closes it.
    config = uvicorn.Config(app, port=0, lifespan="off", access_log=False, log_level="error")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.01)
        [listening] = server.servers[0].sockets
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # FastAPI makes its routes with the first request, and two servers may not do so at once:
        # it changes the filter of warnings, which all threads share.
        assert httpx.get(f"{address}/nowhere", timeout=PATIENCE).status_code == 404
        yield address
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()
