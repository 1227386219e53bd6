"""The use cases of notifications: tell people, and let them read."""

from __future__ import annotations

from collections.abc import Iterable

from opsflow.db import Unit, new_id
from opsflow.errors import Invalid, NotFound
from opsflow.notifications import store
from opsflow.notifications.models import Notice
from opsflow.notifications.reactions import Reactions

PAGE_LIMIT = 1000
"""Notices that one page of an inbox may have."""


class Notifications(Reactions):
    """The inboxes of the people, and what is written into them."""

    def tell(
        self,
        people: Iterable[str],
        kind: str,
        text: str,
        *,
        instance_id: str | None = None,
        task_id: str | None = None,
    ) -> list[Notice]:
        """Write a notice to each of the people, once to each. Raises Invalid for no text."""
        if not text.strip():
            raise Invalid("A notice says something.")
        with self._database.unit() as unit:
            notices = [
                Notice(
                    id=new_id(unit.now),
                    person=person,
                    kind=kind,
                    instance_id=instance_id,
                    task_id=task_id,
                    text=text.strip(),
                    at=unit.now,
                )
                for person in dict.fromkeys(people)
            ]
            unit.session.add_all(notices)
            return notices

    def inbox(
        self,
        person: str,
        *,
        unread_only: bool = False,
        before: str | None = None,
        limit: int = 100,
    ) -> list[Notice]:
        """What a person was told, newest first; ``before`` is the last id of the page before."""
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page has 1 to {PAGE_LIMIT} notices, not {limit}.")
        with self._database.reading() as unit:
            return store.inbox_of(
                unit.session, person, unread_only=unread_only, before=before, limit=limit
            )

    def unread(self, person: str) -> int:
        """How many notices a person has not read."""
        with self._database.reading() as unit:
            return store.count_unread(unit.session, person)

    def mark_read(self, notice_id: str, *, by: str) -> Notice:
        """A person has read a notice. Raises NotFound, and Refused for somebody else's."""
        with self._database.unit() as unit:
            notice = self._notice(unit, notice_id)
            notice.mark_read(by, unit.now)
            return notice

    def mark_all_read(self, *, by: str) -> int:
        """A person has read everything; how much of it was new."""
        with self._database.unit() as unit:
            return store.mark_all_read(unit.session, by, unit.now)

    def _notice(self, unit: Unit, notice_id: str) -> Notice:
        notice = unit.session.get(Notice, notice_id)
        if notice is None:
            raise NotFound("notice", notice_id)
        return notice
