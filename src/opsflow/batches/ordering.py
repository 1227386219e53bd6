"""Order a batch: what it is about is found out and written down at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from opsflow.batches import store
from opsflow.batches.events import BatchStarted
from opsflow.batches.models import Batch, BatchState, Portion
from opsflow.batches.progress import Progress, progress_of
from opsflow.batches.selection import Selection
from opsflow.batches.verbs import On, Verb
from opsflow.batches.working import Working
from opsflow.db import Database, Unit, new_id, require_key
from opsflow.definitions import Definitions
from opsflow.engine import encode
from opsflow.errors import Invalid, NotFound, VariablesInvalid
from opsflow.events import Actor
from opsflow.instances import Instances, require_reason
from opsflow.jobs import Jobs

AT_ONCE = 500
"""Ids or rows that one statement takes."""
SAMPLE = 10
"""Ids that a preview shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one instance is started with."""

    variables: Mapping[str, object] = field(default_factory=dict)
    business_key: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch would be about; ``sample`` are the first ids, or business keys of rows."""

    total: int
    portions: list[Portion]
    sample: list[str]


class Ordering(Working):
    """Makes batches, and tells what they would be."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        jobs: Jobs,
        verbs: Mapping[str, Verb],
    ) -> None:
        super().__init__(database, instances, jobs, verbs)
        self._definitions = definitions

    def order(
        self,
        verb: str,
        where: Selection | None = None,
        *,
        ids: Iterable[str] | None = None,
        by: str,
        reason: str = "",
        parameters: Mapping[str, object] | None = None,
    ) -> Progress:
        """Have a verb done to everything that a selection finds now, or to these ids.

        The ids are of instances; of incidents for ``retry``. Raises Invalid for a verb that
        there is not or that lacks something, or where nothing was found; NotFound for an id
        that nothing has.
        """
        chosen = self._verb(verb, where, ids)
        told = _told(chosen, verb, parameters or {})
        said = _reason(chosen, verb, reason)
        with self._database.unit() as unit:
            batch = self._made(unit, verb, told, said, by)
            if where is not None:
                conditions = store.conditions_of(chosen, where)
                store.add_matching(unit.connection, batch.id, chosen.on, conditions)
            else:
                _add_named(unit, batch.id, chosen.on, ids or ())
            found = store.releases_of(unit.session, batch.id)
            return self._begun(unit, batch, found, {} if where is None else where.conditions)

    def start(
        self,
        process: str,
        rows: Iterable[Row],
        *,
        by: str,
        version: int | None = None,
        reason: str = "",
    ) -> Progress:
        """Start a process once for each row; all of them at the version published now.

        Raises NotFound, WrongState where none is published, VariablesInvalid, and Invalid for
        no rows. Nothing is ordered then.
        """
        said = _reason(self._verbs["start"], "start", reason)
        with self._database.unit() as unit:
            release = self._definitions.startable(process, version)
            told = encode({"process": process, "version": release.version})
            batch = self._made(unit, "start", told, said, by)
            total = 0
            for inputs in _pages(_written(rows)):
                store.add_rows(unit.connection, batch.id, inputs, behind=total)
                total += len(inputs)
            found = [(process, release.version, total)]
            return self._begun(unit, batch, found, {"process": process})

    def preview(
        self,
        verb: str,
        where: Selection | None = None,
        *,
        ids: Iterable[str] | None = None,
        parameters: Mapping[str, object] | None = None,
    ) -> Preview:
        """What ``order`` would be about, with nothing ordered. Raises what it raises."""
        chosen = self._verb(verb, where, ids)
        _told(chosen, verb, parameters or {})
        with self._database.reading() as unit:
            if where is not None:
                conditions = store.conditions_of(chosen, where)
                found = store.by_release(unit.session, chosen.on, conditions)
                first = store.sample(unit.session, chosen.on, conditions, SAMPLE)
                return _preview(found, first)
            wanted = list(dict.fromkeys(ids or ()))
            counted: Counter[tuple[str, int]] = Counter()
            for page in _pages(wanted):
                _require_known(unit, chosen.on, page)
                of_page = store.by_release(unit.session, chosen.on, store.named(chosen.on, page))
                counted.update({(key, version): count for key, version, count in of_page})
        return _preview([(*key, count) for key, count in sorted(counted.items())], wanted[:SAMPLE])

    def preview_start(
        self, process: str, rows: Iterable[Row], *, version: int | None = None
    ) -> Preview:
        """What ``start`` would do, with nothing ordered. Raises what it raises."""
        release = self._definitions.startable(process, version)
        total, first = 0, list[str]()
        for row in rows:
            _input(row, total + 1)
            total += 1
            if len(first) < SAMPLE:
                first.append(row.business_key or f"row {total}")
        return Preview(total, [Portion(process, release.version, total)], first)

    def _verb(self, verb: str, where: Selection | None, ids: Iterable[str] | None) -> Verb:
        chosen = self._verbs.get(verb)
        if chosen is None:
            raise Invalid(f"A batch can {', '.join(sorted(self._verbs))}, but not {verb!r}.")
        if chosen.on is On.ROWS:
            raise Invalid(f"To {verb}, a batch needs a process and rows.")
        if (where is None) == (ids is None):
            raise Invalid(f"Say which {chosen.on} by a selection or by their ids, one of both.")
        return chosen

    def _made(self, unit: Unit, verb: str, parameters: str, reason: str, by: str) -> Batch:
        """A batch whose items are still to be found and counted."""
        batch = Batch(
            id=new_id(unit.now),
            verb=verb,
            parameters=parameters,
            reason=reason,
            created_by=require_key("The id of who orders it", by),
            created_at=unit.now,
            state=BatchState.RUNNING,
            run=1,
            total=1,
            releases="[]",
            worked=0.0,
            running_since=unit.now,
        )
        unit.session.add(batch)
        unit.session.flush()
        return batch

    def _begun(
        self,
        unit: Unit,
        batch: Batch,
        found: Sequence[tuple[str, int, int]],
        selection: Mapping[str, object],
    ) -> Progress:
        batch.total = sum(count for *_, count in found)
        if not batch.total:
            raise Invalid("There is nothing to do: nothing was found, and no batch was made.")
        batch.releases = json.dumps(found)
        self._send_lanes(batch)
        unit.announce(
            BatchStarted(
                actor=Actor(batch.created_by),
                batch_id=batch.id,
                verb=batch.verb,
                total=batch.total,
                reason=batch.reason,
                selection=selection,
            )
        )
        return progress_of(batch, batch.total, 0, unit.now)


def _told(verb: Verb, name: str, parameters: Mapping[str, Any]) -> str:
    """The parameters as they are kept. Raises Invalid."""
    missing = [each for each in verb.needs if each not in parameters]
    odd = sorted(set(parameters) - {*verb.needs, *verb.takes})
    if missing or odd:
        takes = ", ".join((*verb.needs, *verb.takes)) or "none"
        wrong = f"{missing[0]!r} is missing" if missing else f"{odd[0]!r} is none"
        raise Invalid(f"The parameters to {name} are: {takes}; {wrong}.")
    verb.check(parameters)
    return encode(dict(parameters))


def _reason(verb: Verb, name: str, reason: str) -> str:
    if verb.needs_reason or reason.strip():
        return require_reason(f"A batch to {name}", reason)
    return ""


def _add_named(unit: Unit, batch_id: str, on: On, ids: Iterable[str]) -> None:
    behind = 0
    for page in _pages(dict.fromkeys(ids)):
        _require_known(unit, on, page)
        store.add_matching(unit.connection, batch_id, on, store.named(on, page), behind=behind)
        behind += len(page)


def _require_known(unit: Unit, on: On, ids: Sequence[str]) -> None:
    known = store.known(unit.session, on, ids)
    for each in ids:
        if each not in known:
            raise NotFound("incident" if on is On.INCIDENTS else "instance", each)


def _written(rows: Iterable[Row]) -> Iterator[str]:
    for number, row in enumerate(rows, 1):
        yield _input(row, number)


def _input(row: Row, number: int) -> str:
    """A row as it is kept. Raises VariablesInvalid, and Invalid for its business key."""
    if row.business_key is not None:
        require_key(f"The business key of row {number}", row.business_key)
    try:
        return encode({"variables": dict(row.variables), "business_key": row.business_key})
    except VariablesInvalid as error:
        raise VariablesInvalid(f"Row {number}: {error}") from error


def _pages(things: Iterable[str]) -> Iterator[list[str]]:
    each = iter(things)
    while page := list(islice(each, AT_ONCE)):
        yield page


def _preview(found: Sequence[tuple[str, int, int]], first: list[str]) -> Preview:
    portions = [Portion(*each) for each in found]
    return Preview(sum(portion.count for portion in portions), portions, first)
