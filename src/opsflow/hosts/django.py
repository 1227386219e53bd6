"""Django as the host: its transactions carry opsflow's changes, its users are the people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from sqlalchemy import URL

from opsflow.app import Opsflow
from opsflow.db.lent import DriverConnection, Lender
from opsflow.errors import ConfigurationInvalid
from opsflow.people import Acting, Holder, PersonInfo

_DJANGOS_OWN = frozenset(
    {
        "assume_role",
        "context",
        "cursor_factory",
        "isolation_level",
        "pool",
        "prepare_threshold",
        "server_side_binding",
    }
)
"""OPTIONS of a database on PostgreSQL that are no parameters of libpq."""


def database_url(using: str = DEFAULT_DB_ALIAS) -> str:
    """The URL for ``Opsflow(…)`` of a database in Django's settings.

    On PostgreSQL with the parameters of libpq among its OPTIONS, such as ``sslmode``.

    Raises ConfigurationInvalid for one that opsflow does not run on.
    """
    connection = connections[using]
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        if connection.is_in_memory_db():
            raise ConfigurationInvalid(
                "opsflow needs a file: set NAME of the database, in tests also TEST['NAME']."
            )
        return f"sqlite:///{settings['NAME']}"
    if connection.vendor != "postgresql":
        raise ConfigurationInvalid(
            f"opsflow runs on SQLite and PostgreSQL, not on {connection.vendor!r}."
        )
    return _postgres_url(settings)


def _postgres_url(settings: Mapping[str, Any]) -> str:
    query = {
        name: str(value) for name, value in settings["OPTIONS"].items() if name not in _DJANGOS_OWN
    }
    host = settings["HOST"] or None
    if host and host.startswith("/"):
        query["host"], host = host, None
    url = URL.create(
        "postgresql",
        username=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        host=host,
        port=int(settings["PORT"]) if settings["PORT"] else None,
        database=settings["NAME"],
        query=query,
    )
    return url.render_as_string(hide_password=False)


class DjangoTransactions:
    """Lets an opsflow work on Django's own database connection. Make one for each opsflow."""

    def __init__(self, flow: Opsflow, *, using: str = DEFAULT_DB_ALIAS) -> None:
        self._flow = flow
        self._using = using
        self._lender = Lender("sqlite" if connections[using].vendor == "sqlite" else "postgresql")
        self._open: ContextVar[bool] = ContextVar(f"opsflow-django-{id(self)}", default=False)

    @contextmanager
    def atomic(self) -> Iterator[Opsflow]:
        """``transaction.atomic()`` that carries opsflow's changes too.

        Rows of Django's and steps of opsflow's commit together or not at all, also inside
        another ``atomic()``, which then decides over both.
        """
        with transaction.atomic(using=self._using):
            if self._open.get():
                with self._flow.transaction():
                    yield self._flow
            else:
                with self._lent():
                    yield self._flow

    @contextmanager
    def _lent(self) -> Iterator[None]:
        lent = self._lender.lend(_driver_connection(self._using))
        opened = self._open.set(True)
        try:
            with self._flow.transaction(lent):
                yield
        except BaseException:
            lent.close()
            raise
        finally:
            self._open.reset(opened)

        def committed() -> None:
            with lent:
                lent.commit()

        transaction.on_commit(committed, using=self._using)


def _driver_connection(using: str) -> DriverConnection:
    driver: DriverConnection = connections[using].connection
    return driver


class UserDirectory:
    """Django's users and groups as the people and roles of opsflow.

    A person's id is the username, a role is a group's name.
    """

    def __init__(self, *, using: str = DEFAULT_DB_ALIAS) -> None:
        self._using = using

    def person(self, person_id: str) -> PersonInfo | None:
        """The user of that name."""
        user = self._users().filter(**{_username(): person_id}).first()
        return None if user is None else _person(user)

    def acting_roles(self, person_id: str, at: datetime) -> frozenset[Acting]:  # noqa: ARG002
        """The groups of the user."""
        found = self._groups().filter(
            **{f"user__{_username()}": person_id, "user__is_active": True}
        )
        return frozenset(Acting(name) for name in found.values_list("name", flat=True))

    def holders(self, role: str, at: datetime) -> tuple[Holder, ...]:  # noqa: ARG002
        """The active users of the group."""
        found = self._users().filter(groups__name=role, is_active=True).order_by(_username())
        return tuple(Holder(user.get_username(), role) for user in found)

    def role_exists(self, role: str) -> bool:
        """Whether there is such a group."""
        return bool(self._groups().filter(name=role).exists())

    def _users(self) -> Any:
        return get_user_model()._default_manager.using(self._using)  # noqa: SLF001

    def _groups(self) -> Any:
        return apps.get_model("auth", "Group").objects.using(self._using)


def _username() -> str:
    return str(get_user_model().USERNAME_FIELD)


def _person(user: Any) -> PersonInfo:
    email = getattr(user, user.get_email_field_name(), None)
    username = user.get_username()
    return PersonInfo(username, user.get_full_name() or username, email or None, user.is_active)
