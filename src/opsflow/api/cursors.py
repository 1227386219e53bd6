"""Cursors: where the next page of a list begins, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

from opsflow.api.problems import CursorInvalid

_CHECK = 8


def next_cursor(last: str, query: Mapping[str, object]) -> str:
    """The cursor behind an item of the list that a query gives."""
    text = json.dumps(last).encode()
    return base64.urlsafe_b64encode(_check(text, query) + text).decode().rstrip("=")


def after(cursor: str | None, query: Mapping[str, object]) -> str | None:
    """The item that a page begins behind; None for the first. Raises CursorInvalid.

    The check binds the cursor to its query. It is no secret: a cursor that somebody makes
    shows them nothing, because the list holds only what they may see.
    """
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        check, text = raw[:_CHECK], raw[_CHECK:]
        last = json.loads(text)
    except (binascii.Error, ValueError) as error:
        raise CursorInvalid("The cursor cannot be read: begin with the first page.") from error
    if check != _check(text, query) or not isinstance(last, str):
        raise CursorInvalid(
            "The cursor belongs to another list: send the same filters and order as before."
        )
    return last


def _check(text: bytes, query: Mapping[str, object]) -> bytes:
    said = json.dumps(query, sort_keys=True, default=str).encode()
    return hashlib.sha256(said + b"\n" + text).digest()[:_CHECK]
