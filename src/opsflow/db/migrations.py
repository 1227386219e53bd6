"""The schema: brought to the newest version by the Alembic migrations, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

from opsflow.errors import ConfigurationInvalid

_PACKAGED = Path(__file__).parents[1] / "_migrations"
_CHECKOUT = Path(__file__).parents[3] / "migrations"


def migrations_folder() -> Path:
    """Where the migrations are: inside the wheel, or beside ``src`` in a checkout."""
    for folder in (_PACKAGED, _CHECKOUT):
        if (folder / "env.py").is_file():
            return folder
    raise ConfigurationInvalid("The migrations are missing: install opsflow again.")


def configuration(engine: Engine) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision; data is kept.

    Raises ConfigurationInvalid for the database of a version that this one does not know.
    """
    try:
        command.upgrade(configuration(engine), revision)
    except CommandError as error:
        raise ConfigurationInvalid(
            "This database was made by another version of opsflow, and this one cannot bring it "
            f"up to date: {error}."
        ) from error


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to a revision, ``base`` for an empty one."""
    command.downgrade(configuration(engine), revision)
