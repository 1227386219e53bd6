"""The shipped table of purchase authority, and the same with another limit."""

from __future__ import annotations

from pathlib import Path

AUTHORITY = (Path(__file__).parents[3] / "bpmn" / "authority.dmn").read_bytes()
AUTHORITY_2 = AUTHORITY.replace(b"&lt;= 10000", b"&lt;= 9000").replace(b"(10000..", b"(9000..")
