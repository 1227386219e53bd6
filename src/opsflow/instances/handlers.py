"""Handlers: the Python functions that do the work of service tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from opsflow.errors import AlreadyExists


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """What a handler is given. ``variables`` is a copy of its own."""

    topic: str
    variables: dict[str, object]
    instance_id: str
    step_id: str
    node_id: str
    business_key: str | None


Handler: TypeAlias = Callable[[ServiceCall], Mapping[str, object] | None]
"""Gives the variables to set. Raises BpmnError for an error that the process handles."""


class Handlers:
    """Which handler does which topic, for one opsflow."""

    def __init__(self) -> None:
        self._by_topic: dict[str, Handler] = {}

    def register(self, topic: str, handler: Handler) -> None:
        """Let a handler do a topic. Raises AlreadyExists where another one does it."""
        if self._by_topic.setdefault(topic, handler) is not handler:
            raise AlreadyExists("handler", topic)

    def find(self, topic: str) -> Handler | None:
        """The handler of a topic."""
        return self._by_topic.get(topic)
