"""Every route of every room, walked by every role, for an object of one's own team and of another. A route that is not in
the table fails: whoever adds one says who may use it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from hallom.automation.models import Macro, TextTemplate
from hallom.calls import orders
from hallom.calls.models import Promise
from hallom.calls.tests.phone_house import call_of, make_number, make_queue
from hallom.customers.models import Customer
from hallom.knowledge.models import Article, ArticleVersion, Picture, State
from hallom.mail.models import IncomingMail, Mailbox, OutgoingMail
from hallom.staff.models import Role, Team, User
from hallom.staff.permissions import RULES, Reach
from hallom.staff.tests.cast import NOW, person
from hallom.storage import blobs
from hallom.tickets.models import (
    Attachment,
    Category,
    Checklist,
    Field,
    Notice,
    Recurrence,
    SavedView,
    StatusName,
    Ticket,
    TicketTemplate,
)

pytestmark = pytest.mark.django_db

CANARY = "Geheimnis-7731"
METHODS = ("get", "post", "delete")
TALKED = "the agent who talked"
SIGNED_IN = "everybody who is signed in"
OPEN = "everybody"


class Right(NamedTuple):
    """Who may: the act of `RULES`, the kind of object it is asked on, if any, and the act that is enough to look."""

    act: str
    of: str = ""
    look: str = ""

    def asked(self, method: str) -> str:
        return self.look if self.look and method == "get" else self.act


def ticket(act: str, *, look: str = "") -> Right:
    return Right(act, "ticket", look)


def call(act: str) -> Right:
    return Right(act, "call")


# Pages of the administration, by the beginning of their path.
SETTINGS = {
    "settings/users/": "settings.staff",
    "settings/teams/": "settings.staff",
    "settings/skills/": "settings.staff",
    "settings/audit/": "audit.view",
    "settings/hours/": "settings.hours",
    "settings/statuses/": "settings.tickets",
    "settings/fields/": "settings.tickets",
    "settings/checklists/": "settings.tickets",
    "settings/ticket-templates/": "settings.tickets",
    "settings/recurring-tickets/": "settings.tickets",
    "settings/categories/": "settings.tickets",
    "settings/templates/": "settings.tickets",
    "settings/signatures/": "settings.tickets",
    "settings/macros/": "settings.tickets",
    "settings/acknowledgements/": "settings.tickets",
    "settings/mailboxes/": "settings.mail",
    "settings/mail/consent/": "settings.mail",
    "settings/queues/": "settings.calls",
    "settings/numbers/": "settings.calls",
    "settings/greetings/": "settings.calls",
    "settings/pauses/": "settings.calls",
    "settings/alarms/": "settings.calls",
    "settings/dispositions/": "settings.calls",
    "settings/phones/": "settings.calls",
    "settings/trunks/": "settings.calls",
    "settings/toll/": "settings.calls",
    "settings/bans/": "settings.calls",
    "settings/extensions/": "settings.calls",
    "settings/outside-contacts/": "settings.calls",
    "settings/switchboard/": "settings.calls",
}
RIGHTS: dict[str, Right] = {
    ":health": Right(OPEN),
    ":metrics": Right(OPEN),
    "staff:login-link": Right(OPEN),
    "staff:profile": Right(SIGNED_IN),
    "ui:theme": Right(OPEN),
    "ui:language": Right(OPEN),
    "ui:rail": Right(SIGNED_IN),
    "ui:settings": Right(SIGNED_IN),
    "customers:customers": Right("customer.view"),
    "customers:choices": Right("customer.view"),
    "customers:new": Right("customer.change"),
    "customers:customer": Right("customer.view"),
    "customers:card": Right("customer.view"),
    "customers:history": Right("customer.view"),
    "customers:edit": Right("customer.change"),
    "knowledge:articles": Right("article.view"),
    "knowledge:article": Right("article.view", "article"),
    "knowledge:new": Right("article.change"),
    "knowledge:edit": Right("article.change"),
    "knowledge:removal": Right("article.change"),
    "knowledge:upload": Right("article.change"),
    "knowledge:picture": Right("article.view", "article"),
    "tickets:notices": Right("ticket.view"),
    "tickets:export": Right("ticket.export"),
    "tickets:notice": Right("ticket.view", "own"),
    "tickets:aside": ticket("ticket.view"),
    "tickets:history": ticket("ticket.view"),
    "tickets:snooze": ticket("ticket.change"),
    "tickets:spam": ticket("ticket.spam"),
    "tickets:deletion": ticket("ticket.delete"),
    "tickets:merge": ticket("ticket.merge"),
    "tickets:merge-choices": ticket("ticket.merge"),
    "tickets:split": ticket("ticket.change"),
    "tickets:links": ticket("ticket.change", look="ticket.view"),
    "tickets:link": ticket("ticket.change"),
    "tickets:watch": ticket("ticket.view"),
    "tickets:watchers": ticket("ticket.note"),
    "tickets:watcher-choices": ticket("ticket.note"),
    "tickets:watcher": ticket("ticket.note"),
    "tickets:steps": ticket("ticket.change", look="ticket.view"),
    "tickets:step": ticket("ticket.change"),
    "tickets:time": ticket("ticket.change", look="ticket.view"),
    "tickets:time-row": ticket("ticket.change"),
    "tickets:fields": ticket("ticket.change"),
    "tickets:answer": ticket("ticket.note"),
    "tickets:composer": ticket("ticket.note"),
    "tickets:sender": ticket("ticket.change"),
    "tickets:draft": ticket("ticket.note"),
    "tickets:upload": ticket("ticket.note"),
    "tickets:mentions": ticket("ticket.note"),
    "tickets:snippets": ticket("ticket.note"),
    "tickets:snippet": ticket("ticket.note"),
    "tickets:recall": ticket("ticket.change"),
    "tickets:sending": ticket("ticket.change"),
    "tickets:mail-body": ticket("ticket.view"),
    "tickets:attachment": ticket("ticket.view"),
    "tickets:tickets": Right("ticket.view"),
    "tickets:bulk": Right("ticket.bulk"),
    "tickets:views": Right("ticket.view"),
    "tickets:view-counts": Right("ticket.view"),
    "tickets:view": Right("ticket.view", "own"),
    "tickets:new": Right("ticket.open"),
    "tickets:worklist": Right(SIGNED_IN),
    "tickets:ticket": ticket("ticket.view"),
    "tickets:head": ticket("ticket.view"),
    "tickets:conversation": ticket("ticket.view"),
    "tickets:entries": ticket("ticket.note"),
    "tickets:status": ticket("ticket.change"),
    "tickets:closure": ticket("ticket.change"),
    "tickets:ownership": ticket("ticket.assign"),
    "tickets:assignment": ticket("ticket.assign"),
    "tickets:facts": ticket("ticket.change"),
    "tickets:customer": ticket("ticket.change"),
    "mail:waiting": Right("ticket.change"),
    "mail:stranger": ticket("ticket.change"),
    "mail:original": ticket("ticket.view"),
    "mail:delivery": ticket("ticket.view"),
    "mail:dead-letters": Right("ticket.view"),
    "mail:dead-letter-sending": ticket("ticket.change"),
    "mail:dead-letter-settlement": ticket("ticket.change"),
    "automation:use": ticket("ticket.change"),
    "calls:calls": Right("call.view"),
    "calls:export": Right("call.export"),
    "calls:recordings": Right("recording.listen"),
    "calls:practice": Right("phone.use"),
    "calls:call": call("call.view"),
    "calls:disposition": call(TALKED),
    "calls:recording": call("recording.listen"),
    "calls:recording-part": call("recording.listen"),
    "desk:home": Right(SIGNED_IN),
    "desk:worklist": Right(SIGNED_IN),
    "desk:strip": Right(SIGNED_IN),
    "desk:palette": Right(SIGNED_IN),
    "desk:deck": Right(SIGNED_IN),  # empty for those without a telephone
    "desk:state": Right("phone.use"),
    "desk:hold": Right("phone.use"),
    "desk:recording-pause": Right("phone.use"),
    "desk:offer": Right("phone.use"),
    "desk:call": Right("phone.use"),
    "desk:wrap-up": Right("phone.use"),
    "desk:phone": Right("phone.use"),
    "desk:destinations": Right("phone.use"),
    "desk:transfer": Right("phone.use"),
    "desk:consultation": Right("phone.use"),
    "desk:swap": Right("phone.use"),
    "desk:conference": Right("phone.use"),
    "desk:handover": Right("phone.use"),
    "desk:parking": Right("phone.use"),
    "desk:pickup": Right("phone.use"),
    "desk:dial": Right("phone.use"),
    "desk:keys": Right("phone.use"),
    "desk:do-not-disturb": Right("phone.use"),
    "desk:diversion": Right("phone.use"),
    "desk:promise": Right("phone.use"),
    "desk:promise-kept": Right("phone.use"),
    "desk:promise-refused": Right("phone.use"),
    "desk:wallboard": Right("wallboard.view"),
    "desk:supervisor": Right("calls.supervise"),
    "desk:watch": Right("calls.supervise", "colleague"),
    "desk:forced-state": Right("calls.supervise", "colleague"),
    "desk:promised": Right("promise.settle", "promise"),
    "desk:promised-settlement": Right("promise.settle", "promise"),
    "desk:switchboard": Right("switchboard.use"),
    "desk:switchboard-calls": Right("switchboard.use"),
    "desk:switchboard-directory": Right("switchboard.use"),
    "desk:switchboard-pickup": Right("switchboard.use"),
    "desk:switchboard-taking-down": Right("switchboard.use"),
    "desk:switchboard-night": Right("switchboard.use"),
    "desk:switchboard-quick": Right("switchboard.use"),
}


class Route(NamedTuple):
    name: str
    path: str
    arguments: tuple[str, ...]

    @property
    def right(self) -> Right | None:
        by_path = next((act for begins, act in SETTINGS.items() if self.path.startswith(begins)), None)
        return RIGHTS.get(self.name) or (Right(by_path) if by_path else None)


def routes(resolver: Any = None, prefix: str = "", room: str = "") -> Iterator[Route]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path, pattern.namespace or room)
        elif pattern.callback.__module__.startswith("hallom.") and pattern.name:
            yield Route(f"{room}:{pattern.name}", path, tuple(pattern.pattern.converters))


ROUTES = list(routes())


def test_every_route_says_who_may_use_it() -> None:
    assert [route.name for route in ROUTES if route.right is None] == []
    assert RIGHTS.keys() <= {route.name for route in ROUTES}


class World:
    """An object of every kind that a route may name, around one ticket and one call."""

    def __init__(self, team: Team, agent: User | None) -> None:
        self.customer = Customer.register(name="Carla Customer", by=None, now=NOW)
        self.ticket = Ticket.open(CANARY, by=None, now=NOW, team=team, customer=self.customer)
        self.ticket.add_note(CANARY, by=None, now=NOW)
        self.message = self.ticket.add_message(
            CANARY, channel="email", direction="out", now=NOW, html=f"<p>{CANARY}</p>"
        )
        blob = blobs.keep(CANARY.encode(), now=NOW)
        self.file = Attachment.objects.create(
            blob=blob, name="a.txt", content_type="text/plain", message=self.message
        )
        self.other = Ticket.open("other", by=None, now=NOW, team=team)
        self.ticket.link(self.other, kind="related", by=None, now=NOW)
        self.step = self.ticket.checklist.create(text="step")
        self.time = self.ticket.time_spent.create(seconds=60, at=NOW)
        self.mailbox = Mailbox.objects.create(
            name="Box", address="box@example.org", imap_host="127.0.0.1", imap_port=1
        )
        self.incoming = IncomingMail.objects.create(
            mailbox=self.mailbox, raw=blob, received_at=NOW, progress="stranger", ticket=self.ticket
        )
        self.outgoing = OutgoingMail.objects.create(
            message=self.message,
            mailbox=self.mailbox,
            identifier="<x@example.org>",
            state="failed",
            send_at=NOW,
            created_at=NOW,
            raw=blob,
        )
        self.macro = Macro.objects.create(name="Macro", steps=[{"do": "priority", "priority": 4}])
        self.promise = Promise.objects.create(
            id="01KPROMISE0000000000000001",
            kind="call_customer",
            owner=agent,
            why=CANARY,
            made_at=NOW,
            deadline=NOW,
        )
        facts = {"changed_at": NOW, "team": team, "state": State.IN_USE}
        self.article = Article.objects.create(**facts)
        version = ArticleVersion(article=self.article, language="en")
        version.write(CANARY, f"<p>{CANARY}</p>", by=None, now=NOW)
        self.picture = Picture.objects.create(
            article=self.article, blob=blob, name="a.txt", content_type="image/png", uploaded_at=NOW
        )
        self.call = call_of(agent, make_number(make_queue())) if agent else None

    def arguments(self, route: Route, user: User, stranger: User) -> dict[str, Any]:
        known: dict[str, Any] = {
            "number": self.ticket.number,
            "message": self.message.pk,
            "other": self.other.number,
            "name": "a.txt",
            "part": 0,
            "language": "en",
            "token": "t",
            "team": 0,
        }
        found = {name: known[name] for name in route.arguments if name in known}
        if "pk" in route.arguments:
            found["pk"] = self._key(route, user, stranger)
        return found

    def _key(self, route: Route, user: User, stranger: User) -> Any:
        return {
            "tickets:notice": lambda: (
                Notice.objects.create(user=stranger, kind="mention", ticket=self.ticket, at=NOW).pk
            ),
            "tickets:view": lambda: SavedView.objects.create(name="Theirs", owner=stranger).pk,
            "tickets:step": lambda: self.step.pk,
            "tickets:time-row": lambda: self.time.pk,
            "tickets:recall": lambda: self.message.pk,
            "tickets:sending": lambda: self.message.pk,
            "tickets:mail-body": lambda: self.message.pk,
            "tickets:attachment": lambda: self.file.pk,
            "mail:stranger": lambda: self.incoming.pk,
            "mail:original": lambda: self.incoming.pk,
            "mail:dead-letter-sending": lambda: self.outgoing.pk,
            "mail:dead-letter-settlement": lambda: self.outgoing.pk,
            "automation:use": lambda: self.macro.pk,
            "knowledge:picture": lambda: self.picture.pk,
            "desk:watch": lambda: self.call.pk if self.call else "none",
            "desk:forced-state": lambda: self.call.agent_id if self.call else 0,
            "desk:promised": lambda: self.promise.pk,
            "desk:promised-settlement": lambda: self.promise.pk,
        }.get(route.name, lambda: self._by_path(route))()

    def _by_path(self, route: Route) -> Any:
        if route.path.startswith("calls/"):
            return self.call.pk if self.call else "none"
        if route.path.startswith("knowledge/"):
            return self.article.pk
        return self.customer.pk if route.path.startswith("customers/") else _kept(route.path)


def _kept(path: str) -> Any:
    """A row that a page of the administration is about; 404 for those who may is as good as the page."""
    kinds: dict[str, Any] = {
        "settings/users/": lambda: person(f"u{User.objects.count()}", "Some Body", Role.AGENT),
        "settings/teams/": lambda: Team.objects.get_or_create(name="New team")[0],
        "settings/statuses/": lambda: StatusName.objects.get_or_create(name="Asked", meaning="pending")[0],
        "settings/fields/": lambda: Field.objects.get_or_create(key="f", label="F", kind="text")[0],
        "settings/checklists/": lambda: Checklist.objects.get_or_create(name="L", steps=["a"])[0],
        "settings/ticket-templates/": lambda: TicketTemplate.objects.get_or_create(name="T", subject="T")[0],
        "settings/recurring-tickets/": lambda: Recurrence.objects.create(
            template=TicketTemplate.objects.get_or_create(name="R", subject="R")[0],
            every="day",
            at="08:00",
            starts_on=NOW.date(),
        ),
        "settings/categories/": lambda: Category.objects.get_or_create(name="Fault")[0],
        "settings/templates/": lambda: TextTemplate.objects.get_or_create(name="Text")[0],
        "settings/macros/": lambda: Macro.objects.get_or_create(name="Another")[0],
        "settings/mailboxes/": lambda: Mailbox.objects.get_or_create(name="B2", address="b2@example.org")[0],
    }
    make = next((make for begins, make in kinds.items() if path.startswith(begins)), None)
    return make().pk if make else 1


def reached(act: str, role: Role, *, own: bool) -> bool:
    if act in (SIGNED_IN, OPEN):
        return True
    reach = RULES[act].get(role, Reach.NONE)
    return reach is Reach.ALL or (reach is not Reach.NONE and own)


def may(right: Right, role: Role, method: str, *, own: bool) -> bool:
    act = right.asked(method)
    if right.of == "own":
        return False
    if act == TALKED:
        return own
    if right.of == "ticket":
        return reached("ticket.view", role, own=own) and reached(act, role, own=own)
    if right.of == "call":
        return reached("call.view", role, own=own) and reached(act, role, own=own)
    if right.of in ("promise", "colleague", "article"):
        return reached(act, role, own=own)
    return reached(act, role, own=True)


@pytest.fixture(autouse=True)
def _nothing_outside(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(orders, "give", lambda *_, **__: orders.Outcome(True))
    settings.HALLOM_DEMO = True


@pytest.mark.parametrize(("role", "own"), list(product(Role, (True, False))))
def test_every_route_for_every_role(
    role: Role, own: bool, technical: Team, billing: Team, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person("user", "Uma User", role, team=technical)
    stranger = person("stranger", "Sam Stranger", Role.AGENT, team=billing)
    world = World(technical if own else billing, user if own else stranger)
    wrong = []
    client.force_login(user)
    # What hangs on no object is asked once.
    asked = [route for route in ROUTES if own or (route.right and route.right.of)]
    for route, method in product(asked, METHODS):
        with transaction.atomic():
            address = reverse(route.name.removeprefix(":"), kwargs=world.arguments(route, user, stranger))
            answer = asked_for(client, method, address)
            told = b"".join(answer.streaming_content) if answer.streaming else answer.content
            allowed = may(route.right, role, method, own=own)
            refused = answer.status_code in (401, 403, 404, 405)
            if allowed and answer.status_code in (401, 403):
                wrong.append((route.name, method, answer.status_code, "refused"))
            if not allowed and (not refused or CANARY.encode() in told):
                wrong.append((route.name, method, answer.status_code, "let in"))
            transaction.set_rollback(True)
    assert not wrong, "\n".join(map(str, wrong))


def asked_for(client: Client, method: str, address: str) -> Any:
    """Of the two kinds of words that routes take, the note is what fewer rights are enough for."""
    if method == "get":
        return client.get(address, {"kind": "note"})
    if method == "post":
        return client.post(f"{address}?kind=note", {"kind": "note"})
    return client.delete(address, "kind=note", content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("role", list(Role))
def test_no_list_and_no_page_of_ones_own_shows_another_teams_ticket(
    role: Role, technical: Team, billing: Team, client: Client
) -> None:
    user = person("user", "Uma User", role, team=technical)
    stranger = person("stranger", "Sam Stranger", Role.AGENT, team=billing)
    World(billing, stranger)
    client.force_login(user)
    shown = {
        route.name
        for route in ROUTES
        if not route.arguments
        and route.name != "staff:audit"
        and _shows(client, reverse(route.name.removeprefix(":")))
    }
    assert bool(shown) is reached("ticket.view", role, own=False)


@pytest.mark.parametrize("method", METHODS)
def test_who_is_not_signed_in_is_let_in_nowhere(method: str, technical: Team, client: Client) -> None:
    stranger = person("stranger", "Sam Stranger", Role.AGENT, team=technical)
    world = World(technical, stranger)
    wrong = []
    for route in ROUTES:
        if route.right == Right(OPEN):
            continue
        answer = getattr(client, method)(
            reverse(route.name.removeprefix(":"), kwargs=world.arguments(route, stranger, stranger))
        )
        if answer.status_code == 405:
            continue
        if not (answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")):
            wrong.append((route.name, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def _shows(client: Client, address: str) -> bool:
    answer = client.get(address, {"status": "all", "q": ""})
    told = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return CANARY.encode() in told
