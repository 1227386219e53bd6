"""Access roles, permissions, and the one table of which role has which permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class AccessRole(StrEnum):
    """What a person is to opsflow itself. Everybody active is a worker without a grant."""

    PROCESS_OWNER = "process_owner"
    WORKER = "worker"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    MACHINE = "machine"
    """A program that does the work of service tasks: a robot, a service in another language."""


class Permission(StrEnum):
    """A kind of request, written ``thing:verb``; the scopes of a token are made of the same."""

    PROCESSES_READ = "processes:read"
    PROCESSES_DEPLOY = "processes:deploy"
    DECISIONS_EVALUATE = "decisions:evaluate"
    INSTANCES_START = "instances:start"
    INSTANCES_READ = "instances:read"
    INSTANCES_OPERATE = "instances:operate"
    JOBS_WORK = "jobs:work"
    METRICS_READ = "metrics:read"
    TASKS_WORK = "tasks:work"
    TASKS_READ = "tasks:read"
    HISTORY_READ = "history:read"
    HISTORY_VERIFY = "history:verify"
    PEOPLE_READ = "people:read"
    PEOPLE_MANAGE = "people:manage"
    ACCESS_MANAGE = "access:manage"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a permission allows, and the access roles that have it."""

    description: str
    roles: frozenset[AccessRole]


def _to(description: str, *roles: AccessRole) -> Grant:
    return Grant(description, frozenset(roles))


_OWNER = AccessRole.PROCESS_OWNER
_WORKER = AccessRole.WORKER
_AUDITOR = AccessRole.AUDITOR
_ADMINISTRATOR = AccessRole.ADMINISTRATOR
_MACHINE = AccessRole.MACHINE

PERMISSIONS: Mapping[Permission, Grant] = MappingProxyType(
    {
        Permission.PROCESSES_READ: _to(
            "Processes, their releases, diagrams, procedures and decisions are read.",
            *AccessRole,
        ),
        Permission.PROCESSES_DEPLOY: _to(
            "Processes and decisions are checked, deployed, published and shared.",
            _OWNER,
        ),
        Permission.DECISIONS_EVALUATE: _to(
            "Decisions are asked.",
            _OWNER,
            _WORKER,
        ),
        Permission.INSTANCES_START: _to(
            "Instances are started.",
            _OWNER,
            _WORKER,
        ),
        Permission.INSTANCES_READ: _to(
            "Any instance is found and read, with its variables and incidents.",
            _OWNER,
            _AUDITOR,
        ),
        Permission.INSTANCES_OPERATE: _to(
            "Instances are suspended, resumed, cancelled and migrated, variables are set, "
            "incidents are retried, messages and signals are sent.",
            _OWNER,
        ),
        Permission.JOBS_WORK: _to(
            "Jobs are fetched by topic, and answered: the work of service tasks is done.",
            _MACHINE,
        ),
        Permission.METRICS_READ: _to(
            "Metrics and health are read: how much there is to do and how late, never what.",
            _OWNER,
            _AUDITOR,
            _ADMINISTRATOR,
            _MACHINE,
        ),
        Permission.TASKS_WORK: _to(
            "One's own tasks, notices, votes and answers, with every verb that the matrix allows.",
            _WORKER,
        ),
        Permission.TASKS_READ: _to(
            "Any task is found and read, with its procedure, gates and evidence.",
            _OWNER,
            _AUDITOR,
        ),
        Permission.HISTORY_READ: _to(
            "The history of anything is read.",
            _OWNER,
            _AUDITOR,
        ),
        Permission.HISTORY_VERIFY: _to(
            "Every chain of the history is computed again.",
            _AUDITOR,
            _ADMINISTRATOR,
        ),
        Permission.PEOPLE_READ: _to(
            "Persons, units, roles and who holds which are read.",
            *AccessRole,
        ),
        Permission.PEOPLE_MANAGE: _to(
            "Persons, units, roles, memberships, absences and substitutes are changed.",
            _ADMINISTRATOR,
        ),
        Permission.ACCESS_MANAGE: _to(
            "Access roles are granted and withdrawn, tokens of others are issued and revoked. "
            "Whoever may do this can get every other permission.",
            _ADMINISTRATOR,
        ),
    }
)
"""The one table of access; docs/reference/permissions.md shows it.

An administrator runs the system and is no party in the work: reads no case, operates none.
"""
