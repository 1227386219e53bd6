"""Plays cases act by act, and tells after each act what the history has to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from opsflow.cli.overview import standing_table, trace_table
from opsflow.cli.stage import VOTES, Stage
from opsflow.cli.story import Act, Case
from opsflow.cli.tables import notices_table, say
from opsflow.cli.telling import Names, tell
from opsflow.errors import NotFound, OpsflowError, Refused

if TYPE_CHECKING:
    from opsflow.history import Entry

LATEST = 6
"""Notices of an inbox that the summing-up shows."""


class Narrator:
    """Tells what happens on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._names = Names(stage.flow)
        self._told = 0

    def play(self, case: Case) -> None:
        """Play one case, and close with who did what in it."""
        self._told = 0
        say(Rule(Text(f"{case.number}: {case.data.get('item', '')}", "bold"), align="left"))
        if self._stage.flow.instances.find(business_key=case.number, limit=1):
            say("It was played in this database before: opsflow demo --fresh begins anew.")
            return
        say(Text(case.note, "italic"))
        for act in case.acts:
            self._act(case, act)
        say(trace_table(self._stage.flow, self._stage.instance_of(case)))

    def sum_up(self, cases: Sequence[Case]) -> bool:
        """Tell how everything stands, and whether the trail verifies."""
        flow = self._stage.flow
        say(Rule(Text("In the end", "bold"), align="left"))
        say(standing_table(flow, [self._stage.instance_of(case) for case in cases]))
        first = cases[0].acts[0].person
        say(notices_table(flow.notifications.inbox(first, limit=LATEST)))
        result = flow.history.verify()
        verdict = "every chain is whole" if result.holds else f"{len(result.breaks)} breaks"
        say(f"The trail: {result.events} events in {result.streams} chains, {verdict}.")
        return result.holds

    def _act(self, case: Case, act: Act) -> None:
        say(Text(f"{act.at:%d %b %H:%M}  {_wording(act)}", "dim"))
        if self._stage.move_to(act):
            self._tell_new(case)
        try:
            self._stage.play(case, act)
        except OpsflowError as error:
            self._tell_error(case, error)
        else:
            self._tell_new(case)
            self._tell_waiting(act)

    def _tell_error(self, case: Case, error: OpsflowError) -> None:
        """A refusal is in the history; what else went wrong, only the error says."""
        refused = self._tell_new(case) and isinstance(error, Refused)
        if not refused:
            _indented(Text(f"✗ {error}", "red"))
        elif isinstance(error, Refused) and error.could:
            could = ", ".join(self._names.person(person) for person in error.could)
            _indented(Text(f"  could: {could}", "red"))

    def _tell_new(self, case: Case) -> int:
        """Tell what the history of the case has gained since the last time, and how much."""
        told = [tell(entry, self._names) for entry in self._new_entries(case)]
        for sentence in told:
            if sentence is not None:
                _indented(Text("· ").append_text(sentence))
        return len(told)

    def _tell_waiting(self, act: Act) -> None:
        """Of a gate that a vote has not decided, who is asked next."""
        if act.verb not in VOTES:
            return
        for status in self._stage.flow.approvals.gates(self._stage.task(act).id):
            if status.gate.gate_id == act.item and status.gate.state == "open":
                roles = ", ".join(self._names.role(role) for role in status.waiting_roles)
                _indented(Text(f"  gate {act.item} still waits for {roles}", "magenta"))

    def _new_entries(self, case: Case) -> list[Entry]:
        flow = self._stage.flow
        try:
            instance = self._stage.instance_of(case)
        except NotFound:
            return []
        entries = flow.history.of_stream(f"instance:{instance}", after=self._told)
        self._told += len(entries)
        return entries


def _indented(text: Text) -> None:
    say(Padding(text, (0, 0, 0, 4), expand=False))


def _wording(act: Act) -> str:
    place = "/".join(part for part in (act.task, act.item) if part)
    return " ".join(part for part in (act.person, act.verb.replace("_", " "), place) if part)
