"""The use cases of notifications: tell people, and let them read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from opsflow.db import Database, Unit, new_id
from opsflow.definitions import Definitions
from opsflow.errors import Invalid, NotFound
from opsflow.instances import Instances
from opsflow.jobs import Jobs
from opsflow.jobs.connectors import MailConnector
from opsflow.notifications import store
from opsflow.notifications.models import EVERY_KIND, Notice, Preference
from opsflow.notifications.preferences import Preferences
from opsflow.notifications.reactions import Reactions
from opsflow.notifications.sending import NOTIFY, Sender, Sending
from opsflow.people import Directory
from opsflow.responsibility import Responsibility
from opsflow.tasks import Tasks
from opsflow.webhooks import Outlets

PAGE_LIMIT = 1000
"""Notices that one page of an inbox may have."""


class Notifications(Reactions):
    """The inboxes of the people, what is written into them, and what is sent besides."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        tasks: Tasks,
        responsibility: Responsibility,
        directory: Directory,
        jobs: Jobs,
        outlets: Callable[[], Outlets],
    ) -> None:
        super().__init__(database, instances, definitions, tasks, responsibility, directory)
        self._jobs = jobs
        self._preferences = Preferences(database, directory, outlets)
        self.sender = Sender(database, directory, outlets)

    def set_up(self, *, mail: MailConnector | None = None, link: str | None = None) -> None:
        """Send e-mail by this server, with this link, in place of what OPSFLOW_MAIL_* say.

        ``{task_id}``, ``{instance_id}`` and ``{notice_id}`` in the link are filled in.
        """
        self.sender.sending = Sending(mail=mail, link=link)

    def prefer(
        self,
        person: str,
        channels: Iterable[str],
        *,
        kind: str = EVERY_KIND,
        chat_url: str | None = None,
    ) -> Preference:
        """Tell a person of notices of a kind by ``mail`` or ``chat`` besides the inbox.

        The kind ``all`` counts for those without a choice of their own; no channel means the
        inbox alone. Raises Invalid, NotFound.
        """
        return self._preferences.prefer(person, channels, kind=kind, chat_url=chat_url)

    def preferences(self, person: str) -> list[Preference]:
        """What a person has chosen, by kind."""
        return self._preferences.of_person(person)

    def forget(self, kind: str, *, by: str) -> None:
        """A person takes a choice back. Raises NotFound."""
        self._preferences.forget(by, kind)

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
            self._send(unit, kind, notices)
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

    def _send(self, unit: Unit, kind: str, notices: Sequence[Notice]) -> None:
        """A job for each channel that somebody wants, done once this is committed."""
        if not notices:
            return
        wanted = store.preferences_for(unit.session, [each.person for each in notices], kind)
        for notice in notices:
            if (preference := wanted.get(notice.person)) is None:
                continue
            for channel in preference.channels:
                work = {"notice": notice.id, "channel": str(channel), "preference": preference.kind}
                self._jobs.enqueue(NOTIFY, work, subject=f"person:{notice.person}")

    def _notice(self, unit: Unit, notice_id: str) -> Notice:
        notice = unit.session.get(Notice, notice_id)
        if notice is None:
            raise NotFound("notice", notice_id)
        return notice
