"""Do a request once, however often it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from opsflow.db import Database, require_key
from opsflow.errors import IdempotencyConflict, Refused
from opsflow.replies import store

KEPT_FOR = timedelta(hours=24)
"""How long a request can be repeated."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a status, headers and a text. ``repeated`` says that it was given before."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    repeated: bool = False


class Replies:
    """The answers of the last day."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def once(self, person: str, key: str, request: str, do: Callable[[], Reply]) -> Reply:
        """Do something and keep the answer, or give the one that was kept.

        ``do`` and the answer commit together; it runs one use case, because what a refused
        one records as evidence is kept. An error is not kept: the request may be sent again.
        Raises IdempotencyConflict where the key was used for another ``request``.
        """
        require_key("An idempotency key", key)
        refused: Refused | None = None
        with self._database.transaction() as unit:
            store.drop_expired(unit.session, unit.now)
            row = store.begin(unit.session, person, key, request, unit.now + KEPT_FOR)
            if row.status:
                if row.request != request:
                    raise IdempotencyConflict(
                        f"The idempotency key {key!r} was used before, for another request: "
                        "take a new key."
                    )
                return Reply(row.status, row.body, json.loads(row.headers), repeated=True)
            try:
                reply = do()
            except Refused as error:
                unit.session.delete(row)
                refused = error
            else:
                row.status, row.body = reply.status, reply.body
                row.headers = json.dumps(dict(reply.headers))
        if refused is not None:
            raise refused
        return reply
