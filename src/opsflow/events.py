"""The base of every event: a fact that has happened, announced in a unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, the role acted in, and for whom when it is as a substitute."""

    person: str
    role: str | None = None
    on_behalf_of: str | None = None


SYSTEM = Actor("system")
"""The actor of what happens by itself: a timer, a handler, a route of the process."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact. Its class name, past tense, is its type in the history.

    Subclasses add the fields that are stored. ``stream`` names the chain in the history
    that the event belongs to.
    """

    actor: Actor = SYSTEM

    @property
    def stream(self) -> str:
        """Name of the history chain the event is appended to."""
        raise TypeError(f"{type(self).__name__} names no stream")

    @property
    def facts(self) -> Mapping[str, object]:
        """Everything the event stores besides its type, time and actor."""
        return {name: value for name, value in vars(self).items() if name != "actor"}


@dataclass(frozen=True, kw_only=True)
class InstanceEvent(Event):
    """A fact about one process instance."""

    instance_id: str

    @property
    def stream(self) -> str:
        """One chain per instance."""
        return f"instance:{self.instance_id}"
