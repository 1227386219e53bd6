"""Operating instances: the right of those who own their process."""

from __future__ import annotations

from datetime import timedelta

from opsflow.access import Permission
from opsflow.api.calling import Call
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.instances import (
    CaughtOut,
    DeliveredOut,
    InstanceOut,
    MessageIn,
    NoteIn,
    SignalIn,
    VariablesIn,
    WhyIn,
)
from opsflow.errors import Refused

TAGS = ["operations"]
OPERATE = Permission.INSTANCES_OPERATE


def add(routes: Routes) -> None:
    """Register the routes."""
    _life(routes)
    _events(routes)


def require_owner(call: Call, instance_id: str, verb: str) -> None:
    """Raise Refused for who does not own the process of an instance, NotFound without one."""
    require_owner_of(call, call.flow.instances.get(instance_id).process_key, verb)


def require_owner_of(call: Call, key: str, verb: str) -> None:
    """Raise Refused for who does not own a process, NotFound where there is none."""
    owners = [owner.person for owner in call.flow.definitions.owners(key)]
    if not owners:
        call.flow.definitions.release(key)
    if call.person not in owners:
        raise Refused(
            f"the process {key!r} belongs to others",
            rule="process.owner",
            person=call.person,
            verb=verb,
            could=owners,
        )


def _life(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.post("/instances/{instance_id}/suspend", permission=OPERATE, tags=TAGS)
    def suspend_instance(instance_id: str, body: WhyIn, call: Caller) -> InstanceOut:
        """Stop all work on an instance until it is resumed."""
        require_owner(call, instance_id, "suspend")
        return call.once(
            lambda: InstanceOut.of(
                instances.suspend(instance_id, by=call.person, reason=body.reason)
            )
        )

    @routes.post("/instances/{instance_id}/resume", permission=OPERATE, tags=TAGS)
    def resume_instance(instance_id: str, body: NoteIn, call: Caller) -> InstanceOut:
        """Let work on an instance go on."""
        require_owner(call, instance_id, "resume")
        return call.once(
            lambda: InstanceOut.of(
                instances.resume(instance_id, by=call.person, reason=body.reason)
            )
        )

    @routes.post("/instances/{instance_id}/cancel", permission=OPERATE, tags=TAGS)
    def cancel_instance(instance_id: str, body: WhyIn, call: Caller) -> InstanceOut:
        """End an instance now; everything open in it is cancelled."""
        require_owner(call, instance_id, "cancel")
        return call.once(
            lambda: InstanceOut.of(
                instances.cancel(instance_id, by=call.person, reason=body.reason)
            )
        )

    @routes.post("/instances/{instance_id}/variables", permission=OPERATE, tags=TAGS)
    def set_variables(instance_id: str, body: VariablesIn, call: Caller) -> InstanceOut:
        """Correct variables by hand; approvals of what changed are void."""
        require_owner(call, instance_id, "set variables")

        def change() -> InstanceOut:
            instances.set_variables(
                instance_id, body.variables, by=call.person, step_id=body.step_id
            )
            return InstanceOut.of(instances.get(instance_id))

        return call.once(change)


def _events(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.post("/messages", permission=OPERATE, tags=TAGS)
    def send_message(body: MessageIn, call: Caller) -> DeliveredOut:
        """Hand a message to the one step that waits for it, or start a process on it."""
        keep = None if body.keep_seconds is None else timedelta(seconds=body.keep_seconds)
        return call.once(
            lambda: DeliveredOut.of(
                instances.message(
                    body.name,
                    by=call.person,
                    variables=body.variables,
                    correlation=body.correlation,
                    instance_id=body.instance_id,
                    keep=keep,
                )
            )
        )

    @routes.post("/signals", permission=OPERATE, tags=TAGS)
    def send_signal(body: SignalIn, call: Caller) -> CaughtOut:
        """Broadcast a signal."""
        return call.once(
            lambda: CaughtOut(
                caught=instances.signal(body.name, by=call.person, variables=body.variables)
            )
        )
