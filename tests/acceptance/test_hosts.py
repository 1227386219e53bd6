"""The host applications of the examples, played without a server and a network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from examples import fastapi_app, flask_app
from opsflow.app import Opsflow
from tests.acceptance.conftest import ROOT
from tests.databases import Postgres, SQLite

LAMP = {"customer": "Kim", "article": "lamp"}


def in_stock(flow: Opsflow, model: Any) -> int:
    with Session(flow.engine) as session:
        return int(session.get_one(model, "lamp").in_stock)


@pytest.fixture
def fastapi(url: str) -> Iterator[FastAPI]:
    app = fastapi_app.create_app(url)
    yield app
    app.state.flow.close()


def test_the_fastapi_example_commits_both_or_neither(fastapi: FastAPI) -> None:
    flow: Opsflow = fastapi.state.flow
    keys = fastapi_app.set_up(flow)
    as_ = {person: {"X-Api-Key": key} for person, key in keys.items()}
    client = TestClient(fastapi)

    first, second = (client.post("/orders", json=LAMP, headers=as_["eve"]).json() for _ in range(2))
    assert in_stock(flow, fastapi_app.Article) == 0

    parcel = {"label": "P-1", "weight": "2.4"}
    done = client.post(f"/orders/{first}/parcel", json=parcel, headers=as_["ana"])
    assert done.status_code == 204, done.text
    again = client.post(f"/orders/{second}/parcel", json=parcel, headers=as_["ana"])
    assert again.status_code == 409
    refused = client.post(f"/orders/{second}/parcel", json=parcel, headers=as_["ben"])
    assert refused.status_code == 403
    assert refused.json()["rule"] == "raci.responsible"

    page = client.get("/flow/tasks", headers=as_["ana"]).json()
    [left] = page["items"]
    assert left["name"] == "Pack the parcel"
    assert flow.sop.steps(left["id"])[0].state == "open"
    assert flow.history.verify().holds


def test_the_fastapi_example_lets_nobody_in_without_a_key(fastapi: FastAPI) -> None:
    fastapi_app.set_up(fastapi.state.flow)
    client = TestClient(fastapi)
    assert client.post("/orders", json=LAMP).status_code == 401
    assert client.get("/flow/tasks", headers={"X-Api-Key": "guessed"}).status_code == 401


def test_a_handler_of_the_fastapi_example_shares_the_transaction_of_the_step(
    fastapi: FastAPI,
) -> None:
    flow: Opsflow = fastapi.state.flow
    fastapi_app.set_up(flow)
    with pytest.raises(RuntimeError, match="no"), flow.transaction():
        flow.instances.start("order", by="eve", variables=LAMP)
        raise RuntimeError("no")
    assert in_stock(flow, fastapi_app.Article) == 2
    flow.instances.start("order", by="eve", variables=LAMP)
    assert in_stock(flow, fastapi_app.Article) == 1


@pytest.fixture
def flask(url: str) -> Iterator[Flask]:
    app = flask_app.create_app(url)
    yield app
    app.extensions["opsflow"].close()


def test_the_flask_example_commits_both_or_neither(flask: Flask) -> None:
    flow: Opsflow = flask.extensions["opsflow"]
    flask_app.set_up(flow)

    def client(person: str) -> FlaskClient:
        made = flask.test_client()
        given = {"name": person, "password": "open"}
        assert made.post("/sign-in", json=given).status_code == 204
        return made

    assert flask.test_client().get("/tasks").status_code == 401
    eve, ana, ben = client("eve"), client("ana"), client("ben")
    first, second = (eve.post("/orders", json=LAMP).json for _ in range(2))
    assert in_stock(flow, flask_app.Article) == 0

    parcel = {"label": "P-1", "weight": "2.4"}
    assert ana.post(f"/orders/{first}/parcel", json=parcel).status_code == 204
    taken = ana.post(f"/orders/{second}/parcel", json=parcel)
    assert (taken.status_code, taken.mimetype) == (409, "application/problem+json")
    refused = ben.post(f"/orders/{second}/parcel", json=parcel)
    assert refused.status_code == 403
    assert "raci.responsible" in refused.get_data(as_text=True)
    [left] = ana.get("/tasks").get_json()
    assert left["name"] == "Pack the parcel"
    assert ana.post("/orders/99/parcel", json=parcel).status_code == 404
    assert flow.history.verify().holds


def test_the_django_example_commits_both_or_neither(
    databases: SQLite | Postgres, tmp_path: Path
) -> None:
    """In a process of its own: Django's settings are those of a whole process."""
    url = databases.empty()
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples/django_app.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "SHOP_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    databases.drop(url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "in stock: 0",
        "200 {'label': 'P-1'}",
        "403 {'title': 'It was not done', 'status': 403, 'detail': 'ben may not claim: ben is not"
        " responsible; packer is [raci.responsible]. Could: ana.'}",
        "409 {'title': 'It was not done', 'status': 409, 'detail': 'The label P-1 is taken.'}",
        "Ana is asked to: ['Pack the parcel']",
        "inside: 3 orders, 3 instances",
        "after Django's rollback: 2 orders, 2 instances",
        "the trail holds: True",
    ]
