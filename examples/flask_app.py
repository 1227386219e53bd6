"""A Flask application embeds opsflow: its sign-in, its tables, its transactions.

Run it: ``python examples/flask_app.py`` serves on port 8000. Everybody's password is ``open``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, abort, current_app, jsonify, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

from opsflow import (
    BpmnError,
    Conflict,
    Invalid,
    NotFound,
    Opsflow,
    OpsflowError,
    Refused,
    ServiceCall,
)

MODEL = Path(__file__).with_name("order.bpmn")
PEOPLE = {"ana": "packer", "ben": "clerk", "eve": "shop_manager"}
STATUS = {Invalid: 422, NotFound: 404, Refused: 403, Conflict: 409, OpsflowError: 500}


class Base(DeclarativeBase):
    """The shop's own tables, in the same database as those of opsflow."""


class User(Base):
    """Somebody who can sign in."""

    __tablename__ = "shop_user"

    name: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]


class Article(Base):
    """What the shop sells."""

    __tablename__ = "shop_article"

    name: Mapped[str] = mapped_column(primary_key=True)
    in_stock: Mapped[int]


class Order(Base):
    """An order; no two have the same parcel label."""

    __tablename__ = "shop_order"

    number: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
    article: Mapped[str]
    instance_id: Mapped[str]
    label: Mapped[str | None] = mapped_column(unique=True)


def the_flow() -> Opsflow:
    """The opsflow of the application."""
    flow: Opsflow = current_app.extensions["opsflow"]
    return flow


def signed_in() -> str:
    """Who has signed in, as Flask's signed cookie says."""
    if "person" not in cookie:
        abort(401)
    return str(cookie["person"])


def sign_in() -> ResponseReturnValue:
    """``POST /sign-in`` with name and password."""
    given = request.get_json()
    with Session(the_flow().engine) as session:
        user = session.get(User, given["name"])
    if user is None or not check_password_hash(user.password, given["password"]):
        abort(401)
    cookie["person"] = user.name
    return "", 204


def own_tasks() -> ResponseReturnValue:
    """``GET /tasks``: what the person may take."""
    found = the_flow().tasks.for_person(signed_in())
    return jsonify([{"id": task.id, "name": task.name} for task in found])


def take() -> ResponseReturnValue:
    """``POST /orders``: the order, and the start of its process."""
    flow, person = the_flow(), signed_in()
    given = {name: request.get_json()[name] for name in ("customer", "article")}
    with Session(flow.engine) as session:
        with flow.transaction(session):
            instance = flow.instances.start("order", by=person, variables=given)
            order = Order(**given, instance_id=instance.id)
            session.add(order)
        session.commit()
        return jsonify(order.number), 201


def pack(number: int) -> ResponseReturnValue:
    """``POST /orders/…/parcel``: the step, and the label. A label that is taken undoes both."""
    flow, person, parcel = the_flow(), signed_in(), request.get_json()
    with Session(flow.engine) as session:
        order = session.get(Order, number)
        if order is None:
            raise NotFound("order", str(number))
        with flow.transaction(session):
            [task] = [each for each in flow.tasks.of_instance(order.instance_id) if each.is_open]
            flow.tasks.claim(task.id, by=person)
            flow.sop.record(task.id, "weight", by=person, value=parcel["weight"])
            flow.tasks.complete(task.id, by=person)
        order.label = parcel["label"]
        try:
            session.commit()
        except IntegrityError:
            return problem(409, f"The label {parcel['label']} is taken.")
    return "", 204


def problem(status: int, detail: str) -> ResponseReturnValue:
    """Problem details (RFC 9457)."""
    answer = jsonify(title="It was not done", status=status, detail=detail)
    return answer, status, {"Content-Type": "application/problem+json"}


def tell(error: OpsflowError) -> ResponseReturnValue:
    """An error of opsflow's as an answer: the nearest class decides."""
    status = next(STATUS[each] for each in type(error).__mro__ if each in STATUS)
    return problem(status, str(error))


def register_handlers(flow: Opsflow) -> None:
    """What the service tasks of the process do."""

    @flow.handler("stock.reserve", transactional=True)
    def reserve(call: ServiceCall) -> Mapping[str, object]:
        """Take one from the stock, in the transaction of the step."""
        article = call.variables["article"]
        taken = flow.connection.execute(
            update(Article)
            .where(Article.name == article, Article.in_stock > 0)
            .values(in_stock=Article.in_stock - 1)
        )
        if taken.rowcount == 0:
            raise BpmnError("stock.missing", f"no {article} on stock")
        return {"reserved": True}


def create_app(url: str) -> Flask:
    """The application on a database; ``app.extensions["opsflow"]`` is its opsflow."""
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes()
    app.config.update(SESSION_COOKIE_SAMESITE="Lax")
    flow = app.extensions["opsflow"] = Opsflow(url)
    register_handlers(flow)
    app.add_url_rule("/sign-in", view_func=sign_in, methods=["POST"])
    app.add_url_rule("/tasks", view_func=own_tasks)
    app.add_url_rule("/orders", view_func=take, methods=["POST"])
    app.add_url_rule("/orders/<int:number>/parcel", view_func=pack, methods=["POST"])
    app.register_error_handler(OpsflowError, tell)
    return app


def set_up(flow: Opsflow) -> None:
    """Make both sets of tables, the people and the process."""
    flow.migrate()
    Base.metadata.create_all(flow.engine)
    for person, role in PEOPLE.items():
        flow.people.add_role(role)
        flow.people.add_person(person, name=person.title())
        flow.people.grant(person, role)
    flow.definitions.deploy(MODEL, by="eve")
    with Session(flow.engine) as session:
        session.add(Article(name="lamp", in_stock=2))
        session.add_all(User(name=name, password=generate_password_hash("open")) for name in PEOPLE)
        session.commit()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        shop = create_app(f"sqlite:///{folder}/shop.db")
        set_up(shop.extensions["opsflow"])
        shop.run(port=8000)
