"""A FastAPI application embeds opsflow: its sign-in, its tables, its transactions.

Run it: ``python examples/fastapi_app.py`` prints an API key for each person and serves on
port 8000: the shop's own routes at ``/orders``, those of opsflow at ``/flow``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from starlette.concurrency import run_in_threadpool

from opsflow import BpmnError, NotFound, Opsflow, OpsflowError, ServiceCall
from opsflow.api import router as flow_router
from opsflow.api.problems import answer
from opsflow.errors import NotAuthenticated

MODEL = Path(__file__).with_name("order.bpmn")
PEOPLE = {"ana": "packer", "ben": "clerk", "eve": "shop_manager"}


class Base(DeclarativeBase):
    """The shop's own tables, in the same database as those of opsflow."""


class ApiKey(Base):
    """A key that the shop has given out; only its digest is kept."""

    __tablename__ = "shop_api_key"

    digest: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]


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


class NewOrder(BaseModel):
    """Body of ``POST /orders``."""

    customer: str
    article: str


class Parcel(BaseModel):
    """Body of ``POST /orders/{number}/parcel``."""

    label: str
    weight: str


def the_flow(request: Request) -> Opsflow:
    """The opsflow of the application."""
    flow: Opsflow = request.app.state.flow
    return flow


def signed_in(request: Request) -> str:
    """Who has sent the request, by the shop's own keys. opsflow's routes ask it too."""
    digest = sha256(request.headers.get("x-api-key", "").encode()).hexdigest()
    with Session(the_flow(request).engine) as session:
        key = session.get(ApiKey, digest)
    if key is None:
        raise NotAuthenticated("no API key of the shop's")
    return key.person


def the_session(flow: Annotated[Opsflow, Depends(the_flow)]) -> Iterator[Session]:
    """A session for one request. The route commits: what comes after ``yield`` is too late."""
    with Session(flow.engine) as session:
        yield session


Flow = Annotated[Opsflow, Depends(the_flow)]
Person = Annotated[str, Depends(signed_in)]
orders = APIRouter(prefix="/orders")


@orders.post("", status_code=201)
def take(
    new: NewOrder, flow: Flow, person: Person, session: Annotated[Session, Depends(the_session)]
) -> int:
    """A sync route: the order, and the start of its process."""
    with flow.transaction(session):
        instance = flow.instances.start("order", by=person, variables=new.model_dump())
        order = Order(**new.model_dump(), instance_id=instance.id)
        session.add(order)
    session.commit()
    return order.number


@orders.post("/{number}/parcel", status_code=204)
async def pack(number: int, parcel: Parcel, flow: Flow, person: Person) -> None:
    """An async route: opsflow waits for the database, so it works in a thread."""
    await run_in_threadpool(_pack, flow, number, parcel, person)


def _pack(flow: Opsflow, number: int, parcel: Parcel, person: str) -> None:
    """Complete the step and note the label: a label that is taken undoes both."""
    with Session(flow.engine) as session:
        order = session.get(Order, number)
        if order is None:
            raise NotFound("order", str(number))
        with flow.transaction(session):
            [task] = [each for each in flow.tasks.of_instance(order.instance_id) if each.is_open]
            flow.tasks.claim(task.id, by=person)
            flow.sop.record(task.id, "weight", by=person, value=parcel.weight)
            flow.tasks.complete(task.id, by=person)
        order.label = parcel.label
        try:
            session.commit()
        except IntegrityError as error:
            raise HTTPException(409, f"The label {parcel.label} is taken.") from error


def register_handlers(flow: Opsflow) -> None:
    """What the service tasks of the process do."""

    @flow.handler("stock.reserve", transactional=True)
    def reserve(call: ServiceCall) -> Mapping[str, object]:
        """Take one from the stock, in the transaction of the step, whoever has opened it."""
        article = call.variables["article"]
        taken = flow.connection.execute(
            update(Article)
            .where(Article.name == article, Article.in_stock > 0)
            .values(in_stock=Article.in_stock - 1)
        )
        if taken.rowcount == 0:
            raise BpmnError("stock.missing", f"no {article} on stock")
        return {"reserved": True}


def _problem(_request: Request, error: Any) -> Any:
    return answer(error)


def create_app(url: str) -> FastAPI:
    """The application on a database; ``app.state.flow`` is its opsflow."""
    flow = Opsflow(url)
    register_handlers(flow)
    app = FastAPI(title="Shop")
    app.state.flow = flow
    app.include_router(orders)
    app.include_router(flow_router(flow, identify=signed_in), prefix="/flow")
    app.add_exception_handler(OpsflowError, _problem)
    return app


def set_up(flow: Opsflow) -> dict[str, str]:
    """Make both sets of tables, the people and the process; gives an API key for each person."""
    flow.migrate()
    Base.metadata.create_all(flow.engine)
    for person, role in PEOPLE.items():
        flow.people.add_role(role)
        flow.people.add_person(person, name=person.title())
        flow.people.grant(person, role)
    flow.definitions.deploy(MODEL, by="eve")
    keys = {person: secrets.token_urlsafe() for person in PEOPLE}
    with Session(flow.engine) as session:
        session.add(Article(name="lamp", in_stock=2))
        for person, key in keys.items():
            session.add(ApiKey(digest=sha256(key.encode()).hexdigest(), person=person))
        session.commit()
    return keys


if __name__ == "__main__":
    import tempfile

    import uvicorn

    with tempfile.TemporaryDirectory() as folder:
        shop = create_app(f"sqlite:///{folder}/shop.db")
        print(set_up(shop.state.flow))
        uvicorn.run(shop, port=8000)
