"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BLOB, BigInteger, DateTime, Numeric, String, Text, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator, TypeEngine

from opsflow.errors import Invalid
from opsflow.texts import is_storable

KEY_LIMIT = 255
"""Characters of a text that things are found by: PostgreSQL indexes no long ones."""
_SHOWN = 60
"""Characters of a refused text that the error repeats."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Unstorable(Invalid, DontWrapMixin):
    """A value that a database cannot hold. SQLAlchemy lets it through as it is."""


class PlainText(TypeDecorator[str]):
    """Unicode text without NUL, which PostgreSQL cannot hold and nobody means to write."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Refuse NUL and halves of surrogate pairs, whether to be stored or looked for."""
        return None if value is None else require_storable(value)


def require_storable(text: str) -> str:
    """The text, if every database can hold it. Raises Unstorable."""
    if not is_storable(text):
        raise Unstorable(
            f"{_short(text)} holds a NUL or half of a surrogate pair: take that character out."
        )
    return text


def require_key(what: str, text: str) -> str:
    """The text, if things can be found by it. Raises Invalid."""
    if not text.strip() or len(text) > KEY_LIMIT:
        raise Invalid(
            f"{what} has 1 to {KEY_LIMIT} characters and not only blanks: {_short(text)}."
        )
    return text


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


class Id(TypeDecorator[str]):
    """An identifier as ``new_id`` makes them: 16 bytes in the database, text in Python.

    A text that is no identifier is like one that nothing has: it finds nothing.
    """

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """UUID on PostgreSQL, a blob on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BLOB())
        return dialect.type_descriptor(Uuid(as_uuid=False))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | str | None:
        """Bytes for SQLite."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return octets_of_id(value) or _NO_ID
        return value if octets_of_id(value) else id_of_octets(_NO_ID)

    def process_result_value(
        self,
        value: bytes | str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """The text of 36 characters."""
        return id_of_octets(value) if isinstance(value, bytes) else value


_NO_ID = bytes(16)
"""What stands for every text that is no identifier: never made by ``new_id``."""


def octets_of_id(text: str) -> bytes | None:
    """The 16 bytes of an identifier in its one spelling; None for any other text."""
    try:
        octets = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
    return octets if id_of_octets(octets) == text else None


def id_of_octets(octets: bytes) -> str:
    """The identifier of 16 bytes."""
    digits = octets.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class Moment(TypeDecorator[datetime]):
    """A timezone-aware moment, kept in UTC: microseconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMP WITH TIME ZONE on PostgreSQL; SQLite has no moments, so it gets a number."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """Refuse naive values."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise Unstorable(f"The moment {value.isoformat()} has no time zone: give it one.")
        try:
            moment = value.astimezone(UTC)
        except OverflowError as error:
            raise Unstorable(f"The moment {value.isoformat()} has no date in UTC.") from error
        return (moment - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else moment

    def process_result_value(
        self,
        value: datetime | int | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give every moment back in UTC."""
        if isinstance(value, int):
            return _EPOCH + value * _MICROSECOND
        return None if value is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A Decimal of any precision. SQLite has no exact numbers, so it keeps the text."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Decimal] | TypeEngine[str]:
        """NUMERIC without a scale on PostgreSQL, text on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(60))
        return dialect.type_descriptor(Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        """Text for SQLite."""
        if value is None or dialect.name != "sqlite":
            return value
        return str(value)

    def process_result_value(
        self,
        value: object,
        dialect: Dialect,  # noqa: ARG002
    ) -> Decimal | None:
        """Always a Decimal."""
        return None if value is None else Decimal(str(value))
