"""The small HTTP server of a worker: is it alive, is it ready, its metrics."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

from opsflow.errors import ConfigurationInvalid, OpsflowError
from opsflow.metrics.exposing import Metrics

PATIENCE = 5.0
"""Seconds that a client may take for its request."""


class Endpoint:
    """Serves ``/health``, ``/ready`` and ``/metrics``, without asking who it is.

    ``ready`` raises where the process cannot work. Raises ConfigurationInvalid where the address
    cannot be listened on.
    """

    def __init__(self, host: str, port: int, ready: Callable[[], None], metrics: Metrics) -> None:
        self._ready = ready
        self._metrics = metrics
        try:
            self._server = _server_for(host)((host, port), self._handler())
        except OSError as error:
            raise ConfigurationInvalid(
                f"{host}:{port} cannot be listened on: {error.strerror}."
            ) from error
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, name="observe", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it listens: host and port."""
        host, port = self._server.server_address[:2]
        return f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, media type and body of what is asked for by GET."""
        match path.partition("?")[0]:
            case "/health":
                return _told(200, status="ok")
            case "/ready":
                return self._readiness()
            case "/metrics":
                return 200, self._metrics.content_type, self._metrics.text()
        return _told(404, status="there are /health, /ready and /metrics")

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _readiness(self) -> tuple[int, str, bytes]:
        try:
            self._ready()
        except OpsflowError as error:
            return _told(503, status="not ready", reason=str(error))
        return _told(200, status="ok")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            timeout = PATIENCE
            server_version, sys_version = "opsflow", ""

            def do_GET(self) -> None:
                status, kind, body = answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Probes come every few seconds: they have no line."""

        return Handler


class _ServerV6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def _server_for(host: str) -> type[ThreadingHTTPServer]:
    return _ServerV6 if ":" in host else ThreadingHTTPServer


def _told(code: int, **said: str) -> tuple[int, str, bytes]:
    return code, "application/json", json.dumps(said).encode()
