"""An OpenID Connect issuer on this machine, with real keys, that can be taken down."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt import api_jws
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from opsflow.access import Issuer

AUDIENCE = "opsflow"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def jwk_of(key: Any, kid: str | None, **more: object) -> dict[str, object]:
    """The public half of a key, as a key set has it."""
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    made: dict[str, object] = kind.to_jwk(key.public_key(), as_dict=True)
    return made | {"use": "sig"} | ({} if kid is None else {"kid": kid}) | more


class IssuingServer:
    """What the issuer answers, by path, and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: list[dict[str, object]] = [jwk_of(RSA_KEY, "r1"), jwk_of(EC_KEY, "e1")]
        self.configuration: object = {"issuer": url, "jwks_uri": f"{url}/keys"}
        self.raw: bytes | None = None
        self.status = 200
        self.location: str | None = None
        self.asked: list[str] = []

    def answer(self, path: str) -> bytes:
        self.asked.append(path)
        if self.raw is not None:
            return self.raw
        if path == "/keys":
            return json.dumps({"keys": self.keys}).encode()
        return json.dumps(self.configuration).encode()

    def trusted(self, **more: Any) -> Issuer:
        """The issuer as opsflow is told of it."""
        settings: dict[str, Any] = {"audience": AUDIENCE, "jwks_url": f"{self.url}/keys"}
        return Issuer(self.url, **settings | more)

    def token(
        self,
        key: Any = RSA_KEY,
        *,
        algorithm: str = "RS256",
        headers: dict[str, Any] | None = None,
        without: tuple[str, ...] = (),
        **claims: object,
    ) -> str:
        """A token that is in order, but for what is said."""
        now = int(time.time())
        said = {"iss": self.url, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 300}
        payload = {name: value for name, value in (said | claims).items() if name not in without}
        text = json.dumps(payload).encode()
        # Not with jwt.encode, which is too polite to write what must be refused.
        return api_jws.encode(text, key, algorithm=algorithm, headers=headers or {"kid": "r1"})


@contextmanager
def issuing() -> Iterator[IssuingServer]:
    """The issuer, as long as it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = issuer.answer(self.path)
            self.send_response(issuer.status)
            if issuer.location is not None:
                self.send_header("Location", issuer.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = IssuingServer(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
