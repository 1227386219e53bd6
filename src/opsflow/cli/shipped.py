"""Where the shipped processes and the demonstration's story are."""

from __future__ import annotations

from pathlib import Path

from opsflow.errors import ConfigurationInvalid

_PACKAGE = Path(__file__).parents[1]
_CHECKOUT = Path(__file__).parents[3]


def shipped(folder: str) -> Path:
    """``bpmn`` or ``examples``: inside the wheel, or beside ``src`` in a checkout."""
    for place in (_PACKAGE / f"_{folder}", _CHECKOUT / folder):
        if place.is_dir():
            return place
    raise ConfigurationInvalid(f"The folder {folder} is missing: install opsflow again.")
