"""Tables of the definitions: releases of processes and of decisions, and their files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.definitions.blobs import Blob


class ProcessRecord(Base):
    """A process: its key, and the person who first deployed it and so owns it."""

    __tablename__ = PREFIX + "process"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner: Mapped[str]
    created_at: Mapped[datetime]
    latest_version: Mapped[int]


class Release(Base):
    """An immutable version of a process."""

    __tablename__ = PREFIX + "release"
    __table_args__ = (
        UniqueConstraint("process_key", "version"),
        UniqueConstraint("process_key", "content_hash", "mode"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("mode IN ('matrix', 'open')", name="mode"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    process_key: Mapped[str] = mapped_column(ForeignKey(ProcessRecord.key))
    version: Mapped[int]
    name: Mapped[str]
    content_hash: Mapped[str]
    mode: Mapped[str]
    calls: Mapped[dict[str, str]] = mapped_column(JSON)
    """Release id for every process that a call activity names, bound when deployed."""
    decisions: Mapped[dict[str, str]] = mapped_column(JSON)
    """The same for every decision that a business rule task names."""
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str]


class ReleaseFile(Base):
    """One file of a release, by content hash."""

    __tablename__ = PREFIX + "release_file"

    release_id: Mapped[str] = mapped_column(ForeignKey(Release.id), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey(Blob.sha256))


class DecisionRelease(Base):
    """An immutable version of a decision: where it stands in its DMN files."""

    __tablename__ = PREFIX + "decision_release"
    __table_args__ = (
        UniqueConstraint("decision_key", "version"),
        UniqueConstraint("decision_key", "content_hash"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    decision_key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    content_hash: Mapped[str]
    """Over all DMN files that were deployed together."""
    path: Mapped[str]
    """The file that holds the decision."""
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str]


class DecisionFile(Base):
    """One DMN file of a decision's release, by content hash."""

    __tablename__ = PREFIX + "decision_file"

    release_id: Mapped[str] = mapped_column(ForeignKey(DecisionRelease.id), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey(Blob.sha256))
