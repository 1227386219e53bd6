"""Servers whose answers are odd, and mail servers that nobody vouches for."""

from __future__ import annotations

import socketserver
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from opsflow.app import Opsflow
from opsflow.jobs.connectors import HttpConnector, MailConnector, Request, WebhookConnector
from opsflow.jobs.connectors.http import plain
from tests.integration.jobs.test_connectors import Mailbox, call

ODD = {
    "ok": ("application/json", b"ok"),
    "deep": ("application/json", b"[" * 100_000),
    "large": ("application/json", b"x" * 1_500_000),
    "codec": ("text/plain; charset=zlib", b"ok"),
    "binary": ("application/octet-stream", bytes(range(256))),
    "huge": ("application/json", b"9" * 5_000),
}


class Odd(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = self.path.strip("/")
        kind, body = ODD.get(name, ("text/plain", b""))
        self.send_response(200 if name in ODD else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # nobody wants the rest

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("OPSFLOW_SECRET_CRM", "whsec_AAECAwQFBgcICQoLDA0ODw==")
    with ThreadingHTTPServer(("127.0.0.1", 0), Odd) as made:
        thread = Thread(target=made.serve_forever)
        thread.start()
        yield f"http://localhost:{made.server_port}"
        made.shutdown()
        thread.join()


@pytest.mark.parametrize("answer", sorted(ODD))
def test_a_delivery_that_was_taken_is_done_whatever_the_answer_says(
    flow: Opsflow, odd: str, answer: str
) -> None:
    flow.webhooks.allow(private=("localhost",))
    made = flow.webhooks.subscribe(
        f"{odd}/{answer}", by="chen", events=["Role*"], secret_from="OPSFLOW_SECRET_CRM"
    )
    flow.people.add_role("buyer")
    flow.jobs.run_until_idle()
    assert flow.jobs.find() == []
    assert (flow.webhooks.get(made.id).sequence, flow.webhooks.get(made.id).failures) == (1, 0)


@pytest.mark.parametrize("answer", sorted(ODD))
def test_a_webhook_of_a_service_task_needs_no_answer(odd: str, answer: str) -> None:
    http = HttpConnector(hosts=("localhost",), private=("localhost",))
    hook = WebhookConnector(url=f"{odd}/{answer}", http=http, secret_from="OPSFLOW_SECRET_CRM")
    assert hook(call(event="order.placed")) == {"status": 200}


@pytest.mark.parametrize(("answer", "said"), [("ok", "no JSON"), ("deep", "no JSON")])
def test_what_a_task_cannot_read_is_a_failure_that_says_so(
    odd: str, answer: str, said: str
) -> None:
    http = HttpConnector(hosts=("localhost",), private=("localhost",))
    with pytest.raises(ConnectionError, match=said):
        http.send(Request("POST", f"{odd}/{answer}", {}, {}, None))
    unknown = http.send(Request("POST", f"{odd}/codec", {}, {}, None))
    assert unknown["body"] == "ok"


@pytest.fixture(scope="module")
def unvouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate and key that somebody in the middle has made for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


class Encrypted(Mailbox):
    """A mail server that speaks TLS, at once or when it is asked to."""

    heard: list[str] = []
    context: ssl.SSLContext
    at_once = False

    def handle(self) -> None:
        try:
            if self.at_once:
                self._wrap()
            self._say("220 here")
            for line in self.rfile:
                word = line.decode().strip().upper()
                if word == "STARTTLS":
                    self._say("220 go on")
                    self._wrap()
                    continue
                self.heard.append(word)
                extended = "250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN"
                self._say(
                    extended if word.startswith("EHLO") else "354 x" if word == "DATA" else "250 ok"
                )
        except OSError:
            return  # the client has gone away

    def _wrap(self) -> None:
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_server_that_nobody_vouches_for_learns_nothing(
    unvouched: Path, monkeypatch: pytest.MonkeyPatch, security: Any
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    Encrypted.heard.clear()
    Encrypted.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    Encrypted.context.load_cert_chain(unvouched)
    Encrypted.at_once = security == "tls"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Encrypted) as made:
        thread = Thread(target=made.serve_forever)
        thread.start()
        mail = MailConnector(
            host="localhost",
            port=made.server_address[1],
            sender="ops@example.org",
            security=security,
            user="ops",
            password_from="MAIL_PASSWORD",
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            mail(call(to="kim@example.org", subject="s", text="t"))
        before = list(Encrypted.heard)
        assert not [word for word in before if not word.startswith("EHLO")]
        made.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("value", "said"),
    [("1.10", 1.1), ("12345678901234567.89", "12345678901234567.89"), ("7.00", 7)],
)
def test_no_digit_of_an_amount_is_lost(value: str, said: object) -> None:
    assert plain(Decimal(value)) == said


def test_the_error_of_a_delivery_does_not_tell_what_opens_its_target(
    flow: Opsflow, odd: str
) -> None:
    flow.webhooks.allow(private=("localhost",))
    url = f"{odd}/missing?token=s3cret"
    flow.webhooks.subscribe(url, by="chen", events=["Role*"], secret_from="OPSFLOW_SECRET_CRM")
    flow.people.add_role("buyer")
    flow.jobs.run_until_idle()
    (waiting,) = flow.jobs.find()
    assert waiting.last_error == "ConnectionError: localhost answered 404"
