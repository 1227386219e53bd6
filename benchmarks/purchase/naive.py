"""What one would write around SpiffWorkflow in a week: its own serializer, and three tables.

An instance is one JSON text with everything in it, a task a row, an event a row. No rules of who
may do what, no hash chain. And SpiffWorkflow alone, in memory.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from benchmarks.purchase.drivers import driver, new_id
from benchmarks.purchase.workload import HANDED_IN, MODEL, PERSONS, Task

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def specification() -> Any:
    """The process as SpiffWorkflow reads it: Python in the place of FEEL."""
    root = etree.fromstring(MODEL.read_bytes())
    for condition in root.iter(f"{BPMN}conditionExpression"):
        condition.text = str(condition.text).removeprefix("=").strip()
    for total in root.iter(f"{BPMN}task"):
        total.tag = f"{BPMN}scriptTask"
        etree.SubElement(total, f"{BPMN}script").text = "total = amount * quantity"
    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(etree.tostring(root)))
    return parser.get_spec("purchase")


def begun(spec: Any, amount: int) -> Any:
    """A workflow at its first user task."""
    workflow = BpmnWorkflow(spec)
    workflow.get_next_task().data["amount"] = amount
    workflow.do_engine_steps()
    return workflow


def ready(workflow: Any) -> list[Any]:
    """The user tasks that wait for somebody."""
    return list(workflow.get_tasks(state=TaskState.READY, manual=True))


def hand_in(workflow: Any, task: Any) -> None:
    """Complete a user task, and go on to the next ones."""
    task.data.update(HANDED_IN[task.task_spec.bpmn_id])
    task.run()
    workflow.do_engine_steps()


class Raw:
    """SpiffWorkflow in memory; nothing is kept."""

    def __init__(self, _url: str) -> None:
        self._spec = specification()
        self._workflow: Any = None

    def start(self, amount: int) -> str:
        """Start an instance; the one before is forgotten."""
        self._workflow = begun(self._spec, amount)
        return ""

    def open_tasks(self, _instance: str) -> Sequence[Task]:
        """The open tasks."""
        return [Task(str(task.id), task.task_spec.bpmn_id) for task in ready(self._workflow)]

    def complete(self, _instance: str, task: Task) -> None:
        """Do a task."""
        hand_in(self._workflow, self._workflow.get_task_from_id(UUID(task.id)))

    def close(self) -> None:
        """Nothing to give back."""


TABLES = (
    "CREATE TABLE naive_instance (id TEXT PRIMARY KEY, status TEXT NOT NULL, blob TEXT NOT NULL, "
    "started_at TIMESTAMP NOT NULL, ended_at TIMESTAMP)",
    "CREATE TABLE naive_task (id TEXT PRIMARY KEY, instance_id TEXT NOT NULL REFERENCES "
    "naive_instance, node TEXT NOT NULL, state TEXT NOT NULL, person TEXT, "
    "opened_at TIMESTAMP NOT NULL, closed_at TIMESTAMP)",
    "CREATE TABLE naive_event (id TEXT PRIMARY KEY, instance_id TEXT NOT NULL REFERENCES "
    "naive_instance, at TIMESTAMP NOT NULL, kind TEXT NOT NULL, facts TEXT NOT NULL)",
    "CREATE INDEX naive_task_instance ON naive_task (instance_id)",
    "CREATE INDEX naive_task_state ON naive_task (state)",
    "CREATE INDEX naive_event_instance ON naive_event (instance_id)",
)


class Naive:
    """One client of the naive way, on the plain driver."""

    def __init__(self, url: str) -> None:
        self._driver = driver(url)
        with self._driver.transaction() as cursor:
            for table in TABLES:
                cursor.execute(table)
        self._spec = specification()
        self._serializer: Any = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())

    def start(self, amount: int) -> str:
        """Start an instance; its id."""
        instance, at = new_id(), self._driver.moment()
        workflow = begun(self._spec, amount)
        blob = self._serializer.serialize_json(workflow)
        with self._driver.transaction() as cursor:
            self._insert(
                cursor, "instance", id=instance, status="running", blob=blob, started_at=at
            )
            self._tell(cursor, instance, at, "InstanceStarted", person="ann")
            self._open(cursor, instance, at, ready(workflow))
        return instance

    def open_tasks(self, instance: str) -> Sequence[Task]:
        """The open tasks of an instance."""
        wanted = "SELECT id, node FROM naive_task WHERE instance_id = ? AND state = ?"
        with self._driver.transaction() as cursor:
            cursor.execute(self._driver.sql(wanted), (instance, "open"))
            return [Task(id, node) for id, node in cursor.fetchall()]

    def complete(self, instance: str, task: Task) -> None:
        """Do a task: read everything, run, write everything."""
        at, person = self._driver.moment(), PERSONS[task.node]
        with self._driver.transaction() as cursor:
            held = "SELECT blob FROM naive_instance WHERE id = ? FOR UPDATE"
            cursor.execute(self._driver.sql(held), (instance,))
            workflow = self._serializer.deserialize_json(cursor.fetchone()[0])
            known = {each.id for each in ready(workflow)}
            hand_in(workflow, workflow.get_task_from_id(UUID(task.id)))
            ended = workflow.is_completed()
            self._update(
                cursor,
                "instance",
                instance,
                blob=self._serializer.serialize_json(workflow),
                status="completed" if ended else "running",
                ended_at=at if ended else None,
            )
            self._update(cursor, "task", task.id, state="completed", person=person, closed_at=at)
            self._tell(cursor, instance, at, "TaskCompleted", task=task.id, person=person)
            new = [each for each in ready(workflow) if each.id not in known]
            self._open(cursor, instance, at, new)
            if ended:
                self._tell(cursor, instance, at, "InstanceCompleted")

    def _open(self, cursor: Any, instance: str, at: object, tasks: Sequence[Any]) -> None:
        for task in tasks:
            id, node = str(task.id), task.task_spec.bpmn_id
            self._insert(
                cursor,
                "task",
                id=id,
                instance_id=instance,
                node=node,
                state="open",
                opened_at=at,
            )
            self._tell(cursor, instance, at, "TaskOpened", task=id, node=node)

    def _tell(self, cursor: Any, instance: str, at: object, kind: str, **facts: object) -> None:
        told = json.dumps(facts)
        self._insert(
            cursor, "event", id=new_id(), instance_id=instance, at=at, kind=kind, facts=told
        )

    def _insert(self, cursor: Any, table: str, **values: object) -> None:
        marks = ", ".join("?" * len(values))
        statement = f"INSERT INTO naive_{table} ({', '.join(values)}) VALUES ({marks})"
        cursor.execute(self._driver.sql(statement), tuple(values.values()))

    def _update(self, cursor: Any, table: str, id: str, **values: object) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        statement = f"UPDATE naive_{table} SET {columns} WHERE id = ?"
        cursor.execute(self._driver.sql(statement), (*values.values(), id))

    def close(self) -> None:
        """Give the connection back."""
        self._driver.close()
