"""The caller's inbox."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.paging import Paging
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.notices import MarkedOut, NoticeOut
from opsflow.api.schemas.pages import Page
from opsflow.errors import NotFound, Refused

TAGS = ["inbox"]
WORK = Permission.TASKS_WORK


def add(routes: Routes) -> None:
    """Register the routes."""
    notifications = routes.flow.notifications

    @routes.get("/notices", permission=WORK, tags=TAGS)
    def list_notices(*, call: Caller, paging: Paging, unread: bool = False) -> Page[NoticeOut]:
        """What the caller was told, newest first."""
        found = notifications.inbox(
            call.person, unread_only=unread, limit=paging.limit, before=paging.after
        )
        return paging.page(found, NoticeOut.of)

    @routes.post("/notices/read", permission=WORK, tags=TAGS)
    def mark_all_read(call: Caller) -> MarkedOut:
        """The caller has read everything."""
        return call.once(lambda: MarkedOut(marked=notifications.mark_all_read(by=call.person)))

    @routes.post("/notices/{notice_id}/read", permission=WORK, tags=TAGS)
    def mark_read(notice_id: str, call: Caller) -> NoticeOut:
        """The caller has read a notice; somebody else's does not exist for them."""
        try:
            return call.once(
                lambda: NoticeOut.of(notifications.mark_read(notice_id, by=call.person))
            )
        except Refused as error:
            raise NotFound("notice", notice_id) from error
