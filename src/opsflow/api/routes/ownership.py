"""Whose a process is, for what belongs to it."""

from __future__ import annotations

from opsflow.api.calling import Call
from opsflow.errors import Refused


def owns(call: Call, key: str | None) -> bool:
    """Whether the caller owns a process; nobody owns none."""
    return key is not None and call.person in _owners(call, key)


def require_process(call: Call, key: str, verb: str) -> None:
    """Raise Refused for who does not own the process, NotFound where there is none."""
    owners = _owners(call, key)
    if not owners:
        call.flow.definitions.release(key)
    if call.person not in owners:
        raise Refused(
            f"the process {key!r} belongs to others",
            rule="process.owner",
            person=call.person,
            verb=verb,
            could=owners,
        )


def _owners(call: Call, key: str) -> list[str]:
    return [owner.person for owner in call.flow.definitions.owners(key)]
