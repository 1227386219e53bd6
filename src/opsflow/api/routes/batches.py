"""Batches: ordered and steered by those who own every process concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from opsflow.access import Permission
from opsflow.api.calling import Call
from opsflow.api.paging import Paging
from opsflow.api.permitting import Caller
from opsflow.api.problems import CursorInvalid
from opsflow.api.routes.operations import OPERATE, require_owner_of
from opsflow.api.routing import Routes
from opsflow.api.schemas.batches import BatchIn, BatchItemOut, BatchOut, PreviewOut
from opsflow.api.schemas.pages import Page
from opsflow.batches import Portion, Preview, Progress
from opsflow.errors import Invalid

TAGS = ["batches"]
READ = Permission.INSTANCES_READ
_DIGITS = 10
"""Of the number of an item, that no batch reaches."""


def add(routes: Routes) -> None:
    """Register the routes."""
    _order(routes)
    _look(routes)
    _steer(routes)


def _order(routes: Routes) -> None:
    @routes.post("/batches", permission=OPERATE, tags=TAGS, status_code=201)
    def order_batch(body: BatchIn, call: Caller) -> BatchOut:
        """Do a verb to many instances in the background. Poll the batch for its progress.

        Nothing is ordered where one of them is of a process that the caller does not own.
        """
        return call.once(lambda: BatchOut.of(_ordered(call, body)), status=201)

    @routes.post("/batches/preview", permission=OPERATE, tags=TAGS)
    def preview_batch(body: BatchIn, call: Caller) -> PreviewOut:
        """What a batch would be about, with nothing ordered."""
        return call.once(lambda: PreviewOut.of(_previewed(call, body)))


def _look(routes: Routes) -> None:
    batches = routes.flow.batches

    @routes.get("/batches", permission=READ, tags=TAGS)
    def list_batches(
        *,
        paging: Paging,
        state: Literal["running", "paused", "done", "cancelled"] | None = None,
        verb: str | None = None,
        by: str | None = None,
    ) -> Page[BatchOut]:
        """Batches, the newest first."""
        found = batches.find(state=state, verb=verb, by=by, after=paging.after, limit=paging.limit)
        return paging.page(found, BatchOut.of)

    @routes.get("/batches/{batch_id}", permission=READ, tags=TAGS)
    def get_batch(batch_id: str) -> BatchOut:
        """A batch, and how far it is."""
        return BatchOut.of(batches.get(batch_id))

    @routes.get("/batches/{batch_id}/items", permission=READ, tags=TAGS)
    def list_batch_items(
        *,
        batch_id: str,
        paging: Paging,
        state: Literal["waiting", "done", "failed", "cancelled"] | None = None,
    ) -> Page[BatchItemOut]:
        """What became of each item, in their order."""
        after = _position(paging.after)
        found = batches.items(batch_id, state=state, after=after, limit=paging.limit)
        return paging.page_by(found, BatchItemOut.of, lambda item: str(item.position))


def _steer(routes: Routes) -> None:
    batches = routes.flow.batches

    @routes.post("/batches/{batch_id}/pause", permission=OPERATE, tags=TAGS)
    def pause_batch(batch_id: str, call: Caller) -> BatchOut:
        """Begin no item until it is resumed."""
        return _steered(call, batch_id, "pause", batches.pause)

    @routes.post("/batches/{batch_id}/resume", permission=OPERATE, tags=TAGS)
    def resume_batch(batch_id: str, call: Caller) -> BatchOut:
        """Let work on a paused batch go on."""
        return _steered(call, batch_id, "resume", batches.resume)

    @routes.post("/batches/{batch_id}/cancel", permission=OPERATE, tags=TAGS)
    def cancel_batch(batch_id: str, call: Caller) -> BatchOut:
        """Do nothing more of it; what is done stays done."""
        return _steered(call, batch_id, "cancel", batches.cancel)

    @routes.post("/batches/{batch_id}/retry", permission=OPERATE, tags=TAGS)
    def retry_batch(batch_id: str, call: Caller) -> BatchOut:
        """Have the items that failed tried again."""
        return _steered(call, batch_id, "retry", batches.retry)


def _position(after: str | None) -> int:
    """The item that a page begins behind. Raises CursorInvalid for a cursor that was made up."""
    if after is None:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) < _DIGITS):
        raise CursorInvalid("The cursor cannot be read: begin with the first page.")
    return int(after)


def _ordered(call: Call, body: BatchIn) -> Progress:
    """Order it, and undo that where it concerns a process of others."""
    batches = call.flow.batches
    with call.flow.transaction():
        if body.verb == "start":
            process = _to_start(body)
            require_owner_of(call, process, "start a batch of")
            made = batches.start(
                process,
                body.given_rows(),
                by=call.person,
                version=body.version,
                reason=body.reason,
            )
        else:
            _require_no_rows(body)
            made = batches.order(
                body.verb,
                body.where.selection() if body.where else None,
                ids=body.ids,
                by=call.person,
                reason=body.reason,
                parameters=body.parameters,
            )
        _require_owner_of_all(call, made.batch.portions, body.verb)
        return made


def _previewed(call: Call, body: BatchIn) -> Preview:
    batches = call.flow.batches
    if body.verb == "start":
        process = _to_start(body)
        require_owner_of(call, process, "start a batch of")
        return batches.preview_start(process, body.given_rows(), version=body.version)
    _require_no_rows(body)
    found = batches.preview(
        body.verb,
        body.where.selection() if body.where else None,
        ids=body.ids,
        parameters=body.parameters,
    )
    _require_owner_of_all(call, found.portions, body.verb)
    return found


def _steered(call: Call, batch_id: str, verb: str, do: Callable[..., Progress]) -> BatchOut:
    portions = call.flow.batches.get(batch_id).batch.portions
    _require_owner_of_all(call, portions, f"{verb} a batch of")
    return call.once(lambda: BatchOut.of(do(batch_id, by=call.person)))


def _require_owner_of_all(call: Call, portions: Iterable[Portion], verb: str) -> None:
    for key in sorted({portion.process_key for portion in portions}):
        require_owner_of(call, key, verb)


def _to_start(body: BatchIn) -> str:
    """The process to start. Raises Invalid where the request is about something else too."""
    if body.process is None or body.rows is None:
        raise Invalid("To start instances, say 'process' and 'rows' in the request.")
    if body.where is not None or body.ids is not None or body.parameters:
        raise Invalid("To start instances, leave 'where', 'ids' and 'parameters' out.")
    return body.process


def _require_no_rows(body: BatchIn) -> None:
    """Raise Invalid for members that only a start has, so that none is ignored."""
    for name in ("process", "version", "rows"):
        if getattr(body, name) is not None:
            raise Invalid(f"{name!r} is for the verb start: name instances in 'where' or 'ids'.")
