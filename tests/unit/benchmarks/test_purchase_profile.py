from __future__ import annotations

import pytest

from benchmarks.purchase.profiling import PYTHON, by_layer, layer_of


@pytest.mark.parametrize(
    ("file", "layer"),
    [
        ("/home/opsflow/project/src/opsflow/tasks/store.py", "opsflow.tasks"),
        ("/src/opsflow/app.py", "opsflow.app"),
        ("/lib/site-packages/sqlalchemy/orm/session.py", "SQLAlchemy ORM"),
        ("/lib/site-packages/sqlalchemy/engine/base.py", "SQLAlchemy"),
        ("/lib/site-packages/psycopg/cursor.py", "driver"),
        ("/lib/site-packages/psycopg_binary/__init__.py", "driver"),
        ("/lib/site-packages/SpiffWorkflow/task.py", "SpiffWorkflow"),
        ("/lib/python3.11/contextlib.py", PYTHON),
    ],
)
def test_a_file_belongs_to_a_layer(file: str, layer: str) -> None:
    assert layer_of(file) == layer


def test_a_built_in_function_counts_for_its_caller_unless_it_is_the_drivers() -> None:
    task, unit = ("/src/opsflow/tasks/work.py", 1, "complete"), ("/src/opsflow/db/unit.py", 1, "u")
    stats = {
        task: (1, 1, 0.5, 1.0, {}),
        ("~", 0, "<built-in method len>"): (
            3,
            3,
            0.3,
            0.3,
            {task: (1, 1, 0.1, 0.1), unit: (2, 2, 0.2, 0.2)},
        ),
        ("~", 0, "<method 'execute' of 'sqlite3.Cursor' objects>"): (
            1,
            1,
            0.25,
            0.25,
            {unit: (1, 1, 0.25, 0.25)},
        ),
    }
    assert by_layer(stats) == {
        "opsflow.tasks": (pytest.approx(0.6), 2),
        "opsflow.db": (pytest.approx(0.2), 2),
        "driver": (0.25, 1),
    }
