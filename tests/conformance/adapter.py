"""opsflow behind the contracts of a conformance kit: run models, and run step programs.

The kit lies outside the project; a runner names these classes. Nothing here is called by
opsflow itself.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import CodeType
from typing import Any

import dialect

from engine import Case, DeployError, Engine, Outcome, Session
from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.engine import BpmnError, Waiting
from opsflow.errors import MessageNotCaught, ModelRejected, OpsflowError
from tests.conformance.decisions import Decisions

__all__ = ["Decisions", "Models", "Programs"]

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
WORKER = "tester"


class MarkerScripts:
    """Runs the trusted marker scripts of the kit's models, with their host functions."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._compiled: dict[str, CodeType] = {}
        self.trace: list[str] = []
        self.stamps: list[tuple[int, float]] = []

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """Execute one script over the variables, and give them back."""
        if language != "python":
            raise ValueError(f"scripts in {language} are not part of the kit")
        code = self._compiled.setdefault(source, compile(source, "<script>", "exec"))
        host: dict[str, Any] = {
            "log": self.trace.append,
            "marker": self._marker,
            "busy": self._busy,
            "now": lambda: self._clock.now().timestamp(),
            "ts": lambda who, at: self.stamps.append((who, at)),
            "throw_bpmn_error": self._throw,
        }
        exec(code, host, variables)
        return variables

    def _marker(self) -> None:
        if "MARKER_exists" not in self.trace:
            self.trace.append("MARKER_exists")

    def _busy(self, seconds: float) -> None:
        self._clock.advance(timedelta(seconds=seconds))

    def _throw(self, code: str) -> None:
        raise BpmnError(code)

    def overlapped(self) -> bool:
        """Whether two scripts occupied the same time."""
        first = [at for who, at in self.stamps if who == 1]
        second = [at for who, at in self.stamps if who == 2]
        if len(first) < 2 or len(second) < 2:
            return False
        return first[0] < second[1] and second[0] < first[1]


class _Host:
    """A fresh opsflow on a temporary SQLite database, with a clock that is moved."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="opsflow-conformance-")
        self.clock = ManualClock(START)
        self.scripts = MarkerScripts(self.clock)
        url = f"sqlite:///{Path(self._folder.name) / 'kit.db'}"
        self.flow = Opsflow(url, clock=self.clock, scripts=self.scripts)
        self.flow.migrate()
        self.flow.people.add_person(WORKER, name="Tester")

    def deploy(self, xmls: list[bytes]) -> list[str]:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            for number, xml in enumerate(xmls):
                archive.writestr(f"model-{number}.bpmn", xml)
        try:
            deployment = self.flow.definitions.deploy(
                package.getvalue(), by=WORKER, responsibility="open"
            )
        except ModelRejected as error:
            raise DeployError(str(error)) from error
        for release in deployment.releases:
            self._staff(release.id)
        return [release.process_key for release in deployment.releases]

    def _staff(self, release_id: str) -> None:
        """Make sure that whoever the model names is there."""
        for row in self.flow.responsibility.matrix(release_id).rows.values():
            for role in row.responsible:
                if not self.flow.people.role_exists(role):
                    self.flow.people.add_role(role)
                    self.flow.people.grant(WORKER, role)
            for person in row.users:
                if self.flow.people.person(person) is None:
                    self.flow.people.add_person(person, name=person)

    def run_until(self, moment: datetime) -> None:
        """Move the clock from one due timer to the next, up to a moment."""
        for _ in range(10_000):
            due = self.flow.instances.next_due()
            if due is None or due > moment:
                break
            if due > self.clock.now():
                self.clock.move_to(due)
            if not self.flow.instances.run_due():
                break
        if moment > self.clock.now():
            self.clock.move_to(moment)

    def close(self) -> None:
        self.flow.close()
        self._folder.cleanup()


class Models(Engine):  # type: ignore[misc]
    """Runs one model per case, each on a database of its own."""

    name = "opsflow"

    def deploy(self, path: str) -> str:
        """Check that the file deploys."""
        host = _Host()
        try:
            host.deploy([dialect.prepare(Path(path).read_bytes())])
        except DeployError:
            raise
        except Exception as error:
            raise AssertionError(f"crashed: {type(error).__name__}: {error}") from error
        finally:
            host.close()
        return path

    def run(self, dep: str, case: Case) -> Outcome:
        """Start the processes of a case and push until nothing can move in time."""
        host = _Host()
        try:
            return self._run(host, dep, case)
        finally:
            host.close()

    def _run(self, host: _Host, dep: str, case: Case) -> Outcome:
        keys = host.deploy([dialect.prepare(Path(dep).read_bytes())])
        outcome = Outcome(trace=host.scripts.trace)
        try:
            for key in case.also_start:
                host.flow.instances.start(key, by=WORKER)
            key = case.process_id if case.process_id in keys else keys[0]
            instance = host.flow.instances.start(key, by=WORKER, variables=case.variables)
            host.run_until(START + timedelta(seconds=case.wait_s))
        except OpsflowError as error:
            outcome.status, outcome.error = "error", str(error)
            return outcome
        if host.scripts.overlapped():
            outcome.trace.append("EXECUTION_parallel")
        outcome.status = "waiting" if instance.is_running else "completed"
        for incident in host.flow.instances.incidents():
            thrown = incident.code == "error.uncaught"
            outcome.status = "error_event" if thrown else "error"
            outcome.error = incident.message
        return outcome


class Programs(Session):  # type: ignore[misc]
    """One fresh opsflow, driven step by step."""

    def __init__(self) -> None:
        self._host = _Host()
        self._flow = self._host.flow
        self._incidents = 0

    def __del__(self) -> None:
        self._host.close()

    def deploy(self, xmls: list[str]) -> None:
        """Deploy the models of a program together."""
        self._host.deploy([xml.encode() for xml in xmls])

    def start(self, key: str, variables: dict[str, Any]) -> str:
        """Start a process; a runtime error is raised."""
        instance = self._flow.instances.start(key, by=WORKER, variables=variables)
        self._raise_new_incident()
        return instance.id

    def start_message(self, name: str, variables: dict[str, Any]) -> str:
        """Start the process that begins with a message."""
        delivered = self._flow.instances.message(name, by=WORKER, variables=variables)
        if delivered.instance_id is None or not delivered.started:
            raise MessageNotCaught(name)
        return delivered.instance_id

    def message(self, name: str, variables: dict[str, Any]) -> int:
        """Deliver a message to whoever waits for it."""
        for instance in self._flow.instances.find(status="running"):
            try:
                self._flow.instances.message(
                    name, by=WORKER, variables=variables, instance_id=instance.id
                )
            except MessageNotCaught:
                continue
            self._raise_new_incident()
            return 1
        return 0

    def signal(self, name: str, variables: dict[str, Any]) -> None:
        """Broadcast a signal."""
        self._flow.instances.signal(name, by=WORKER, variables=variables)
        self._raise_new_incident()

    def trigger(self, activity: str | None) -> None:
        """Let a receive task go on that waits without a message's name."""
        for instance in self._flow.instances.find(status="running"):
            for step in self._flow.instances.steps(instance.id):
                if step.waiting is Waiting.MESSAGE and activity in (None, step.node.id):
                    self._flow.instances.receive(instance.id, step.id, by=WORKER)
                    return
        raise LookupError("no receive task waits")

    def tasks(self) -> list[dict[str, Any]]:
        """Open user tasks."""
        return [
            {
                "id": task.id,
                "key": task.node_id,
                "name": task.name,
                "instance": task.instance_id,
                "process": task.process_key,
            }
            for task in self._flow.tasks.find(open=True)
        ]

    def complete(self, task_id: str, variables: dict[str, Any]) -> None:
        """Do a user task."""
        could = self._flow.responsibility.why(task_id, WORKER, "claim").could
        worker = WORKER if WORKER in could or not could else could[0]
        self._flow.tasks.claim(task_id, by=worker)
        self._flow.tasks.complete(task_id, by=worker, data=variables)
        self._raise_new_incident()

    def set_variable(self, instance: str, name: str, value: object) -> None:
        """Set one variable of an instance."""
        self._flow.instances.set_variables(instance, {name: value}, by=WORKER)
        self._raise_new_incident()

    def advance_to(self, seconds: float | None) -> None:
        """Move the clock, and fire what becomes due."""
        target = self._host.clock.now()
        if seconds is not None:
            target = max(target, START + timedelta(seconds=seconds))
        self._host.run_until(target)
        self._raise_new_incident()

    def fire_next_timer(self) -> None:
        """Jump to the next due timer."""
        due = self._flow.instances.next_due()
        if due is not None:
            self._host.clock.move_to(max(due, self._host.clock.now()))
            self._flow.instances.run_due()
            self._raise_new_incident()

    def terminate_all(self) -> None:
        """End every running instance."""
        for instance in self._flow.instances.find(status="running"):
            self._flow.instances.cancel(instance.id, by=WORKER, reason="operator")

    def ended(self, instance: str) -> bool:
        """Whether an instance is over."""
        return not self._flow.instances.get(instance).is_running

    def variables(self, instance: str) -> dict[str, Any]:
        """The variables of an instance."""
        return self._flow.instances.variables(instance)

    def instances(self) -> list[dict[str, Any]]:
        """Running instances."""
        return [
            {"id": instance.id, "process": instance.process_key}
            for instance in self._flow.instances.find(status="running")
        ]

    def active(self, instance: str) -> list[str]:
        """Elements where tokens wait."""
        return [step.node.id for step in self._flow.instances.steps(instance)]

    def _raise_new_incident(self) -> None:
        incidents = self._flow.instances.incidents()
        before, self._incidents = self._incidents, len(incidents)
        if len(incidents) > before:
            raise RuntimeError(incidents[-1].message)
