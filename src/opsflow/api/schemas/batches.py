"""Batches over HTTP: ordered, looked at, steered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out, Reason, example
from opsflow.api.values import Variables
from opsflow.batches import BatchItem, Preview, Progress, Row, Selection

ORDER_LIMIT = 10_000
"""Ids or rows of one request; a selection may find any number."""


class SelectionIn(Body):
    """Running instances that meet every condition; at least one is needed."""

    process: Id | None = None
    version: int | None = Field(default=None, ge=1, le=2_147_483_647)
    business_key: Id | None = None
    suspended: bool | None = None
    attributes: dict[str, str | int | float | bool] = Field(
        default={}, max_length=20, description="Search attributes, and the value of each"
    )
    node: Id | None = Field(default=None, description="Where an open incident is")
    code: Id | None = Field(default=None, description="The code of an open incident")

    def selection(self) -> Selection:
        """What it selects. Raises Invalid."""
        return Selection(**self.model_dump())


class RowIn(Body):
    """What one instance is started with."""

    variables: dict[str, Any] = {}
    business_key: Id | None = None


class BatchIn(Body):
    """A verb, and what it is done to: a selection, ids, or rows for `start`."""

    model_config = example(
        verb="cancel", where={"process": "procurement", "version": 1}, reason="The budget is frozen"
    )

    verb: Id = Field(description="`cancel`, `suspend`, `resume`, `retry`, `message`, `start` …")
    where: SelectionIn | None = None
    ids: list[Id] | None = Field(
        default=None,
        max_length=ORDER_LIMIT,
        description="Of instances; of incidents for `retry`",
    )
    rows: list[RowIn] | None = Field(
        default=None, max_length=ORDER_LIMIT, description="To `start`: one instance each"
    )
    process: Id | None = Field(default=None, description="To `start`: its key")
    version: int | None = Field(
        default=None, ge=1, le=2_147_483_647, description="To `start`; the published one without it"
    )
    parameters: dict[str, Any] = Field(default={}, description="What the verb is told besides")
    reason: Reason = ""

    def given_rows(self) -> Iterator[Row]:
        """The rows to start with."""
        return (Row(each.variables, each.business_key) for each in self.rows or ())


class PortionOut(Out):
    """How many items are of one release."""

    process_key: str
    version: int
    count: int


class PreviewOut(Out):
    """What a batch would be about; the first ids, or business keys of rows."""

    total: int
    portions: list[PortionOut]
    sample: list[str]

    @classmethod
    def of(cls, preview: Preview) -> PreviewOut:
        """What is told of a preview."""
        return cls.model_validate(preview)


class BatchOut(Out):
    """A batch, and how far it is. The rate is in items per second."""

    id: str
    verb: str
    parameters: Variables
    reason: str
    state: str
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    total: int
    waiting: int
    done: int
    failed: int
    cancelled: int
    rate: float | None
    ends_at: datetime | None = Field(description="An estimate")
    portions: list[PortionOut]

    @classmethod
    def of(cls, progress: Progress) -> BatchOut:
        """What is told of a batch."""
        batch = progress.batch
        return cls(
            id=batch.id,
            verb=batch.verb,
            parameters=batch.told,
            reason=batch.reason,
            state=str(batch.state),
            created_by=batch.created_by,
            created_at=batch.created_at,
            ended_at=batch.ended_at,
            total=batch.total,
            waiting=progress.waiting,
            done=progress.done,
            failed=progress.failed,
            cancelled=progress.cancelled,
            rate=progress.rate,
            ends_at=progress.ends_at,
            portions=[PortionOut.model_validate(each) for each in batch.portions],
        )


class BatchItemOut(Out):
    """What became of one item; `error` says why it could not be done."""

    position: int
    state: str
    target: str | None
    instance_id: str | None
    error: str | None
    ended_at: datetime | None

    @classmethod
    def of(cls, item: BatchItem) -> BatchItemOut:
        """What is told of an item."""
        return cls.model_validate(item)
