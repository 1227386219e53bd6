"""Every SQL statement of the definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from opsflow.db import Rows, add_if_missing, table_of
from opsflow.definitions.blobs import Blob
from opsflow.definitions.models import (
    DecisionFile,
    DecisionRecord,
    DecisionRelease,
    Owner,
    ProcessRecord,
    Release,
    ReleaseFile,
)
from opsflow.errors import NotFound

LAST_VERSION = 2**31 - 1
"""The largest number that the column can hold."""


def hold_new_process(session: Session, key: str, *, name: str, now: datetime) -> ProcessRecord:
    """The process, made if need be, held so that versions are given one at a time."""
    add_if_missing(session, ProcessRecord, key=key, name=name, created_at=now, latest_version=0)
    return session.get_one(ProcessRecord, key, with_for_update=True, populate_existing=True)


def hold_process(session: Session, key: str) -> ProcessRecord:
    """The process, held for this transaction. Raises NotFound."""
    found = session.get(ProcessRecord, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("process", key)
    return found


def hold_new_decision(session: Session, key: str, *, name: str, now: datetime) -> DecisionRecord:
    """The decision, made if need be, held so that versions are given one at a time."""
    add_if_missing(session, DecisionRecord, key=key, name=name, created_at=now, latest_version=0)
    return session.get_one(DecisionRecord, key, with_for_update=True, populate_existing=True)


def hold_decision(session: Session, key: str) -> DecisionRecord:
    """The decision, held for this transaction. Raises NotFound."""
    found = session.get(DecisionRecord, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("decision", key)
    return found


HOLD: Mapping[str, Callable[[Session, str], object]] = {
    "process": hold_process,
    "decision": hold_decision,
}
"""How each kind that has owners is held."""


def owners_of(session: Session, kind: str, key: str) -> list[Owner]:
    """Who owns a process or decision, the first owner first."""
    return list(
        session.scalars(
            select(Owner)
            .where(Owner.kind == kind, Owner.key == key)
            .order_by(Owner.added_at, Owner.person)
        )
    )


def owners_by_key(session: Session, kind: str, keys: Iterable[str]) -> dict[str, list[str]]:
    """Who owns each of several processes or decisions, the first owner first."""
    owners = session.scalars(
        select(Owner)
        .where(Owner.kind == kind, Owner.key.in_(list(keys)))
        .order_by(Owner.added_at, Owner.person)
    )
    found: dict[str, list[str]] = {}
    for owner in owners:
        found.setdefault(owner.key, []).append(owner.person)
    return found


def release_by_content(session: Session, key: str, content_hash: str, mode: str) -> Release | None:
    """The release of a process that has exactly this content, as it is now."""
    return session.scalar(
        select(Release)
        .where(
            Release.process_key == key,
            Release.content_hash == content_hash,
            Release.mode == mode,
        )
        .execution_options(populate_existing=True)
    )


def published_release(session: Session, key: str) -> Release | None:
    """The version of a process that new instances run."""
    return session.scalar(
        select(Release)
        .where(Release.process_key == key, Release.published_at.is_not(None))
        .execution_options(populate_existing=True)
    )


_RELEASE_ROWS = Rows(Release, fixed=())
_STARTABLE = select(*_RELEASE_ROWS.columns).where(
    table_of(Release).c.process_key == bindparam("key"),
    table_of(Release).c.published_at.is_not(None),
)


def startable_release(connection: Connection, key: str) -> Release | None:
    """The same only to be read, as every start does: it belongs to no session."""
    row = connection.execute(_STARTABLE, {"key": key}).one_or_none()
    return None if row is None else _RELEASE_ROWS.made(row)


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


def find_processes(
    session: Session, *, owner: str | None, after: str | None, limit: int
) -> list[tuple[ProcessRecord, Release | None]]:
    """Processes with what is published of each, by key, of one owner or of all."""
    published = (Release.process_key == ProcessRecord.key) & Release.published_at.is_not(None)
    statement = (
        select(ProcessRecord, Release)
        .outerjoin(Release, published)
        .order_by(ProcessRecord.key)
        .limit(limit)
    )
    if owner is not None:
        owned = select(Owner.key).where(Owner.kind == "process", Owner.person == owner)
        statement = statement.where(ProcessRecord.key.in_(owned))
    if after is not None:
        statement = statement.where(ProcessRecord.key > after)
    return [(record, release) for record, release in session.execute(statement)]


def releases_of(session: Session, key: str) -> list[Release]:
    """All versions of a process, newest first."""
    return list(
        session.scalars(
            select(Release).where(Release.process_key == key).order_by(Release.version.desc())
        )
    )


def file_sizes_of(session: Session, release_id: str) -> list[tuple[str, int, str]]:
    """Path, size and hash of each file of a release, by path."""
    rows = session.execute(
        select(ReleaseFile.path, Blob.size, Blob.sha256)
        .join(Blob, Blob.sha256 == ReleaseFile.sha256)
        .where(ReleaseFile.release_id == release_id)
        .order_by(ReleaseFile.path)
    )
    return [(path, size, sha256) for path, size, sha256 in rows]


def file_of(session: Session, release_id: str, path: str) -> bytes | None:
    """One file of a release."""
    return session.scalar(
        select(Blob.content)
        .join(ReleaseFile, Blob.sha256 == ReleaseFile.sha256)
        .where(ReleaseFile.release_id == release_id, ReleaseFile.path == path)
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
    """The release of a decision that has exactly this content, as it is now."""
    return session.scalar(
        select(DecisionRelease)
        .where(DecisionRelease.decision_key == key, DecisionRelease.content_hash == content_hash)
        .execution_options(populate_existing=True)
    )


def published_decision(session: Session, key: str) -> DecisionRelease | None:
    """The version of a decision that is asked where none is named."""
    return session.scalar(
        select(DecisionRelease)
        .where(DecisionRelease.decision_key == key, DecisionRelease.published_at.is_not(None))
        .execution_options(populate_existing=True)
    )


def decision_of_version(session: Session, key: str, version: int | None) -> DecisionRelease | None:
    """One version of a decision, the published one where none is named."""
    if version is None:
        return published_decision(session, key)
    if not 1 <= version <= LAST_VERSION:
        return None
    return session.scalar(
        select(DecisionRelease).where(
            DecisionRelease.decision_key == key, DecisionRelease.version == version
        )
    )


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
