"""Metrics for Prometheus: what a process has done, and what the database says there is to do.

Needs ``opsflow[metrics]``. Labels are topics, keys of processes, kinds and templates of routes, at
most ``VALUES_LIMIT`` of each; never an id, a person or a value.
"""

from opsflow.metrics.catalogue import CATALOGUE, VALUES_LIMIT, Metric, Source
from opsflow.metrics.endpoint import Endpoint
from opsflow.metrics.exposing import Metrics

__all__ = ["CATALOGUE", "VALUES_LIMIT", "Endpoint", "Metric", "Metrics", "Source"]
