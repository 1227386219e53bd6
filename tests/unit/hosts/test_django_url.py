"""The URL of a database in Django's settings."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import make_url

from opsflow.errors import ConfigurationInvalid
from opsflow.hosts import django


def url_of(monkeypatch: pytest.MonkeyPatch, vendor: str, **settings: object) -> str:
    given = {"USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}} | settings
    connection = SimpleNamespace(
        vendor=vendor,
        settings_dict=given,
        is_in_memory_db=lambda: given["NAME"] == ":memory:",
    )
    monkeypatch.setattr(django, "connections", {"shop": connection})
    return django.database_url("shop")


def test_a_server_keeps_its_password_and_the_parameters_of_libpq(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = make_url(
        url_of(
            monkeypatch,
            "postgresql",
            NAME="shop",
            USER="me",
            PASSWORD="a/b@c",
            HOST="db.example",
            PORT="5433",
            OPTIONS={"sslmode": "require", "connect_timeout": 5, "pool": True},
        )
    )
    assert (made.username, made.password, made.host, made.port, made.database) == (
        "me",
        "a/b@c",
        "db.example",
        5433,
        "shop",
    )
    assert made.query == {"sslmode": "require", "connect_timeout": "5"}


def test_a_socket_is_no_host_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_url(url_of(monkeypatch, "postgresql", NAME="shop", HOST="/run/postgresql"))
    assert (made.host, made.query["host"]) == (None, "/run/postgresql")


def test_a_file_of_sqlite_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert url_of(monkeypatch, "sqlite", NAME="/srv/shop.db") == "sqlite:////srv/shop.db"


@pytest.mark.parametrize("vendor, name", [("sqlite", ":memory:"), ("mysql", "shop")])
def test_what_opsflow_does_not_run_on_is_refused(
    monkeypatch: pytest.MonkeyPatch, vendor: str, name: str
) -> None:
    with pytest.raises(ConfigurationInvalid):
        url_of(monkeypatch, vendor, NAME=name)
