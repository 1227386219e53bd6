"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import DateTime, Numeric, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator, TypeEngine

from opsflow.errors import Invalid
from opsflow.texts import is_storable

KEY_LIMIT = 255
"""Characters of a text that things are found by: PostgreSQL indexes no long ones."""
_SHOWN = 60
"""Characters of a refused text that the error repeats."""


class Unstorable(Invalid, DontWrapMixin):
    """A value that a database cannot hold. SQLAlchemy lets it through as it is."""


class PlainText(TypeDecorator[str]):
    """Unicode text without NUL, which PostgreSQL cannot hold and nobody means to write."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Refuse NUL and halves of surrogate pairs, whether to be stored or looked for."""
        if value is not None and not is_storable(value):
            raise Unstorable(
                f"{_short(value)} holds a NUL or half of a surrogate pair: take that character out."
            )
        return value


def require_key(what: str, text: str) -> str:
    """The text, if things can be found by it. Raises Invalid."""
    if not text.strip() or len(text) > KEY_LIMIT:
        raise Invalid(
            f"{what} has 1 to {KEY_LIMIT} characters and not only blanks: {_short(text)}."
        )
    return text


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


class Moment(TypeDecorator[datetime]):
    """A timezone-aware moment, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values; SQLite has no zones, so it gets the UTC wall time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise Unstorable(f"The moment {value.isoformat()} has no time zone: give it one.")
        try:
            moment = value.astimezone(UTC)
        except OverflowError as error:
            raise Unstorable(f"The moment {value.isoformat()} has no date in UTC.") from error
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give every moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
