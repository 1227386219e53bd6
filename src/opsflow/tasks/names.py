"""A column of names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[str, ...]:
    """The same few roles are in every row of a list."""
    return tuple(json.loads(text))


class Names(TypeDecorator[tuple[str, ...]]):
    """Names in order, as compact JSON text; nothing where there are none."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: Sequence[str] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """The names as one text."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> tuple[str, ...]:
        """The names, none where nothing is stored."""
        return _read(value) if value else ()
