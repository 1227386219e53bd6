"""For monitoring: metrics for Prometheus, and how the background work is doing."""

from __future__ import annotations

from starlette.responses import Response

from opsflow.access import Permission
from opsflow.api.routing import Routes
from opsflow.api.schemas.watching import HealthOut

TAGS = ["watching"]
READ = Permission.METRICS_READ
_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The metrics"}


def add(routes: Routes) -> None:
    """Register the routes."""
    flow = routes.flow

    @routes.get("/health", permission=READ, tags=TAGS)
    def get_health() -> HealthOut:
        """What there is to do, how late it is, and whether the workers of this process work."""
        return HealthOut.of(flow.health())

    @routes.get(
        "/metrics",
        permission=READ,
        tags=TAGS,
        response_class=Response,
        responses={200: _TEXT},
    )
    def get_metrics() -> Response:
        """The metrics of this process, and what the database says, in Prometheus' text format."""
        metrics = flow.measure()
        return Response(metrics.text(), media_type=metrics.content_type)
