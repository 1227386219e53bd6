"""A Django project embeds opsflow: its users, its sign-in, its database connection.

Run it: ``python examples/django_app.py`` plays a short story with Django's test client, on
``SHOP_DATABASE_URL`` (SQLite or PostgreSQL) or on ``shop.db``. A project proper has settings and
an app with migrations of its own; here they are in one file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model, login
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import path
from sqlalchemy.engine import make_url

from opsflow import BpmnError, Conflict, Opsflow, OpsflowError, Refused, ServiceCall
from opsflow.hosts.django import DjangoTransactions, UserDirectory, database_url

MODEL = Path(__file__).with_name("order.bpmn")
STATUS = {Refused: 403, Conflict: 409, OpsflowError: 422}


def database(url: str) -> dict[str, object]:
    """The entry of DATABASES."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        options = {"transaction_mode": "IMMEDIATE", "timeout": 30}
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.database,
            "OPTIONS": options,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.database,
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.host or parts.query.get("host"),
        "PORT": parts.port,
    }


settings.configure(
    SECRET_KEY=secrets.token_urlsafe(),
    ALLOWED_HOSTS=["localhost", "testserver"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": database(os.environ.get("SHOP_DATABASE_URL", "sqlite:///shop.db"))},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        f"{__name__}.AnswerErrors",
    ],
)
django.setup()


class Article(models.Model):  # type: ignore[misc]
    """What the shop sells."""

    name = models.CharField(primary_key=True, max_length=40)
    in_stock = models.IntegerField()

    class Meta:
        app_label = "shop"


class Order(models.Model):  # type: ignore[misc]
    """An order; no two have the same parcel label."""

    customer = models.CharField(max_length=40)
    instance_id = models.CharField(max_length=36)
    label = models.CharField(max_length=40, unique=True, null=True)

    class Meta:
        app_label = "shop"


flow = Opsflow(database_url(), directory=UserDirectory())
together = DjangoTransactions(flow)


@flow.handler("stock.reserve", transactional=True)
def reserve(call: ServiceCall) -> Mapping[str, object]:
    """Take one from the stock, with Django's models, in the transaction of the step."""
    article = call.variables["article"]
    with transaction.atomic():
        wanted = Article.objects.filter(name=article, in_stock__gt=0)
        if not wanted.update(in_stock=models.F("in_stock") - 1):
            raise BpmnError("stock.missing", f"no {article} on stock")
    return {"reserved": True}


def sign_in(request: HttpRequest) -> JsonResponse:
    """``POST /sign-in`` with name and password, to Django's own users."""
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    if user is None:
        return problem(401, "There is nobody of that name and password.")
    login(request, user)
    return JsonResponse({"name": user.get_username()})


def take(request: HttpRequest) -> JsonResponse:
    """``POST /orders``: the order, and the start of its process."""
    given = {name: request.POST[name] for name in ("customer", "article")}
    with together.atomic():
        instance = flow.instances.start("order", by=person(request), variables=given)
        order = Order.objects.create(customer=given["customer"], instance_id=instance.id)
    return JsonResponse({"number": order.pk}, status=201)


def pack(request: HttpRequest, number: int) -> JsonResponse:
    """``POST /orders/…/parcel``: the step, and the label. A label that is taken undoes both."""
    try:
        with together.atomic():
            order = Order.objects.get(pk=number)
            tasks = flow.tasks.of_instance(order.instance_id)
            [task] = [each for each in tasks if each.is_open]
            flow.tasks.claim(task.id, by=person(request))
            flow.sop.record(task.id, "weight", by=person(request), value=request.POST["weight"])
            flow.tasks.complete(task.id, by=person(request))
            order.label = request.POST["label"]
            order.save()
    except IntegrityError:
        return problem(409, f"The label {request.POST['label']} is taken.")
    return JsonResponse({"label": order.label})


def own_tasks(request: HttpRequest) -> JsonResponse:
    """``GET /tasks``: what the person may take."""
    with together.atomic():
        names = [task.name for task in flow.tasks.for_person(person(request))]
    return JsonResponse({"tasks": names})


def person(request: HttpRequest) -> str:
    """Who has signed in; anonymous users have no name, and opsflow knows nobody without one."""
    return str(request.user.get_username())


class AnswerErrors:
    """Middleware that answers opsflow's errors as problem details (RFC 9457)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing but the view."""
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> JsonResponse | None:
        """The nearest class of the error decides over the status."""
        if not isinstance(error, OpsflowError):
            return None
        status = next(STATUS[each] for each in type(error).__mro__ if each in STATUS)
        return problem(status, str(error))


def problem(status: int, detail: str) -> JsonResponse:
    """Problem details."""
    body = {"title": "It was not done", "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")


urlpatterns = [
    path("sign-in", sign_in),
    path("tasks", own_tasks),
    path("orders", take),
    path("orders/<int:number>/parcel", pack),
]


def set_up() -> None:
    """Make both sets of tables; users and groups are Django's."""
    call_command("migrate", verbosity=0)
    flow.migrate()
    with connection.schema_editor() as editor:
        editor.create_model(Article)
        editor.create_model(Order)
    Article.objects.create(name="lamp", in_stock=2)
    for name, group in {"ana": "packer", "ben": "clerk", "eve": "shop_manager"}.items():
        user = get_user_model().objects.create_user(name, password="open")
        user.groups.create(name=group)
    with together.atomic():
        flow.definitions.deploy(MODEL, by="eve")


def client(name: str) -> Client:
    """Somebody's browser, signed in."""
    made = Client()
    assert made.post("/sign-in", {"name": name, "password": "open"}).status_code == 200
    return made


def counted() -> str:
    """How much there is on both sides."""
    return f"{Order.objects.count()} orders, {len(flow.instances.find())} instances"


def main() -> None:
    """Two orders are taken; the second parcel has the label of the first."""
    set_up()
    eve, ana, ben = client("eve"), client("ana"), client("ben")
    lamp = {"customer": "Kim", "article": "lamp"}
    first, second = (eve.post("/orders", lamp).json()["number"] for _ in range(2))
    print(f"in stock: {Article.objects.get().in_stock}")

    parcel = {"label": "P-1", "weight": "2.4"}
    for who, number in ((ana, first), (ben, second), (ana, second)):
        answer = who.post(f"/orders/{number}/parcel", parcel)
        print(answer.status_code, answer.json())
    print(f"Ana is asked to: {ana.get('/tasks').json()['tasks']}")

    try:
        with together.atomic():
            eve.post("/orders", {**lamp, "article": "sofa"})
            print(f"inside: {counted()}")
            raise RuntimeError
    except RuntimeError:
        print(f"after Django's rollback: {counted()}")
    print(f"the trail holds: {flow.history.verify().holds}")
    flow.close()
    connection.close()


if __name__ == "__main__":
    main()
