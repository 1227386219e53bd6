"""How the events of a record are packed: identifiers as bytes, then compressed.

The compression begins with the words that events are made of, so that a record of a few
hundred bytes shrinks as well as a long one. A new edition gets a new number, and the old ones
stay readable.
"""

from __future__ import annotations

import re
import zlib

from opsflow.db import id_of_octets, octets_of_id
from opsflow.history.words import WORDS

EDITION = 1
"""The packing that is written now."""

_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MARK = b"\x01"
"""Begins the 16 bytes of an identifier: canonical JSON text writes no such character."""
_PACKED_ID = re.compile(rb"\x01(.{16})", re.DOTALL)
_LEVEL, _RAW, _MEMORY = 9, -15, 5
"""Compress as well as possible, without a header or a checksum: the chain has its hash."""


def pack(text: str) -> bytes:
    """The text as it is stored, in the present edition."""
    plain = _ID.sub(_shorter, text.encode())
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, _MEMORY, zdict=WORDS[EDITION])
    return packer.compress(plain) + packer.flush()


def unpack(packed: bytes, edition: int) -> str:
    """The text as it was. Raises ValueError where nothing of ours was packed so."""
    words = WORDS.get(edition)
    if words is None:
        raise ValueError(f"no packing has the number {edition}")
    unpacker = zlib.decompressobj(_RAW, zdict=words)
    try:
        plain = unpacker.decompress(packed) + unpacker.flush()
    except zlib.error as error:
        raise ValueError("it cannot be unpacked") from error
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("it has another length than what was packed")
    return _PACKED_ID.sub(_longer, plain).decode()


def _shorter(found: re.Match[bytes]) -> bytes:
    return _MARK + (octets_of_id(found[0].decode()) or b"")


def _longer(found: re.Match[bytes]) -> bytes:
    return id_of_octets(found[1]).encode()
