"""What is told of processes and releases to whoever looks at them: plain facts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsflow.definitions.contents import ReleaseContent
from opsflow.definitions.models import ProcessRecord, Release
from opsflow.engine import Gate, ProcedureStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSummary:
    """A process as a list of processes shows it."""

    key: str
    name: str
    created_at: datetime
    latest_version: int
    published_version: int | None
    """None while no release is published: it cannot be started without naming a version."""
    published_at: datetime | None
    published_by: str | None
    owners: tuple[str, ...]
    """Ids of persons, the first owner first."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file of a release; ``size`` is in bytes, ``sha256`` in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutline:
    """What a release says about one human task, besides its row in the matrix."""

    node_id: str
    name: str
    kind: str
    """Element name, such as ``userTask``."""
    lane: str | None
    documentation: str | None
    instructions: str | None
    cautions: str | None
    procedure: tuple[ProcedureStep, ...]
    gates: tuple[Gate, ...]
    form_schema: Mapping[str, Any] | None
    """The JSON Schema that is written in the diagram."""
    form: str | None
    """Otherwise the reference of its form, among the ``forms`` of the release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOutline:
    """What a release says, besides its diagram and its matrix."""

    release_id: str
    key: str
    version: int
    name: str
    content_hash: str
    mode: str
    documentation: str | None
    owner: str | None
    """Who answers for the process, as the diagram says; not the owners who may publish."""
    review_date: str | None
    tasks: tuple[TaskOutline, ...]
    """The human tasks, in the order of the file."""
    forms: Mapping[str, dict[str, Any]]
    """JSON Schema by path inside the package."""
    separation: tuple[tuple[str, ...], ...]
    """Ids of tasks that one person may not both do."""
    search: Mapping[str, str]
    """Type of each search attribute by its name."""
    calls: Mapping[str, str]
    """Release id of each process that it calls."""
    decisions: Mapping[str, str]
    """Release id of each decision that it asks."""


def summary_of(
    record: ProcessRecord, published: Release | None, owners: tuple[str, ...]
) -> ProcessSummary:
    """A process with what is published of it."""
    return ProcessSummary(
        key=record.key,
        name=record.name,
        created_at=record.created_at,
        latest_version=record.latest_version,
        published_version=published.version if published else None,
        published_at=published.published_at if published else None,
        published_by=published.published_by if published else None,
        owners=owners,
    )


def outline_of(release: Release, content: ReleaseContent) -> ReleaseOutline:
    """What a release says, from its content."""
    process = content.process
    return ReleaseOutline(
        release_id=release.id,
        key=release.process_key,
        version=release.version,
        name=release.name,
        content_hash=release.content_hash,
        mode=release.mode,
        documentation=process.documentation,
        owner=process.controls.owner,
        review_date=process.controls.review_date,
        tasks=tuple(_tasks(content)),
        forms=content.forms,
        separation=tuple(pair.tasks for pair in process.controls.separation),
        search={attribute.name: attribute.type for attribute in process.controls.search},
        calls=release.calls,
        decisions=release.decisions,
    )


def _tasks(content: ReleaseContent) -> Iterator[TaskOutline]:
    for node in content.process.nodes.values():
        if node.is_human:
            controls = node.controls
            yield TaskOutline(
                node_id=node.id,
                name=node.label,
                kind=node.kind.value,
                lane=node.lane,
                documentation=node.documentation,
                instructions=controls.instructions,
                cautions=controls.cautions,
                procedure=controls.procedure,
                gates=controls.gates,
                form_schema=json.loads(controls.form_schema) if controls.form_schema else None,
                form=None if controls.form_schema else controls.form,
            )
