"""Delivery of messages, signals and due timers to the instances and processes that wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from opsflow.db import Database, Unit, new_id, require_key
from opsflow.engine import Execution, decode, encode
from opsflow.errors import Invalid, MessageNotCaught, OpsflowError
from opsflow.events import SYSTEM, Actor
from opsflow.instances import events, store
from opsflow.instances.models import EarlyMessage, Instance, StartEvent
from opsflow.instances.moves import Moves


@dataclass(frozen=True, slots=True)
class Delivered:
    """Who took a message: an instance that waited for it, or one that it started.

    ``instance_id`` is None for a message that is kept until somebody waits for it.
    """

    instance_id: str | None
    started: bool


Starter = Callable[[StartEvent, Mapping[str, object], Actor], Instance]
"""Starts a process at one of its start events with variables."""


class Delivery:
    """Takes events to those who wait for them."""

    def __init__(self, database: Database, moves: Moves, start: Starter) -> None:
        self._database = database
        self._moves = moves
        self._start = start

    def message(
        self,
        name: str,
        variables: Mapping[str, object],
        *,
        correlation: str | None,
        instance_id: str | None,
        keep: timedelta | None,
        actor: Actor,
    ) -> Delivered:
        """Hand a message to exactly one receiver: who waits longest, else a start event.

        Where there is none, it is kept for the time ``keep``. Raises MessageNotCaught.
        """
        with self._database.unit() as unit:
            for waiting in store.waiting_for(
                unit.session, "message", name, instance_id=instance_id
            ):
                fits = waiting.correlation is None or waiting.correlation == correlation
                if fits and self._take(
                    unit, waiting.instance_id, waiting.step_id, name, variables, actor
                ):
                    return Delivered(waiting.instance_id, started=False)
            if instance_id is None:
                for start in store.start_events_for(unit.session, "message", name):
                    instance = self._start(start, variables, actor)
                    return Delivered(instance.id, started=True)
            if keep is None or instance_id is not None:
                raise MessageNotCaught(name)
            early = EarlyMessage(
                id=new_id(unit.now),
                name=require_key("The name of a message", name),
                correlation=correlation,
                variables=encode(dict(variables)),
                sent_by=require_key("The id of the sender", actor.person),
                sent_at=unit.now,
                expires_at=_later(unit.now, keep),
            )
            unit.session.add(early)
            return Delivered(None, started=False)

    def early(self, found: events.EarlyMessageFound) -> None:
        """A step waits now for a message that came early: it takes it, if both are there yet."""
        with self._database.unit() as unit:
            message = unit.session.get(EarlyMessage, found.message_id, with_for_update=True)
            if message is None:
                return
            variables = decode(message.variables)
            actor = Actor(message.sent_by)
            assert isinstance(variables, dict)
            if self._take(unit, found.instance_id, found.step_id, found.name, variables, actor):
                unit.session.delete(message)

    def _take(
        self,
        unit: Unit,
        instance_id: str,
        step: str,
        name: str,
        variables: Mapping[str, object],
        actor: Actor,
    ) -> bool:
        """False where the step took another event before the instance could be locked."""
        instance = self._moves.lock(unit, instance_id)
        if not instance.is_running or instance.is_suspended:
            return False
        with self._moves.move(unit, instance.id, "receive a message", actor) as (_, execution):
            if not any(s.step == step and s.name == name for s in execution.subscriptions()):
                return False
            unit.announce(
                events.MessageReceived(
                    actor=actor, instance_id=instance.id, name=name, step_id=step
                )
            )
            execution.message(step, variables, now=unit.now)
        return True

    def signal(
        self,
        name: str,
        variables: Mapping[str, object],
        *,
        actor: Actor,
        besides: str | None = None,
    ) -> int:
        """Broadcast a signal to every catcher and start event; give how many took it.

        ``besides`` names an instance that has taken it already.
        """
        with self._database.unit() as unit:
            waiting = store.waiting_for(unit.session, "signal", name)
            count = 0
            for instance_id in sorted({item.instance_id for item in waiting} - {besides}):
                instance = self._moves.lock(unit, instance_id)
                if instance.is_running and not instance.is_suspended:
                    with self._moves.move(unit, instance_id, "receive a signal", actor) as (_, run):
                        count += run.signal(name, variables, now=unit.now)
            for start in store.start_events_for(unit.session, "signal", name):
                self._start(start, variables, actor)
                count += 1
            return count

    def due(self, limit: int) -> int:
        """Fire every timer that is due, each instance in a transaction of its own.

        Where some cannot be fired, the first one raises once the others have been.
        """
        count, errors = 0, list[OpsflowError]()
        for instance_id in self.instances_due(limit):
            try:
                count += self.fire(instance_id)
            except OpsflowError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return count

    def instances_due(self, limit: int) -> list[str]:
        """The instances with a due timer; what nobody waited for in time is dropped first."""
        # Who only looks keeps no writer waiting: workers do this again and again.
        with self._database.reading() as unit:
            is_left = store.has_expired_messages(unit.session, unit.now)
            due = store.instances_due(unit.session, unit.now, limit)
        if is_left:
            with self._database.unit() as unit:
                store.drop_expired_messages(unit.session, unit.now)
        return due

    def fire(self, instance_id: str) -> int:
        """Fire the timers of one instance that are due still, and give how many."""
        with self._database.unit() as unit:
            instance = self._moves.lock(unit, instance_id)
            if not instance.is_running or instance.is_suspended:
                return 0
            with self._moves.move(unit, instance_id, "fire a timer", SYSTEM) as (_, execution):
                self._observe(unit, instance, execution)
                return execution.fire_due(unit.now)

    def _observe(self, unit: Unit, instance: Instance, execution: Execution) -> None:
        """Tell how late the earliest timer is."""
        moments = [item.due_at for item in execution.subscriptions() if item.due_at is not None]
        if moments and min(moments) <= unit.now:
            told = self._database.observer.timer_fired
            unit.after_commit(partial(told, instance.process_key, unit.now - min(moments)))


def _later(now: datetime, keep: timedelta) -> datetime:
    if keep <= timedelta():
        raise Invalid("A message is kept for a time, not for none: leave keep out.")
    try:
        return now + keep
    except OverflowError as error:
        raise Invalid(f"A message cannot be kept for {keep}: give a shorter time.") from error
