"""Gates: what waits for one's vote, and voting."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.approvals import GateOut, VoteIn
from opsflow.api.schemas.base import Listed
from opsflow.approvals import GateStatus
from opsflow.errors import NotFound

TAGS = ["approvals"]
WORK = Permission.TASKS_WORK
READ = (Permission.TASKS_WORK, Permission.TASKS_READ)


def add(routes: Routes) -> None:
    """Register the routes."""
    approvals = routes.flow.approvals

    def readable(call: Caller, gate_id: str) -> GateStatus:
        """The gate, where the caller may read its task; else as if there were none."""
        status = approvals.get(gate_id)
        try:
            call.require_reading(status.gate.task_id)
        except NotFound as error:
            raise NotFound("gate", gate_id) from error
        return status

    @routes.get("/gates", permission=WORK, tags=TAGS)
    def list_gates(call: Caller) -> Listed[GateOut]:
        """The open gates at which the caller may vote now, the longest open first."""
        return Listed(items=[GateOut.of(each) for each in approvals.to_vote(call.person)])

    @routes.get("/tasks/{task_id}/gates", permission=READ, tags=TAGS)
    def list_task_gates(task_id: str, call: Caller) -> Listed[GateOut]:
        """The gates of a task that were reached, entry before exit."""
        call.require_reading(task_id)
        return Listed(items=[GateOut.of(each) for each in approvals.gates(task_id)])

    @routes.get("/gates/{gate_id}", permission=READ, tags=TAGS)
    def get_gate(gate_id: str, call: Caller) -> GateOut:
        """One gate, with its seats and all votes."""
        return GateOut.of(readable(call, gate_id))

    @routes.post("/gates/{gate_id}/votes", permission=WORK, tags=TAGS)
    def vote(gate_id: str, body: VoteIn, call: Caller) -> GateOut:
        """Approve, reject (with a reason) or abstain, on what the gate decides about now."""
        readable(call, gate_id)
        return call.once(
            lambda: GateOut.of(
                approvals.vote(
                    gate_id,
                    by=call.person,
                    choice=body.choice,
                    reason=body.reason,
                    role=body.role,
                    seen=body.seen,
                )
            )
        )
