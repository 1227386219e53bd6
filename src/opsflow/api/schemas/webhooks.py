"""Webhooks over HTTP: subscriptions, endpoints, what became of a delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out, Reason, example
from opsflow.webhooks import Endpoint, Received, Subscription

_YEAR = 366 * 86_400


class SubscribeIn(Body):
    """Who is told, and of what."""

    model_config = example(
        url="https://hooks.example.com/opsflow",
        events=["TaskCompleted", "Instance*"],
        process="order",
        secrets_from=["OPSFLOW_SECRET_CRM"],
    )

    url: str = Field(max_length=2000)
    events: list[str] = Field(min_length=1, max_length=50)
    process: Id | None = Field(default=None, description="Only what is about this process")
    secrets_from: list[str] = Field(
        min_length=1, max_length=5, description="Environment variables that hold its secrets"
    )


class SubscriptionOut(Out):
    """A subscription, and whether its target takes what it is sent."""

    id: str
    url: str
    events: list[str]
    process_key: str | None
    secrets_from: list[str]
    sequence: int = Field(description="Number of the last event that it was told of")
    failures: int = Field(description="Failed deliveries since the last one that was taken")
    failing_since: datetime | None
    paused_at: datetime | None
    pause_reason: str | None
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, subscription: Subscription) -> SubscriptionOut:
        """What is told of a subscription."""
        return cls.model_validate(subscription)


class EndedOut(Out):
    """How many deliveries were waiting, and are not made."""

    discarded: int


class DiscardIn(Body):
    """Why it is not done; kept in the history."""

    model_config = example(reason="They have been told by phone")

    reason: Reason = Field(min_length=1)


class JobsIn(Body):
    """Jobs, by id."""

    model_config = example(ids=["01890a5d-ac96-774b-bcce-b302099a8057"])

    ids: list[Id] = Field(min_length=1, max_length=1000)


class JobTriedOut(Out):
    """What became of one job; null where it is done again."""

    job_id: str
    error: str | None


class EndpointIn(Body):
    """What a sender may post, and what becomes of it. Expressions are FEEL over `body`."""

    model_config = example(
        secrets_from=["OPSFLOW_SECRET_SHOP"],
        message="paid",
        when='body.type = "invoice.paid"',
        correlation="body.data.order",
        variables={"amount": "body.data.amount"},
        keep_seconds=3600,
    )

    scheme: Literal["standard", "github"] = "standard"
    secrets_from: list[str] = Field(min_length=1, max_length=5)
    message: Id | None = Field(default=None, description="The message that it becomes")
    process: Id | None = Field(default=None, description="Or the process that it starts")
    when: str | None = Field(default=None, max_length=10_000)
    correlation: str | None = Field(default=None, max_length=10_000)
    business_key: str | None = Field(default=None, max_length=10_000)
    variables: dict[str, str] = Field(default={}, max_length=100)
    keep_seconds: int | None = Field(default=None, ge=1, le=_YEAR)
    body_limit: int = Field(default=1024 * 1024, ge=1, le=1024 * 1024)


class EndpointOut(Out):
    """An endpoint, and what it has taken and refused."""

    name: str
    scheme: str
    secrets_from: list[str]
    message: str | None
    process_key: str | None
    condition: str | None
    correlation: str | None
    business_key: str | None
    variables_from: dict[str, str]
    keep_seconds: int | None
    body_limit: int
    accepted: int
    repeated: int = Field(description="Deliveries that had had their effect before")
    refused: int
    last_at: datetime | None = Field(description="When it took something last")
    last_error: str | None
    defined_by: str
    defined_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> EndpointOut:
        """What is told of an endpoint."""
        return cls.model_validate(endpoint)


class ReceivedOut(Out):
    """What became of a delivery. The sender learns of no instance."""

    outcome: str
    repeated: bool

    @classmethod
    def of(cls, received: Received) -> ReceivedOut:
        """What the sender is told."""
        return cls.model_validate(received)
