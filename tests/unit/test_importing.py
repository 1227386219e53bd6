"""What it costs to import the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("SpiffWorkflow", "sqlalchemy", "alembic", "lxml", "psycopg", "jsonschema")


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that are there after a statement in a fresh interpreter."""
    script = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(ended.stdout.split())


@pytest.mark.parametrize("statement", ["import opsflow", "from opsflow import Refused, Clock"])
def test_the_package_loads_only_what_is_asked_for(statement: str) -> None:
    assert not loaded_by(statement) & set(HEAVY)


def test_an_opsflow_does_not_load_what_makes_schemas() -> None:
    loaded = loaded_by("from opsflow import Opsflow\nOpsflow('sqlite://').close()")
    assert "sqlalchemy" in loaded
    assert not loaded & {"alembic", "psycopg"}
