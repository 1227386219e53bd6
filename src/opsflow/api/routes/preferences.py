"""How the caller wants to be told: everybody's own choice, and nobody else's."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import DoneOut
from opsflow.api.schemas.notices import PreferenceIn, PreferenceOut

TAGS = ["inbox"]
WORK = Permission.TASKS_WORK


def add(routes: Routes) -> None:
    """Register the routes."""
    notifications = routes.flow.notifications

    @routes.get("/preferences", permission=WORK, tags=TAGS)
    def list_preferences(call: Caller) -> Listed[PreferenceOut]:
        """What the caller has chosen, by kind of notices."""
        found = notifications.preferences(call.person)
        return Listed(items=[PreferenceOut.of(each) for each in found])

    @routes.put("/preferences/{kind}", permission=WORK, tags=TAGS)
    def set_preference(kind: str, body: PreferenceIn, call: Caller) -> PreferenceOut:
        """Be told of notices of this kind by mail or chat besides the inbox.

        The kind `all` counts for those that have no choice of their own.
        """
        return call.once(
            lambda: PreferenceOut.of(
                notifications.prefer(call.person, body.channels, kind=kind, chat_url=body.chat_url)
            )
        )

    @routes.delete("/preferences/{kind}", permission=WORK, tags=TAGS)
    def forget_preference(kind: str, call: Caller) -> DoneOut:
        """Take a choice back."""

        def forget() -> DoneOut:
            notifications.forget(kind, by=call.person)
            return DoneOut()

        return call.once(forget)
