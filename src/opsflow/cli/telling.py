"""Tells entries of the history as sentences. Whatever is told is read from the entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.engine import Node
    from opsflow.history import Entry


class Names:
    """The names behind the ids, as the database has them."""

    def __init__(self, flow: Opsflow) -> None:
        self._flow = flow
        self._roles = {role.id: role.name for role in flow.people.roles()}
        self._nodes: dict[str, Node] = {}

    def know(self, release_id: str) -> None:
        """Learn what the nodes of a release are called."""
        process = self._flow.definitions.content(release_id).process
        self._nodes |= process.nodes

    def person(self, person_id: str) -> str:
        """What a person is called."""
        found = self._flow.directory.person(person_id)
        return found.name if found else person_id

    def role(self, role_id: str) -> str:
        """What a role is called, in a sentence."""
        return self._roles.get(role_id, role_id).lower()

    def node(self, node_id: str) -> str:
        """What a node is called."""
        found = self._nodes.get(node_id)
        return found.label if found else node_id

    def kind(self, node_id: str) -> str:
        """The BPMN element name of a node."""
        found = self._nodes.get(node_id)
        return found.kind if found else ""

    def holders(self, roles: Iterable[str], entry: Entry) -> str:
        """Who could act in these roles when the entry was written."""
        told = []
        for role in roles:
            people = [
                self.person(holder.person)
                + (f" for {self.person(holder.on_behalf_of)}" if holder.on_behalf_of else "")
                for holder in self._flow.directory.holders(role, entry.at)
            ]
            told.append(f"{self.role(role)} ({', '.join(people) or 'nobody'})")
        return ", ".join(told)


class Fact:
    """One entry of the history, opened."""

    def __init__(self, entry: Entry, names: Names) -> None:
        self.entry = entry
        self.names = names
        self._data: Mapping[str, Any] = json.loads(entry.data)

    def __getitem__(self, name: str) -> Any:
        return self._data.get(name)

    @property
    def who(self) -> str:
        """The actor, with the role acted in and for whom."""
        told = self.names.person(self.entry.person)
        if self.entry.on_behalf_of:
            told += f" on behalf of {self.names.person(self.entry.on_behalf_of)}"
        return told + (f" as {self.names.role(self.entry.role)}" if self.entry.role else "")

    @property
    def node(self) -> str:
        """The name of the node it is about, quoted."""
        return f"“{self.names.node(self['node_id'])}”"

    def holders(self, name: str = "roles") -> str:
        """Who held the roles of a field."""
        return self.names.holders(self[name] or (), self.entry)


def tell(entry: Entry, names: Names) -> Text | None:
    """The sentence for an entry; None for one that makes no sense to people."""
    row = _SENTENCES.get(entry.type)
    if row is None:
        return None
    style, sentence = row
    told = sentence(Fact(entry, names))
    return Text(told, style) if told else None


def _started(fact: Fact) -> str:
    fact.names.know(fact["release_id"])
    return f"{fact['process_key']} version {fact['version']} runs as {fact['business_key']}"


def _offered(fact: Fact) -> str:
    return f"{fact.node} is offered to {fact.holders()}"


def _recorded(fact: Fact) -> str:
    value = fact["value"] or "yes"
    unit = f" {fact['unit']}" if fact["unit"] else ""
    limits = _limits(fact["minimum"], fact["maximum"])
    files = "".join(f", evidence sha256 {sha256[:12]}…" for sha256 in fact["evidence"] or ())
    shown = "file" if fact["kind"] == "file" else f"{value}{unit}"
    return f"step {fact['step_id']} ({fact['kind']}): {shown}{limits}{files}"


def _limits(low: str | None, high: str | None) -> str:
    if low is None and high is None:
        return ""
    if low == high:
        return f" (must be {low})"
    return f" (limits: {low or 'none'} to {high or 'none'})"


def _gate_opened(fact: Fact) -> str:
    tiers = "".join(f", tier {tier}" for tier in fact["tiers"] or ())
    return f"gate {fact['gate_id']} of {fact.node} asks {fact.holders()}{tiers}"


def _decided(fact: Fact) -> str:
    inputs = ", ".join(f"{name} {value}" for name, value in (fact["inputs"] or {}).items())
    rules = [id or str(number) for hit in fact["matched"] or () for number, id in hit["rules"]]
    by = f" by rule {', '.join(rules)}" if rules else ""
    decision = f"{fact['decision_key']} version {fact['version']}"
    return f"decision {decision}, {inputs}: {fact['value']}{by}"


def _nobody_named(fact: Fact) -> str:
    asked = f"gate {fact['gate_id']} asks {fact.holders()} instead"
    return f"decision {fact['decision']} names nobody: {fact['reason']}; {asked}"


def _voted(fact: Fact) -> str:
    reason = f": “{fact['reason']}”" if fact["reason"] else ""
    return f"{fact.who} votes {fact['choice']}{reason} (content {fact['content_hash'][:12]}…)"


def _vote_voided(fact: Fact) -> str:
    voter = fact.names.person(fact["voted_by"])
    return f"the vote of {voter} counts no more: {fact['reason']}"


def _reworked(fact: Fact) -> str:
    back = fact.names.person(fact["assignee"])
    return f"{fact.node} goes back to {back}, round {fact['round']}"


def _reminded(fact: Fact) -> str:
    people = ", ".join(fact.names.person(person) for person in fact["people"])
    return f"{people or 'nobody'} is reminded of {fact.node}"


def _escalated(fact: Fact) -> str:
    late = "overdue" if fact["is_overdue"] else "not done"
    return f"{fact.node} is {late}: {fact.holders()} is told"


def _reassigned(fact: Fact) -> str:
    previous = fact["previous"]
    taken = f" is taken from {fact.names.person(previous)} and" if previous else " is"
    return f"{fact.node}{taken} offered to {fact.holders()}"


def _deviation_raised(fact: Fact) -> str:
    return f"DEVIATION at {fact['step_id']}: {fact['detail']}; reason: {fact['reason']}"


def _deviation_decided(word: str) -> Callable[[Fact], str]:
    return lambda fact: f"{fact.who} {word} the deviation: “{fact['comment']}”"


def _asked(fact: Fact) -> str:
    must = " and the task waits for the answer" if fact["required"] else ""
    return f"asked for advice: {fact.names.holders([fact['role']], fact.entry)}{must}"


def _refused(fact: Fact) -> str:
    verb = f"{fact['verb']} {fact.node}"
    return f"REFUSED: {fact.who} may not {verb}: {fact['reason']} [{fact['rule']}]"


def _reached(fact: Fact) -> str:
    """Of the nodes without a task only these say something that nobody did."""
    if fact["waiting"] is not None:
        return ""
    kind = fact.names.kind(fact["node_id"])
    return {"boundaryEvent": f"event {fact.node}", "endEvent": f"end {fact.node}"}.get(kind, "")


_SENTENCES: Mapping[str, tuple[str, Callable[[Fact], str]]] = {
    "InstanceStarted": ("bold", _started),
    "TaskOffered": ("cyan", _offered),
    "TaskBlocked": ("yellow", lambda fact: f"{fact.node} waits for its entry gate"),
    "TaskClaimed": ("", lambda fact: f"{fact.who} takes {fact.node}"),
    "TaskReleased": ("", lambda fact: f"{fact.who} puts {fact.node} back"),
    "TaskSubmitted": ("", lambda fact: f"{fact.who} submits {fact.node}"),
    "TaskReworked": ("yellow", _reworked),
    "TaskReminded": ("yellow", _reminded),
    "TaskEscalated": ("bold yellow", _escalated),
    "TaskReassigned": ("yellow", _reassigned),
    "TaskCompleted": ("green", lambda fact: f"{fact.node} is done"),
    "TaskCancelled": ("yellow", lambda fact: f"{fact.node} is withdrawn: {fact['reason']}"),
    "TaskRefused": ("bold red", _refused),
    "ProcedureStepRecorded": ("", _recorded),
    "ProcedureStepSkipped": (
        "yellow",
        lambda fact: f"step {fact['step_id']} is skipped: {fact['reason']}",
    ),
    "DeviationRaised": ("bold yellow", _deviation_raised),
    "DeviationAccepted": ("green", _deviation_decided("accepts")),
    "DeviationSentBack": ("yellow", _deviation_decided("sends back")),
    "ConsultationAsked": ("cyan", _asked),
    "ConsultationAnswered": ("", lambda fact: f"{fact.who} answers: “{fact['answer']}”"),
    "DecisionEvaluated": ("", _decided),
    "NobodyNamed": ("bold yellow", _nobody_named),
    "GateOpened": ("magenta", _gate_opened),
    "VoteCast": ("magenta", _voted),
    "VoteVoided": ("yellow", _vote_voided),
    "GateApproved": ("green", lambda fact: f"gate {fact['gate_id']} approves"),
    "GateRejected": ("red", lambda fact: f"gate {fact['gate_id']} rejects: then {fact['then']}"),
    "StepReached": ("bold", _reached),
    "IncidentRaised": ("bold red", lambda fact: f"INCIDENT at {fact.node}: {fact['message']}"),
    "InstanceEnded": ("bold green", lambda fact: f"the instance has ended ({fact['by']})"),
    "InstanceCancelled": ("red", lambda fact: f"cancelled: {fact['reason']}"),
}
"""Style and sentence of each type of event that people want to hear of."""
