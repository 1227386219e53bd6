"""Which channels people want besides the inbox."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from opsflow.db import Database, require_key
from opsflow.errors import Invalid, NotFound
from opsflow.notifications import store
from opsflow.notifications.models import EVERY_KIND, Channel, Preference
from opsflow.people import Directory
from opsflow.webhooks import Outlets

_KIND = re.compile(r"[a-z][a-z0-9._-]{0,99}")


class Preferences:
    """Everybody's own choice; the inbox has every notice in any case."""

    def __init__(
        self, database: Database, directory: Directory, outlets: Callable[[], Outlets]
    ) -> None:
        self._database = database
        self._directory = directory
        self._outlets = outlets

    def prefer(
        self,
        person: str,
        channels: Iterable[str],
        *,
        kind: str = EVERY_KIND,
        chat_url: str | None = None,
    ) -> Preference:
        """Tell a person of notices of a kind by these channels too: ``mail``, ``chat``.

        The kind ``all`` counts for those without a choice of their own; no channel means the
        inbox alone. ``chat_url`` is where the person's chat takes posts. Raises Invalid, and
        NotFound for somebody whom nobody knows.
        """
        chosen = _require_channels(channels)
        if not _KIND.fullmatch(kind):
            raise Invalid(f"{kind!r:.110} is no kind of notices: all, task.assigned, gate.opened …")
        known = self._directory.person(require_key("The id of a person", person))
        if known is None:
            raise NotFound("person", person)
        if Channel.MAIL in chosen and not known.email:
            raise Invalid(f"{person} has no e-mail address: have one entered first.")
        if (Channel.CHAT in chosen) != (chat_url is not None):
            raise Invalid("The channel chat and the URL of the chat go together.")
        if chat_url is not None:
            self._outlets().require(chat_url)
        with self._database.unit() as unit:
            found = store.hold_preference(unit.session, known.id, kind)
            found.chosen, found.chat_url = json.dumps(chosen), chat_url
            return found

    def forget(self, person: str, kind: str) -> None:
        """Take a choice back. Raises NotFound."""
        with self._database.unit() as unit:
            found = unit.session.get(Preference, (person, kind), with_for_update=True)
            if found is None:
                raise NotFound("preference", kind)
            unit.session.delete(found)

    def of_person(self, person: str) -> list[Preference]:
        """What a person has chosen, by kind."""
        with self._database.reading() as unit:
            return store.preferences_of(unit.session, person)


def _require_channels(channels: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(channels))
    for each in found:
        if each not in [*Channel]:
            raise Invalid(f"{each!r:.60} is no channel: {' or '.join(Channel)}, besides the inbox.")
    return found
