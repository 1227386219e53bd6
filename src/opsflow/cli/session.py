"""Open the opsflow that a command works on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from opsflow.cli.exits import DatabaseUnusable
from opsflow.clock import Clock
from opsflow.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from opsflow.app import Opsflow

DEFAULT_DATABASE = "sqlite:///opsflow.db"
IN_MEMORY = "sqlite://"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands before the command. ``setup`` is written ``module:function``."""

    database: str
    setup: str | None
    distributed: bool = False


@contextmanager
def opened(context: typer.Context) -> Iterator[Opsflow]:
    """The opsflow on the database named on the command line. Raises DatabaseUnusable."""
    settings: Settings = context.obj
    if not exists(settings.database):
        raise DatabaseUnusable(
            f"There is no file {sqlite_file(settings.database)} yet: make it with opsflow init."
        )
    with connected(settings.database, distributed=settings.distributed) as flow:
        if settings.setup is not None:
            _function(settings.setup)(flow)
        yield flow


@contextmanager
def connected(
    url: str, *, clock: Clock | None = None, distributed: bool = False
) -> Iterator[Opsflow]:
    """An opsflow on a database that may be empty yet. Raises DatabaseUnusable."""
    # Imported late: the help and a wrong option need no database driver.
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import ArgumentError, DBAPIError

    from opsflow.app import Opsflow

    try:
        with Opsflow(url, clock=clock, distributed=distributed) as flow:
            yield flow
    except ArgumentError as error:
        raise ConfigurationInvalid(f"{url!r} is not the URL of a database: {error}") from error
    except CommandError as error:
        raise DatabaseUnusable(f"The database cannot be brought up to date: {error}") from error
    except DBAPIError as error:
        cause = str(error.orig).strip().splitlines()[0]
        raise DatabaseUnusable(
            f"The database cannot be used: {cause}. "
            "Is it there (opsflow init) and up to date (opsflow db upgrade)?"
        ) from error


def _function(place: str) -> Callable[[Opsflow], object]:
    """The function of the host that a text names. Raises ConfigurationInvalid."""
    module, _, name = place.partition(":")
    # A console script does not look for modules in the folder it is called in.
    sys.path.insert(0, str(Path.cwd()))
    try:
        function: object = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationInvalid(f"{place!r} names no function: {error}") from error
    finally:
        sys.path.pop(0)
    if not callable(function):
        raise ConfigurationInvalid(f"{place!r} is no function: it is {function!r:.60}.")
    return function


def exists(url: str) -> bool:
    """Whether there is something to open: SQLite would make an empty file in silence."""
    file = sqlite_file(url)
    return file is None or file.exists()


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for another one and for one in memory."""
    name = url.removeprefix("sqlite:///").partition("?")[0]
    if not url.startswith("sqlite:///") or name in ("", ":memory:"):
        return None
    return Path(name)
