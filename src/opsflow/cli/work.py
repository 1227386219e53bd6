"""Commands for people who work on tasks, record procedures, vote and answer."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.references import find_consultation, find_deviation, find_gate, find_task
from opsflow.cli.root import app
from opsflow.cli.running import By
from opsflow.cli.session import opened
from opsflow.cli.tables import gates_table, notices_table, say, steps_table, table, tasks_table
from opsflow.cli.values import read_assignments, read_value
from opsflow.errors import Invalid, NotFound

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.tasks import Task

TaskArgument = Annotated[
    str, typer.Argument(metavar="TASK", help="Its id, or INSTANCE/NODE such as PR-1/request")
]
StepArgument = Annotated[str, typer.Argument(metavar="STEP", help="Id of the procedure step")]

step_commands = typer.Typer(help="The steps of a task's procedure.", no_args_is_help=True)
app.add_typer(step_commands, name="step")


class View(StrEnum):
    """Which tasks of a person."""

    OFFERED = "offered"
    MINE = "mine"
    ALL = "all"


@app.command()
def tasks(
    context: typer.Context,
    person: Annotated[str, typer.Option(help="Id of the person")],
    view: Annotated[
        View, typer.Option(help="offered: may be claimed; mine: claimed; all: both")
    ] = View.ALL,
) -> None:
    """List the tasks of a person."""
    with opened(context) as flow:
        found = flow.tasks.for_person(person, view=view.value)
        say(tasks_table([(task, _called(flow, task)) for task in found]))


def _called(flow: Opsflow, task: Task) -> str:
    instance = flow.instances.get(task.instance_id)
    return instance.business_key or instance.id


@app.command()
def show(context: typer.Context, task: TaskArgument) -> None:
    """Show a task: its procedure, its gates, and what was submitted."""
    with opened(context) as flow:
        found = find_task(flow, task)
        say(tasks_table([(found, _called(flow, found))]))
        steps = flow.sop.steps(found.id)
        if steps:
            say(steps_table(steps))
        gates = flow.approvals.gates(found.id)
        if gates:
            say(gates_table(gates))
        following = flow.deadlines.next_rung(found.id)
    if following is not None and following.due_at is not None:
        to = f" to {following.to_role}" if following.to_role else ""
        said = f"{following.act.replace('_', ' ')}{to}"
        say(f"Next: {said}, {following.due_at.astimezone():%Y-%m-%d %H:%M}.")
    if found.saved:
        say(table("Data", ("name", "value"), found.saved.items()))


@app.command()
def claim(context: typer.Context, task: TaskArgument, by: By) -> None:
    """Take a task that is offered."""
    with opened(context) as flow:
        claimed = flow.tasks.claim(find_task(flow, task).id, by=by)
    say(f"{claimed.name}: claimed by {claimed.assignee}{_acting(claimed)}.")


def _acting(task: Task) -> str:
    role = f" as {task.assignee_role}" if task.assignee_role else ""
    return role + (f" on behalf of {task.on_behalf_of}" if task.on_behalf_of else "")


@app.command()
def release(context: typer.Context, task: TaskArgument, by: By) -> None:
    """Put a claimed task back, so that somebody else can take it."""
    with opened(context) as flow:
        released = flow.tasks.release(find_task(flow, task).id, by=by)
    say(f"{released.name}: offered again.")


@app.command()
def complete(
    context: typer.Context,
    task: TaskArgument,
    by: By,
    data: Annotated[
        list[str] | None, typer.Option(help="name=value of the form, JSON or text; repeatable")
    ] = None,
    data_file: Annotated[Path | None, typer.Option(help="The form's data as a JSON file")] = None,
) -> None:
    """Complete a task with the data of its form."""
    values = _read_data(data_file) | read_assignments(data or ())
    with opened(context) as flow:
        completed = flow.tasks.complete(find_task(flow, task).id, by=by, data=values)
    say(f"{completed.name}: {completed.state.replace('_', ' ')}.")


def _read_data(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        data = json.loads(_content(file), parse_float=Decimal)
    except ValueError as error:
        raise Invalid(f"{file} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise Invalid(f"{file} holds no JSON object.")
    return data


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("file", str(file)) from error
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}") from error


@step_commands.command("record")
def record(
    context: typer.Context,
    task: TaskArgument,
    step: StepArgument,
    by: By,
    value: Annotated[
        str | None, typer.Option(help="The measure, the text, or the name that signs")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Evidence")] = None,
    reason: Annotated[str | None, typer.Option(help="Why a measure is out of its limits")] = None,
) -> None:
    """Record that a step was done."""
    evidence = (file.name, _content(file)) if file else None
    with opened(context) as flow:
        found = find_task(flow, task)
        entry = None if value is None else read_value(value)
        flow.sop.record(found.id, step, by=by, value=entry, file=evidence, reason=reason)
        say(steps_table(flow.sop.steps(found.id)))


@step_commands.command("skip")
def skip(
    context: typer.Context,
    task: TaskArgument,
    step: StepArgument,
    by: By,
    reason: Annotated[str, typer.Option(help="Why it is left out")],
) -> None:
    """Leave a step out; a required one becomes a deviation that has to be accepted."""
    with opened(context) as flow:
        found = find_task(flow, task)
        flow.sop.skip(found.id, step, by=by, reason=reason)
        say(steps_table(flow.sop.steps(found.id)))


@step_commands.command("accept")
def accept(
    context: typer.Context,
    task: TaskArgument,
    step: StepArgument,
    by: By,
    comment: Annotated[str, typer.Option(help="What the decision rests on")] = "",
) -> None:
    """Accept the deviation of a step (the accountable role)."""
    with opened(context) as flow:
        found = find_task(flow, task)
        flow.sop.accept(find_deviation(flow, found, step), by=by, comment=comment)
        say(steps_table(flow.sop.steps(found.id)))


@step_commands.command("send-back")
def send_back(
    context: typer.Context,
    task: TaskArgument,
    step: StepArgument,
    by: By,
    comment: Annotated[str, typer.Option(help="What has to be done")],
) -> None:
    """Send the deviation of a step back: the step is to be done again."""
    with opened(context) as flow:
        found = find_task(flow, task)
        flow.sop.send_back(find_deviation(flow, found, step), by=by, comment=comment)
        say(steps_table(flow.sop.steps(found.id)))


class Choice(StrEnum):
    """What a vote can say."""

    APPROVE = "approve"
    REJECT = "reject"
    ABSTAIN = "abstain"


@app.command()
def vote(
    context: typer.Context,
    task: TaskArgument,
    gate: Annotated[str, typer.Argument(help="Id of the gate in the diagram")],
    by: By,
    choice: Annotated[Choice, typer.Option()],
    reason: Annotated[str, typer.Option(help="A rejection needs one")] = "",
) -> None:
    """Vote at a gate of a task."""
    with opened(context) as flow:
        found = find_task(flow, task)
        flow.approvals.vote(find_gate(flow, found, gate), by=by, choice=choice.value, reason=reason)
        say(gates_table(flow.approvals.gates(found.id)))


@app.command()
def answer(
    context: typer.Context,
    task: TaskArgument,
    by: By,
    text: Annotated[str, typer.Option(help="The answer")],
) -> None:
    """Answer as a consulted role of a task."""
    with opened(context) as flow:
        consultation = find_consultation(flow, find_task(flow, task), by)
        flow.responsibility.answer(consultation, by=by, text=text)
    say("Answered.")


@app.command()
def inbox(
    context: typer.Context,
    person: Annotated[str, typer.Option(help="Id of the person")],
    unread: Annotated[bool, typer.Option("--unread", help="Only what was not read")] = False,
) -> None:
    """List what a person was told."""
    with opened(context) as flow:
        say(notices_table(flow.notifications.inbox(person, unread_only=unread)))
