"""A worker process for tests that writes its spans to a file.

``python -m tests.traced_worker URL FILE dies|lives``: one that dies is killed in its first job.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from opsflow.app import Opsflow
from opsflow.instances import ServiceCall
from opsflow.jobs import Pace
from tests.faulty_worker import append, die

PACE = Pace(threads=2, poll=timedelta(seconds=0.1), lease=timedelta(seconds=1))


class Written(SpanExporter):
    """Each span is a line of JSON."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            context = span.get_span_context()
            assert context is not None
            told = {
                "name": span.name,
                "trace": f"{context.trace_id:032x}",
                "attempt": (span.attributes or {}).get("opsflow.job.attempt"),
            }
            append(self._file, json.dumps(told))
        return SpanExportResult.SUCCESS


def main(url: str, file: str, where: str) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Written(Path(file))))
    trace.set_tracer_provider(provider)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Opsflow(url, distributed=bool(os.environ.get("OPSFLOW_DISTRIBUTED"))) as flow:

        def work(_call: ServiceCall) -> None:
            if where == "dies":
                die()

        for topic in ("one", "two"):
            flow.handler(topic, backoff=timedelta(seconds=0.1))(work)
        flow.run_worker(stop, pace=PACE)


if __name__ == "__main__":
    main(*sys.argv[1:])
