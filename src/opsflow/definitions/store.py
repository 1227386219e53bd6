"""Every SQL statement of the definitions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from opsflow.db import add_if_missing
from opsflow.definitions.blobs import Blob
from opsflow.definitions.models import (
    DecisionFile,
    DecisionRelease,
    ProcessRecord,
    Release,
    ReleaseFile,
)

LAST_VERSION = 2**31 - 1
"""The largest number that the column can hold."""


def hold_process(
    session: Session, key: str, *, name: str, owner: str, now: datetime
) -> ProcessRecord:
    """The process, made if need be, held so that versions are given one at a time."""
    add_if_missing(
        session, ProcessRecord, key=key, name=name, owner=owner, created_at=now, latest_version=0
    )
    return session.get_one(ProcessRecord, key, with_for_update=True, populate_existing=True)


def release_by_content(session: Session, key: str, content_hash: str, mode: str) -> Release | None:
    """The release of a process that has exactly this content."""
    return session.scalar(
        select(Release).where(
            Release.process_key == key,
            Release.content_hash == content_hash,
            Release.mode == mode,
        )
    )


def release_of_version(session: Session, key: str, version: int) -> Release | None:
    """One version of a process; none where no version can have the number."""
    if not 1 <= version <= LAST_VERSION:
        return None
    return session.scalar(
        select(Release).where(Release.process_key == key, Release.version == version)
    )


def latest_release(session: Session, key: str) -> Release | None:
    """The newest version of a process."""
    return session.scalar(
        select(Release).where(Release.process_key == key).order_by(Release.version.desc()).limit(1)
    )


def latest_releases(session: Session) -> list[Release]:
    """The newest version of every process, by key."""
    return list(
        session.scalars(
            select(Release)
            .join(ProcessRecord, ProcessRecord.key == Release.process_key)
            .where(ProcessRecord.latest_version == Release.version)
            .order_by(Release.process_key)
        )
    )


def releases_of(session: Session, key: str) -> list[Release]:
    """All versions of a process, newest first."""
    return list(
        session.scalars(
            select(Release).where(Release.process_key == key).order_by(Release.version.desc())
        )
    )


def files_of(session: Session, release_id: str) -> dict[str, bytes]:
    """The files of a release, by path."""
    rows = session.execute(
        select(ReleaseFile.path, Blob.content)
        .join(Blob, Blob.sha256 == ReleaseFile.sha256)
        .where(ReleaseFile.release_id == release_id)
    )
    return {row.path: row.content for row in rows}


def decision_by_content(session: Session, key: str, content_hash: str) -> DecisionRelease | None:
    """The release of a decision that has exactly this content."""
    return session.scalar(
        select(DecisionRelease).where(
            DecisionRelease.decision_key == key, DecisionRelease.content_hash == content_hash
        )
    )


def decision_of_version(session: Session, key: str, version: int | None) -> DecisionRelease | None:
    """One version of a decision, the newest where none is named."""
    statement = select(DecisionRelease).where(DecisionRelease.decision_key == key)
    if version is not None:
        statement = statement.where(DecisionRelease.version == version)
    return session.scalar(statement.order_by(DecisionRelease.version.desc()).limit(1))


def decision_releases(session: Session, key: str | None) -> list[DecisionRelease]:
    """All versions of a decision or of all decisions, by key, newest first."""
    statement = select(DecisionRelease).order_by(
        DecisionRelease.decision_key, DecisionRelease.version.desc()
    )
    if key is not None:
        statement = statement.where(DecisionRelease.decision_key == key)
    return list(session.scalars(statement))


def files_of_decision(session: Session, release_id: str) -> dict[str, bytes]:
    """The DMN files of a decision's release, by path."""
    rows = session.execute(
        select(DecisionFile.path, Blob.content)
        .join(Blob, Blob.sha256 == DecisionFile.sha256)
        .where(DecisionFile.release_id == release_id)
    )
    return {row.path: row.content for row in rows}
