"""Handlers: the Python functions that do the work of service tasks, and on which terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from opsflow.errors import AlreadyExists, ConfigurationInvalid

if TYPE_CHECKING:
    from opsflow.instances.contracts import Contract


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """What a handler is given. ``variables`` is a copy of its own.

    A call that no step waits for has empty ids. A handler that works inside the move has no
    job. ``token`` is for whoever completes the work later, in place of the handler.
    """

    topic: str
    variables: dict[str, object]
    instance_id: str
    step_id: str
    node_id: str
    business_key: str | None
    job_id: str | None = None
    attempt: int = 1
    token: str | None = None

    @property
    def idempotency_key(self) -> str:
        """The same text for every attempt at this work: send it along to whoever is asked."""
        return self.job_id or f"{self.instance_id}/{self.step_id}"


@dataclass(frozen=True, slots=True)
class Later:
    """A handler's answer that somebody will complete the job by ``call.token``.

    After the time ``within`` the attempt counts as failed.
    """

    within: timedelta


@dataclass(frozen=True, slots=True)
class Again:
    """A handler's answer that a part is done, and that it is to be called again for the rest.

    It is given ``variables`` then, after the time ``pause``, once everybody who was due
    before has had a turn.
    """

    variables: Mapping[str, object]
    pause: timedelta = timedelta()


Handler: TypeAlias = Callable[[ServiceCall], Mapping[str, object] | Later | Again | None]
"""Gives the variables to set. Raises BpmnError for an error that the process handles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the work of a topic is done.

    ``retries`` is how often it is tried again after a failure, with a pause that doubles each
    time from ``backoff`` on; ``timeout`` is how long one attempt may take. With
    ``transactional`` it is done inside the transaction of the move, once.
    """

    retries: int = 3
    backoff: timedelta = timedelta(seconds=10)
    timeout: timedelta = timedelta(minutes=5)
    transactional: bool = False

    def __post_init__(self) -> None:
        if self.retries < 0 or self.backoff < timedelta() or self.timeout <= timedelta():
            raise ConfigurationInvalid(
                "A handler has 0 or more retries, a backoff that is not negative, and a timeout."
            )


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler and the terms on which it works; ``origin`` is the function as it was given."""

    handler: Handler
    terms: Terms
    origin: Handler
    contract: Contract | None = None


class Handlers:
    """Which handler does which topic, for one opsflow."""

    def __init__(self) -> None:
        self._by_topic: dict[str, Registration] = {}

    def register(
        self,
        topic: str,
        handler: Handler,
        terms: Terms | None = None,
        contract: Contract | None = None,
    ) -> None:
        """Let a handler do a topic. Raises AlreadyExists where another one does it."""
        held = handler if contract is None else contract.guard(topic, handler)
        fresh = Registration(held, terms or Terms(), handler, contract)
        if self._by_topic.setdefault(topic, fresh).origin is not handler:
            raise AlreadyExists("handler", topic)

    def find(self, topic: str) -> Registration | None:
        """The handler of a topic."""
        return self._by_topic.get(topic)

    def topics(self) -> list[str]:
        """Every topic that has a handler here."""
        return sorted(self._by_topic)
