"""The HTTP connector: a service task asks another system.

The task's inputs are ``method`` (GET without one), ``url`` (whole, or a path behind the
connector's base), ``query``, ``headers`` and ``body`` (a text, or what becomes JSON). Its result is
``status``, ``headers`` and ``body`` (read JSON, or text); output mappings pick from it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from opsflow.engine import BpmnError
from opsflow.errors import ConfigurationInvalid, Invalid
from opsflow.instances import ServiceCall
from opsflow.jobs.connectors.hosts import address_of
from opsflow.telemetry import Attributes, Kind, carry, span

if TYPE_CHECKING:
    import httpx

RESPONSE_LIMIT = 1_000_000
"""Bytes of an answer that are read."""
_SECRET = re.compile(r"\{\{(\w+)\}\}")
_PASSING = frozenset({408, 425, 429})
"""Answers that may be others a moment later (RFC 9110 §15.5.9, RFC 8470, RFC 6585)."""


@dataclass(frozen=True, kw_only=True)
class HttpConnector:
    """A handler that sends one request. An answer of 4xx is the BPMN error ``HTTP_<status>``.

    No answer, one of 5xx, 408, 425 or 429 is a failure, which is retried. Only ``hosts`` are
    asked; those without a public address only where ``private`` names them. Redirects are not
    followed. ``{{NAME}}`` in a header is the environment variable NAME, if ``secrets`` names it.
    """

    hosts: tuple[str, ...]
    private: tuple[str, ...] = ()
    base_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=30)

    def __call__(self, call: ServiceCall) -> Mapping[str, object]:
        """Send the request of a service task, and give what was answered."""
        request = _request(self.base_url, call.variables)
        key = {"Idempotency-Key": call.idempotency_key}
        return self.send(replace(request, headers={**request.headers, **key}))

    def send(self, request: Request, *, reads: bool = True) -> Mapping[str, object]:
        """Send a request, and give the answer. Raises BpmnError, ConnectionError, Invalid."""
        answer = self.ask(request, reads=reads)
        status = answer["status"]
        if isinstance(status, int) and 400 <= status < 500 and status not in _PASSING:
            raise BpmnError(f"HTTP_{status}", f"{request.url} answered {status}", answer)
        if isinstance(status, int) and status >= 400:
            raise ConnectionError(f"{request.url} answered {status}")
        return answer

    def ask(self, request: Request, *, reads: bool = True) -> dict[str, object]:
        """The answer to a request, whatever its status. Raises Invalid, and what httpx raises.

        With ``reads`` false its body stays unread, so that nothing in it can be wrong.
        """
        headers = {**self.headers, **request.headers}
        filled = {name: self._filled(headers[name]) for name in headers}
        return self._exchange(request, filled, reads=reads)

    def _exchange(
        self, request: Request, headers: dict[str, str], *, reads: bool
    ) -> dict[str, Any]:
        httpx = _package()
        url = httpx.URL(request.url)
        if url.scheme not in ("http", "https") or url.userinfo:
            raise Invalid(f"{request.url!r} is no address that can be asked.")
        port = url.port or (443 if url.scheme == "https" else 80)
        address = address_of(url.host, port, self.hosts, self.private)
        about: Attributes = {
            "http.request.method": request.method,
            "server.address": url.host,
            "server.port": port,
        }
        with span(request.method, about, kind=Kind.CLIENT) as opened:
            carry(headers)
            answer = self._send(request, headers, url, address, reads=reads)
            opened.set(http__response__status_code=answer["status"])
            return answer

    def _send(
        self,
        request: Request,
        headers: dict[str, str],
        url: httpx.URL,
        address: str,
        *,
        reads: bool,
    ) -> dict[str, Any]:
        # The connection goes to the address that was checked; the name is for TLS and the host.
        with _package().Client(timeout=self.timeout.total_seconds(), trust_env=False) as client:
            prepared = client.build_request(
                request.method,
                url.copy_with(host=address),
                params=request.query or None,
                content=request.content,
                headers={**headers, "Host": url.netloc.decode()},
                extensions={"sni_hostname": url.host},
            )
            response = client.send(prepared, stream=True)
            try:
                return _answer(response, _body(response) if reads else None)
            finally:
                response.close()

    def _filled(self, text: str) -> str:
        def secret(found: re.Match[str]) -> str:
            name = found[1]
            if name not in self.secrets or name not in os.environ:
                raise ConfigurationInvalid(f"This connector has no secret {name!r}.")
            return os.environ[name]

        return _SECRET.sub(secret, text)


@dataclass(frozen=True, slots=True)
class Request:
    """One request, with its content as it is sent."""

    method: str
    url: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes | None


def _request(base: str, inputs: Mapping[str, object]) -> Request:
    url = inputs.get("url", "")
    method = inputs.get("method", "GET")
    if not isinstance(url, str) or not isinstance(method, str) or not method.isalpha():
        raise Invalid("An HTTP task has the inputs url and method, both texts.")
    body = inputs.get("body")
    content, headers = None, {}
    if isinstance(body, str):
        content, headers = body.encode(), {"Content-Type": "text/plain; charset=utf-8"}
    elif body is not None:
        content, headers = (
            json.dumps(body, default=plain).encode(),
            {"Content-Type": "application/json"},
        )
    headers |= _texts("headers", inputs.get("headers"))
    query = _texts("query", inputs.get("query"))
    return Request(method.upper(), urljoin(base, url), query, headers, content)


def _texts(what: str, given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Invalid(f"The input {what} of an HTTP task is a mapping of names to texts.")
    return {str(name): str(value) for name, value in given.items()}


def plain(value: object) -> object:
    """Money and moments as JSON has them: numbers as they are written, moments as texts.

    A number that no double holds exactly is its text, so that no digit is lost.
    """
    if not isinstance(value, Decimal):
        return str(value)
    if value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else str(value)


def _answer(response: httpx.Response, body: object) -> dict[str, Any]:
    return {"status": response.status_code, "headers": dict(response.headers), "body": body}


def _body(response: httpx.Response) -> object:
    """Read JSON, or text."""
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > RESPONSE_LIMIT:
            raise Invalid(f"The answer has more than {RESPONSE_LIMIT:,} bytes.")
    text = _decoded(bytes(content), response.encoding or "utf-8")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    return _read(text) if is_json and text else text


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding, "replace")
    except (LookupError, ValueError):  # a codec of Python's that is none of texts
        return content.decode("utf-8", "replace")


def _read(text: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConnectionError(f"The answer is no JSON: {error}") from error


def _package() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise ConfigurationInvalid(
            "The HTTP connector needs httpx: install opsflow[http]."
        ) from error
    return httpx
