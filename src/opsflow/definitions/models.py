"""Tables of the definitions: processes and decisions, their owners, releases and files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.definitions.blobs import Blob

_PUBLISHED = "published_at IS NOT NULL"


def _one_published(table: str, key: str) -> Index:
    """At most one release of a key is published, whatever writes to the table."""
    return Index(
        f"uq_{PREFIX}{table}_published",
        key,
        unique=True,
        sqlite_where=text(_PUBLISHED),
        postgresql_where=text(_PUBLISHED),
    )


class ProcessRecord(Base):
    """A process: its key. What is done to it is done while its row is held."""

    __tablename__ = PREFIX + "process"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    """As the published release says, else the first one."""
    created_at: Mapped[datetime]
    latest_version: Mapped[int]


class DecisionRecord(Base):
    """A decision: its key. What is done to it is done while its row is held."""

    __tablename__ = PREFIX + "decision"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    """As the published release says, else the first one."""
    created_at: Mapped[datetime]
    latest_version: Mapped[int]


class Owner(Base):
    """A person who may deploy and publish releases of a process or decision."""

    __tablename__ = PREFIX + "owner"
    __table_args__ = (
        CheckConstraint("kind IN ('process', 'decision')", name="kind"),
        Index(None, "person"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    added_by: Mapped[str]
    added_at: Mapped[datetime]


class Publishable:
    """What can be published: since when it is, and by whom; both empty while it is not."""

    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]

    @property
    def is_published(self) -> bool:
        """Whether it is the one that is used where no version is named."""
        return self.published_at is not None

    def publish(self, person: str, now: datetime) -> None:
        """From now on it is used; its predecessor was withdrawn before."""
        self.published_at, self.published_by = now, person

    def withdraw(self) -> None:
        """Another release takes its place."""
        self.published_at = self.published_by = None


class Release(Publishable, Base):
    """An immutable version of a process; only whether it is published changes."""

    __tablename__ = PREFIX + "release"
    __table_args__ = (
        UniqueConstraint("process_key", "version"),
        UniqueConstraint("process_key", "content_hash", "mode"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("mode IN ('matrix', 'open')", name="mode"),
        _one_published("release", "process_key"),
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
    """The same for every decision that a business rule task or a gate names."""
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str]


class ReleaseFile(Base):
    """One file of a release, by content hash."""

    __tablename__ = PREFIX + "release_file"

    release_id: Mapped[str] = mapped_column(ForeignKey(Release.id), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey(Blob.sha256))


class DecisionRelease(Publishable, Base):
    """An immutable version of a decision; only whether it is published changes."""

    __tablename__ = PREFIX + "decision_release"
    __table_args__ = (
        UniqueConstraint("decision_key", "version"),
        UniqueConstraint("decision_key", "content_hash"),
        CheckConstraint("version >= 1", name="version"),
        _one_published("decision_release", "decision_key"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    decision_key: Mapped[str] = mapped_column(ForeignKey(DecisionRecord.key))
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
