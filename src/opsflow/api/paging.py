"""Which part of a list is wanted, and the page that answers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Protocol, TypeAlias, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from opsflow.api.cursors import after, next_cursor
from opsflow.api.permitting import Caller
from opsflow.api.schemas.pages import Page

PAGE_LIMIT = 200
"""Items that a page may have."""


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Found = TypeVar("Found", bound=_Identified)
Item = TypeVar("Item", bound=BaseModel)
Thing = TypeVar("Thing")


class Window:
    """The part of a list that a request wants. A cursor belongs to one list with its filters."""

    def __init__(
        self,
        call: Caller,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT, description="Items of a page")] = 50,
        cursor: Annotated[
            str | None, Query(max_length=500, description="`next` of the page before")
        ] = None,
    ) -> None:
        self.limit = limit
        request = call.request
        asked = sorted(
            pair
            for pair in request.query_params.multi_items()
            if pair[0] not in ("cursor", "limit")
        )
        self._query = {"path": request.url.path, "person": call.person, "asked": asked}
        self.after = after(cursor, self._query)
        """The id of the item that the page begins behind; None for the first page."""

    def page(self, found: Sequence[Found], out: Callable[[Found], Item]) -> Page[Item]:
        """A page of what was found; a full one may have another one behind it."""
        return self.page_by(found, out, lambda item: item.id)

    def page_by(
        self, found: Sequence[Thing], out: Callable[[Thing], Item], key: Callable[[Thing], str]
    ) -> Page[Item]:
        """A page of things that are ordered by something else than their id."""
        more = len(found) >= self.limit
        return Page(
            items=[out(each) for each in found],
            next=next_cursor(key(found[-1]), self._query) if more else None,
        )


Paging: TypeAlias = Annotated[Window, Depends(Window)]
"""Parameter of a route: the part of the list that is wanted."""
