"""Every SQL statement of the definitions."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from opsflow.definitions.blobs import Blob
from opsflow.definitions.models import ProcessRecord, Release, ReleaseFile


def lock_process(session: Session, key: str) -> ProcessRecord | None:
    """The process, held for this transaction so that versions are given one at a time."""
    return session.get(ProcessRecord, key, with_for_update=True, populate_existing=True)


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
    """One version of a process."""
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
