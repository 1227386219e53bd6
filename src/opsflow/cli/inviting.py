"""After the demonstration: a case to work on, tokens to sign in with, and lines to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsflow.access import AccessRole
from opsflow.cli.tables import say

if TYPE_CHECKING:
    from opsflow.app import Opsflow

OWNER = "ping"
STARTER = "jun"
CASE = "PR-TRY"
SHELL = {"TOKEN": STARTER, "HEAD": "hua", "BUYER": "bo", "OWNER": OWNER}
"""The shell variable that holds the token of each person."""


def invite(flow: Opsflow, process: str, port: int) -> None:
    """Start a case for one of the people, and print how to look at it over HTTP.

    The case of an earlier invitation is left where nobody has begun with it.
    """
    if AccessRole.PROCESS_OWNER not in flow.access.roles_of(OWNER):
        flow.access.grant(OWNER, AccessRole.PROCESS_OWNER, by="system")
    if not flow.tasks.for_person(STARTER, view="all", business_key=CASE):
        flow.instances.start(process, by=STARTER, business_key=CASE)
    url = f"http://127.0.0.1:{port}/api/v1"
    say(f"{STARTER} has a new purchase request to fill in ({CASE}). Tokens to sign in with:")
    for name, person in SHELL.items():
        secret = flow.access.issue_token(person, by="system", name="demonstration").secret
        say(f"  export {name}={secret}  # {flow.people.get(person).name}")
    say(
        "Lines to try; docs/howto/http.md has many more:\n"
        f'  curl -s -H "Authorization: Bearer $TOKEN" {url}/me\n'
        f'  curl -s -H "Authorization: Bearer $TOKEN" {url}/tasks\n'
        f'  curl -s -H "Authorization: Bearer $OWNER" {url}/instances\n'
        f'  curl -s -H "Authorization: Bearer $OWNER" -F file=@bpmn/procurement.bpmn '
        f"{url}/processes/check"
    )
