"""The command that serves the HTTP API."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say
from opsflow.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from opsflow.app import Opsflow

HOST = "127.0.0.1"
PORT = 8000


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on")] = HOST,
    port: Annotated[int, typer.Option(min=0, max=65535)] = PORT,
    issuer: Annotated[
        str | None,
        typer.Option(envvar="OPSFLOW_OIDC_ISSUER", help="Takes JWT of this OpenID Connect issuer"),
    ] = None,
    audience: Annotated[
        str | None, typer.Option(envvar="OPSFLOW_OIDC_AUDIENCE", help="What its JWT are for")
    ] = None,
    person_claim: Annotated[
        str, typer.Option(envvar="OPSFLOW_OIDC_PERSON", help="Claim that holds the person's id")
    ] = "sub",
    work: Annotated[
        bool,
        typer.Option(help="Do jobs and fire timers too; otherwise start opsflow worker beside it"),
    ] = True,
) -> None:
    """Serve the HTTP API until interrupted. Tokens are made with opsflow token create."""
    with opened(context) as flow:
        run(
            flow,
            host,
            port,
            issuer=issuer,
            audience=audience,
            person_claim=person_claim,
            works=work,
        )


def run(
    flow: Opsflow,
    host: str,
    port: int,
    *,
    issuer: str | None = None,
    audience: str | None = None,
    person_claim: str = "sub",
    works: bool = True,
) -> None:
    """Serve until interrupted; a request that runs then is answered first.

    Where it ``works``, it does jobs and fires timers meanwhile.
    """
    try:
        import uvicorn

        from opsflow.access.oidc import Admission, Issuer
        from opsflow.api import Bearer, application, logs
    except ImportError as error:
        raise ConfigurationInvalid(
            "Serving needs further packages: pip install 'opsflow[server]'"
        ) from error
    admissions = []
    if issuer is not None:
        if audience is None:
            raise ConfigurationInvalid("Say what the issuer's tokens are for: --audience.")
        known = Issuer(issuer, audience, person_claim=person_claim)
        admissions.append(Admission(known, flow.access))
    flow.require_ready()
    logs.configure()
    app = application(flow, identify=Bearer(flow, admissions))
    app.openapi()  # Made now, because all requests would wait for who asks first.
    say(f"Serving http://{host}:{port}/api/v1, described in /openapi.json. Stop with Ctrl-C.")
    with flow.start_executor() if works else nullcontext():
        uvicorn.run(
            app,
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=10,
        )
