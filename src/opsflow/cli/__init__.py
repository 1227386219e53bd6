"""The command line: every command is one call of the facade, told in a table or a line.

Each module adds its group of commands to ``app``; ``main`` runs it and turns every error
into one line and an exit code (``exits.py``).
"""

from opsflow.cli import (
    database,
    deciding,
    demo,
    hooks,
    jobs,
    mending,
    messages,
    notifying,
    processes,
    publishing,
    running,
    serving,
    tokens,
    trail,
    work,
)
from opsflow.cli.root import app, main

__all__ = [
    "app",
    "database",
    "deciding",
    "demo",
    "hooks",
    "jobs",
    "main",
    "mending",
    "messages",
    "notifying",
    "processes",
    "publishing",
    "running",
    "serving",
    "tokens",
    "trail",
    "work",
]
