"""The command that does jobs until it is told to stop, and can be watched meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow import telemetry
from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say
from opsflow.errors import ConfigurationInvalid, NotReady

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.jobs import Stop

HOST = "127.0.0.1"


class Log(StrEnum):
    """How log lines are written."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


@app.command()
def worker(
    context: typer.Context,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Jobs done at once")] = 4,
    grace: Annotated[
        float, typer.Option(min=0, max=86_400, help="Seconds to finish in, once told to end")
    ] = 30.0,
    observe: Annotated[
        str | None,
        typer.Option(
            envvar="OPSFLOW_OBSERVE",
            metavar="[HOST:]PORT",
            help="Serve /health, /ready and /metrics there; on 127.0.0.1 without a host",
        ),
    ] = None,
    log: Annotated[Log, typer.Option(help="Lines of JSON, or text on a terminal")] = Log.AUTO,
) -> None:
    """Do jobs and fire timers until it is told to end (Ctrl+C or SIGTERM).

    It finishes what it has begun, within the grace, and hands the rest back. Told a second time,
    it hands everything back at once.
    """
    from opsflow.jobs import Pace, Stop

    place = None if observe is None else address(observe)
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.ask())
    with opened(context) as flow:
        # After the host's own setup, which may have said how to log.
        telemetry.configure(json_lines=None if log is Log.AUTO else log is Log.JSON)
        flow.require_ready()
        with watched(flow, stop, place):
            say(f"A worker with {threads} threads. It ends with Ctrl+C or SIGTERM.")
            flow.run_worker(stop, pace=Pace(threads=threads, grace=timedelta(seconds=grace)))
        say("Ended; nothing was left half done.")


@contextmanager
def watched(flow: Opsflow, stop: Stop, place: tuple[str, int] | None) -> Iterator[None]:
    """Serve health, readiness and metrics of this worker where that is wished."""
    if place is None:
        yield
        return
    metrics = flow.measure()
    from opsflow.metrics import Endpoint

    def ready() -> None:
        if stop.asked.is_set():
            raise NotReady("The worker was told to end.")
        if not flow.jobs.workshop.pulses.all():
            raise NotReady("The worker has not begun yet.")
        flow.require_ready()

    with Endpoint(*place, ready, metrics) as endpoint:
        say(f"Watch it at http://{endpoint.address}/metrics, /health and /ready.")
        yield


def address(text: str) -> tuple[str, int]:
    """The host and the port of ``[HOST:]PORT``. Raises ConfigurationInvalid."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise ConfigurationInvalid(
            f"{text!r} is no address to observe at: write PORT or HOST:PORT, such as 9464."
        )
    return host.strip("[]") or HOST, int(port)
