"""What an operator can set about the API."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Limits of the API. Sizes are bytes, rates are requests per second of one caller."""

    body_limit: int = MEBIBYTE
    """Of a request that carries no file."""
    upload_limit: int = 26 * MEBIBYTE
    """Of a request with a file: one of 25 MiB, and what stands around it."""
    rate: float = 50.0
    """Requests per second that one caller may make for long."""
    burst: int = 200
    """Requests that one caller may make at once."""
    failures: int = 20
    """Failed sign-ins of one address per minute, before more of them have to wait."""
