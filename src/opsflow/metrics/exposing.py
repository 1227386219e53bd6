"""Everything together, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)

from opsflow.instances import Instances
from opsflow.jobs import Jobs
from opsflow.metrics.counting import Counting, Values
from opsflow.metrics.reading import DatabaseReading


class Metrics:
    """The metrics of one opsflow in one process.

    ``registry`` is a host's own, which then has these too; else they have one of their own, with
    the processor time, memory and files of the process (Linux).
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(
        self,
        jobs: Jobs,
        instances: Instances,
        now: Callable[[], datetime],
        registry: CollectorRegistry | None = None,
    ) -> None:
        self.registry = registry or CollectorRegistry()
        if registry is None:
            ProcessCollector(registry=self.registry)
        values = Values()
        self.observer = Counting(self.registry, values)
        self.registry.register(DatabaseReading(jobs, instances, now, values))

    def text(self) -> bytes:
        """Every metric, in the text format of Prometheus."""
        return generate_latest(self.registry)
