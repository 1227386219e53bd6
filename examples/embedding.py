"""A shop embeds opsflow: its own table and the process of an order in one transaction.

Run it: ``python examples/embedding.py``. It needs no server; it works in a temporary folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from opsflow import BpmnError, Opsflow, Refused, ServiceCall

MODEL = Path(__file__).with_name("order.bpmn")


class Base(DeclarativeBase):
    """The shop's own tables. They live beside those of opsflow, which begin with opsflow_."""


class Order(Base):
    """An order of the shop."""

    __tablename__ = "shop_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
    article: Mapped[str]
    instance_id: Mapped[str]


class Shop:
    """The host application."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        self.flow = Opsflow(url)
        self.on_stock = {"lamp"}
        self.flow.handler("stock.reserve", transactional=True)(self.reserve)

    def set_up(self) -> None:
        """Make both sets of tables, name the people, deploy the process."""
        Base.metadata.create_all(self.engine)
        self.flow.migrate()
        people = self.flow.people
        for role in ("packer", "clerk", "shop_manager"):
            people.add_role(role)
        for person, name, role in (
            ("ana", "Ana", "packer"),
            ("ben", "Ben", "clerk"),
            ("eve", "Eve", "shop_manager"),
        ):
            people.add_person(person, name=name)
            people.grant(person, role)
        self.flow.definitions.deploy(MODEL, by="eve")

    def reserve(self, call: ServiceCall) -> Mapping[str, object]:
        """Do the service tasks of the topic stock.reserve."""
        if call.variables["article"] not in self.on_stock:
            raise BpmnError("stock.missing", f"no {call.variables['article']} on stock")
        return {"reserved": True}

    def order(self, customer: str, article: str, *, fail: bool = False) -> int:
        """Take an order: the row and the start of its process, together or not at all."""
        with Session(self.engine) as session:
            with self.flow.transaction(session) as flow:
                instance = flow.instances.start(
                    "order", by="eve", variables={"customer": customer, "article": article}
                )
                order = Order(customer=customer, article=article, instance_id=instance.id)
                session.add(order)
                session.flush()
            if fail:
                raise RuntimeError("the shop's own code failed before the commit")
            session.commit()
            return order.id

    def orders(self) -> list[Order]:
        """All orders of the shop."""
        with Session(self.engine) as session:
            return list(session.scalars(select(Order).order_by(Order.id)))


def main() -> None:
    """Take three orders: one fails, one is packed, one is out of stock."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(f"sqlite:///{folder}/shop.db")
        shop.set_up()
        flow = shop.flow

        try:
            shop.order("Kim", "lamp", fail=True)
        except RuntimeError as error:
            print(f"{error}: {len(shop.orders())} orders, {len(flow.instances.find())} instances")

        shop.order("Kim", "lamp")
        shop.order("Lee", "sofa")
        print(f"{len(shop.orders())} orders, {len(flow.instances.find())} instances")

        parcel = flow.tasks.for_person("ana")[0]
        try:
            flow.tasks.claim(parcel.id, by="ben")
        except Refused as refused:
            print(f"refused: {refused}")
        flow.tasks.claim(parcel.id, by="ana")
        flow.sop.record(parcel.id, "weight", by="ana", value="2.4")
        flow.tasks.complete(parcel.id, by="ana")
        print(f"Kim: {flow.instances.find(attributes={'customer': 'Kim'})[0].status}")

        print(f"Ben is asked to: {[task.name for task in flow.tasks.for_person('ben')]}")
        print(f"the trail holds: {flow.history.verify().holds}")
        flow.close()
        shop.engine.dispose()


if __name__ == "__main__":
    main()
