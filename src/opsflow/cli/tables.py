"""What the commands print: lines, and tables with rich."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from opsflow.findings import Finding, Severity

if TYPE_CHECKING:
    from opsflow.approvals import GateStatus
    from opsflow.instances import Instance
    from opsflow.notifications import Notice
    from opsflow.sop import StepStatus
    from opsflow.tasks import Task

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "cyan"}
_PIPE_WIDTH = 160
"""Columns to write to a file or a pipe, where there is no terminal to measure."""


def console() -> Console:
    """Writes to the standard output of this moment."""
    found = Console(highlight=False, emoji=False)
    return found if found.is_terminal else Console(highlight=False, emoji=False, width=_PIPE_WIDTH)


def say(what: RenderableType) -> None:
    """Print a line or a table. Text is printed as it is, without markup."""
    if isinstance(what, str):
        console().print(Text(what), soft_wrap=True)
    else:
        console().print(what)


def say_error(text: str) -> None:
    """Print one line to standard error."""
    line = " ".join(text.split())
    Console(stderr=True, highlight=False).print(Text(f"opsflow: {line}", "red"), soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table whose cells are texts without markup; None is an empty cell."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        # An id that is broken over two lines cannot be copied.
        made.add_column(column, overflow="fold", no_wrap=column in ("id", "instance"))
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else shown(cell) for cell in row))
    return made


def shown(value: object) -> Text:
    """A value as a cell shows it: moments to the minute, in the machine's time zone."""
    if value is None:
        return Text("")
    if isinstance(value, datetime):
        return Text(value.astimezone().strftime("%Y-%m-%d %H:%M"))
    return Text(str(value))


def findings_table(findings: Iterable[Finding]) -> Table:
    """What a check found, errors first."""
    order = list(Severity)
    rows = [
        (
            Text(finding.severity, _COLOURS[finding.severity]),
            finding.rule,
            _place(finding),
            finding.message,
            finding.hint,
        )
        for finding in sorted(
            findings, key=lambda f: (order.index(f.severity), f.file or "", f.line)
        )
    ]
    return table("Findings", ("severity", "rule", "where", "what", "how to mend it"), rows)


def _place(finding: Finding) -> str:
    line = f"line {finding.line}" if finding.line else None
    return ", ".join(part for part in (finding.file, finding.element, line) if part)


def instances_table(instances: Iterable[Instance]) -> Table:
    """Instances, one a row."""
    rows = [
        (
            each.id,
            each.business_key,
            f"{each.process_key} {each.version}",
            "suspended" if each.is_suspended else each.status,
            each.started_by,
            each.started_at,
            each.ended_at,
        )
        for each in instances
    ]
    columns = ("id", "business key", "process", "status", "started by", "started", "ended")
    return table("Instances", columns, rows)


def tasks_table(tasks: Iterable[tuple[Task, str]]) -> Table:
    """Tasks with the business key (or id) of the instance of each."""
    rows = [
        (
            f"{instance}/{task.node_id}",
            task.name,
            "suspended" if task.suspended else task.state.replace("_", " "),
            task.assignee,
            task.due_at,
            task.priority,
            task.id,
        )
        for task, instance in tasks
    ]
    return table("Tasks", ("task", "name", "state", "assignee", "due", "priority", "id"), rows)


def steps_table(steps: Iterable[StepStatus]) -> Table:
    """The procedure of a task, step by step."""
    rows = [
        (
            status.step.id,
            status.step.kind,
            status.step.text + ("" if status.step.required else " (optional)"),
            _limits(status),
            status.state,
            status.record.value if status.record else None,
            status.record.person if status.record else None,
            f"{status.deviation.state}: {status.deviation.detail}" if status.deviation else None,
        )
        for status in steps
    ]
    columns = ("step", "kind", "what", "limits", "state", "value", "by", "deviation")
    return table("Procedure", columns, rows)


def _limits(status: StepStatus) -> str:
    low, high = status.limits.minimum, status.limits.maximum
    parts = (f"≥ {low:f}" if low is not None else "", f"≤ {high:f}" if high is not None else "")
    return " ".join(filter(None, (*parts, status.step.unit)))


def gates_table(gates: Iterable[GateStatus]) -> Table:
    """The gates of a task, and who has to vote."""
    rows = [
        (
            view.gate.gate_id,
            view.gate.at,
            view.gate.rule,
            view.gate.state,
            ", ".join(view.waiting_roles),
            "; ".join(f"{vote.person}: {vote.choice}" for vote in view.votes if vote.is_live),
        )
        for view in gates
    ]
    return table("Gates", ("gate", "at", "rule", "state", "waits for", "votes"), rows)


def notices_table(notices: Iterable[Notice]) -> Table:
    """The inbox of a person, newest first."""
    rows = [
        (notice.at, notice.kind, notice.text, "" if notice.read_at else "new", notice.id)
        for notice in notices
    ]
    return table("Inbox", ("at", "kind", "text", "", "id"), rows)
