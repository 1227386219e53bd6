"""The command line: every command is one call of the facade, told in a table or a line.

Each module adds its group of commands to ``app``; ``main`` runs it and turns every error
into one line and an exit code (``exits.py``).
"""

from opsflow.cli import (
    batches,
    database,
    deciding,
    demo,
    jobs,
    mending,
    migrating,
    processes,
    publishing,
    running,
    serving,
    tokens,
    trail,
    watching,
    work,
    worker,
)
from opsflow.cli.root import app, main

__all__ = [
    "app",
    "batches",
    "database",
    "deciding",
    "demo",
    "jobs",
    "main",
    "mending",
    "migrating",
    "processes",
    "publishing",
    "running",
    "serving",
    "tokens",
    "trail",
    "watching",
    "work",
    "worker",
]
