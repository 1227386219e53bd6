"""Which exit code each kind of error has: the one table, documented in docs/reference/cli.md."""

from __future__ import annotations

from opsflow.errors import (
    Conflict,
    DatabaseUnavailable,
    Invalid,
    MessageNotCaught,
    ModelRejected,
    NotFound,
    OpsflowError,
    Refused,
)

OK = 0
FOUND = 1
"""A check found errors, or the trail does not verify."""
USAGE = 2
FAILED = 7
"""Any other error of opsflow."""


class DatabaseUnusable(OpsflowError):
    """The database cannot be reached, or it is not one of opsflow at this version."""


EXITS: tuple[tuple[type[Exception], int], ...] = (
    (ModelRejected, FOUND),
    (Invalid, USAGE),
    (Refused, 3),
    (Conflict, 4),
    (NotFound, 5),
    (MessageNotCaught, 5),
    (DatabaseUnusable, 6),
    (DatabaseUnavailable, 6),
    (OpsflowError, FAILED),
)
"""The first row that fits decides."""


def exit_code(error: Exception) -> int:
    """The exit code of an error that ``EXITS`` covers."""
    return next(code for kind, code in EXITS if isinstance(error, kind))
