"""Identifiers that sort by the time of their making (UUID version 7, RFC 9562 §5.7)."""

from __future__ import annotations

import secrets
from datetime import datetime
from threading import Lock
from uuid import UUID

_RANDOM_BITS = 74
_lock = Lock()
_last = (0, 0)


def new_id(now: datetime) -> str:
    """A fresh identifier: 36 characters, 48 bits of milliseconds, 74 random bits.

    Those of one process that carry the same millisecond sort in the order they were made
    (RFC 9562 §6.2, method 2: the random part grows by a random step).
    """
    global _last
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    with _lock:
        if _last[0] == milliseconds:
            random = _last[1] + 1 + secrets.randbits(32)
        else:
            random = secrets.randbits(_RANDOM_BITS - 1)
        _last = (milliseconds, random)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))
