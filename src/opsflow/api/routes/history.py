"""The history: what happened, and whether nobody changed it."""

from __future__ import annotations

from pydantic import AwareDatetime

from opsflow.access import Permission
from opsflow.api.paging import Paging
from opsflow.api.routing import Routes
from opsflow.api.schemas.history import EntryOut, VerificationOut
from opsflow.api.schemas.pages import Page

TAGS = ["history"]
READ = Permission.HISTORY_READ


def add(routes: Routes) -> None:
    """Register the routes."""
    flow = routes.flow

    @routes.get("/history", permission=READ, tags=TAGS)
    def find_history(
        *,
        paging: Paging,
        stream: str | None = None,
        type: str | None = None,
        person: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
    ) -> Page[EntryOut]:
        """The events that meet every condition, oldest first; `until` is not included.

        A search by `type` alone reads all that was written in the time: give it bounds.
        """
        found = flow.history.find(
            stream=stream,
            type=type,
            person=person,
            since=since,
            until=until,
            after=paging.after,
            limit=paging.limit,
        )
        return paging.page(found, EntryOut.of)

    @routes.get("/instances/{instance_id}/history", permission=READ, tags=TAGS)
    def list_instance_history(
        *,
        instance_id: str,
        paging: Paging,
        type: str | None = None,
        person: str | None = None,
    ) -> Page[EntryOut]:
        """Everything that happened in one instance, oldest first."""
        flow.instances.get(instance_id)
        found = flow.history.find(
            instance=instance_id,
            type=type,
            person=person,
            after=paging.after,
            limit=paging.limit,
        )
        return paging.page(found, EntryOut.of)

    @routes.get("/history/verification", permission=Permission.HISTORY_VERIFY, tags=TAGS)
    def verify_history() -> VerificationOut:
        """Compute every chain again: each event that was edited, removed or added is named."""
        return VerificationOut.of(flow.history.verify())
