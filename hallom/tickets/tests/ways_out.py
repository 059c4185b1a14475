"""The ways on which words leave a ticket, for the test that no note takes one of them.

Another room adds its own in ``<room>/tests/ways_out.py``: functions with ``@way("name", proof="…")`` that take a House
and give back all that came out. ``proof`` must be in it: a way that brings nothing proves nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import URLResolver, get_resolver

from hallom.customers.models import Customer
from hallom.mail.compose import compose
from hallom.mail.models import OutgoingMail, Recipient
from hallom.mail.sending_letter import letter_of
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.storage import blobs
from hallom.tickets import outgoing
from hallom.tickets.models import Attachment, Direction, Draft, Message, Note, SideThread, Ticket
from hallom.tickets.outgoing import Answer
from hallom.tickets.persons import Person
from hallom.timeline import push
from hallom.timeline.models import Event

CANARY = "kanarienvogel-4711"
# What the customer wrote: it may come out, and does.
SAID = "the line has been down since noon"
WRITTEN = "a new device comes tomorrow"
CUSTOMER = Person("carla@example.org", "Carla Customer")


@dataclass(frozen=True, slots=True)
class House:
    ticket: Ticket
    note: Note
    mail: Message
    alice: User
    bruno: User
    customer: Customer
    team: Team
    desk: Client
    now: datetime

    def path(self, rest: str = "") -> str:
        return f"/tickets/{self.ticket.number}/{rest}"

    def post(self, rest: str, given: dict[str, Any]) -> str:
        response = self.desk.post(self.path(rest), given, headers={"HX-Request": "true"})
        assert response.status_code == 200, response.content.decode()
        return str(response.content.decode())

    def answer(self, **given: Any) -> None:
        words = {
            "kind": "public",
            "to": str(CUSTOMER),
            "body": f"<p>{WRITTEN}</p>",
            "body_format": "html",
            **given,
        }
        self.post("answer/", words)


@dataclass(frozen=True, slots=True)
class Way:
    name: str
    proof: str
    walk: Callable[[House], str]


WAYS: list[Way] = []
Walk = Callable[[House], str]


def way(name: str, *, proof: str) -> Callable[[Walk], Walk]:
    def keep(walk: Walk) -> Walk:
        WAYS.append(Way(name, proof, walk))
        return walk

    return keep


def left() -> str:
    """Everything that has left or is about to: messages, their files, and the mails as the other side gets them."""
    pieces = [
        _row(one) for one in (*Message.objects.all(), *Recipient.objects.all(), *SideThread.objects.all())
    ]
    for file in Attachment.objects.filter(message__isnull=False):
        pieces += [file.name, blobs.read(file.blob).decode(errors="replace")]
    for mail in OutgoingMail.objects.all():
        pieces.append(readable(compose(letter_of(mail))))
    return "\n".join(pieces)


def readable(raw: bytes) -> str:
    """A mail as it is sent, and all of its parts decoded."""
    parsed = message_from_bytes(raw, policy=policy.default)
    parts = [part.get_payload(decode=True) or b"" for part in parsed.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for name, value in parsed.items()]
    return "\n".join(
        [raw.decode(errors="replace"), *headers, *(part.decode(errors="replace") for part in parts)]
    )


def _row(row: Model) -> str:
    return json.dumps(
        {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}, default=str
    )


def numbered_note(house: House) -> int:
    """A note whose number no message has."""
    return Note.objects.create(pk=10_000_000, ticket=house.ticket, body=CANARY, at=house.now).pk


@way("reply", proof=WRITTEN)
def reply(house: House) -> str:
    house.answer()
    return left()


@way("reply to all", proof="dan@example.org")
def reply_all(house: House) -> str:
    form = house.desk.get(house.path("composer/?kind=public&mode=all"), headers={"HX-Request": "true"})
    shown = form.content.decode().partition("<template")[0]
    house.answer(mode="all", cc="dan@example.org", quote=house.mail.pk)
    return shown + left()


@way("forward to a third party", proof=SAID)
def forward(house: House) -> str:
    form = house.post("composer/", {"kind": "public", "mode": "forward", "message": house.mail.pk})
    draft = Draft.objects.get(kind="forward")
    files = [one.pk for one in draft.attachments.all()]
    house.answer(mode="forward", to="courier@example.net", body=draft.html, attachment=files)
    return form.partition("<template")[0] + left()


@way("forwarding a note itself", proof="404")
def forward_note(house: House) -> str:
    given = {"kind": "public", "mode": "forward", "message": numbered_note(house)}
    response = house.desk.post(house.path("composer/"), given, headers={"HX-Request": "true"})
    return f"{response.status_code}{response.content.decode()}{left()}{list(Draft.objects.values())}"


@way("reply in a side thread", proof="where is it")
def side_thread(house: House) -> str:
    house.answer(mode="forward", to="courier@example.net", body="<p>where is it</p>")
    side = SideThread.objects.get()
    theirs = Message.objects.create(
        ticket=house.ticket,
        side=side,
        channel="email",
        direction=Direction.IN,
        body="in the van",
        at=house.now,
    )
    house.answer(side=side.pk, to="courier@example.net", body="<p>bring it</p>", quote=theirs.pk)
    return left()


@way("quoting the last message", proof=f"> {SAID}")
def quoting(house: House) -> str:
    house.answer(quote=house.mail.pk)
    return left()


@way("quoting a note", proof=WRITTEN)
def quoting_a_note(house: House) -> str:
    """The form names a number: of a message, whatever the author's browser says."""
    house.answer(quote=numbered_note(house))
    return left()


@way("the file of a note", proof="It cannot leave")
def file_of_a_note(house: House) -> str:
    """Asked for as a file and as a picture of the answer, and refused."""
    file = house.note.attachments.get()
    image = f'<p>{WRITTEN} <img src="/attachments/{file.pk}/x.png" data-attachment="{file.pk}"></p>'
    refused = 0
    for given in ({"attachment": file.pk}, {"body": image}):
        words = {"kind": "public", "to": str(CUSTOMER), "body": WRITTEN, "body_format": "html", **given}
        refused += house.desk.post(house.path("answer/"), words).status_code == 422
    return f"{'It cannot leave' if refused == 2 else 'It left'}\n{left()}"


@way("splitting", proof=WRITTEN)
def split(house: House) -> str:
    other = house.ticket.split(house.mail, subject="Another matter", by=house.alice, now=house.now)
    outgoing.send(
        other,
        Answer(f"<p>{WRITTEN}</p>", (CUSTOMER,), quote=other.messages.first()),
        by=house.alice,
        now=house.now,
    )
    assert not other.notes.exists()
    return left()


@way("merging", proof=SAID)
def merge(house: House) -> str:
    """The ticket with the note becomes part of another, which is then answered."""
    other = Ticket.open("The same", by=house.alice, now=house.now, customer=house.customer, owner=house.alice)
    house.ticket.merge_into(other, by=house.alice, now=house.now)
    words = Answer(f"<p>{WRITTEN}</p>", (CUSTOMER,), quote=house.mail)
    outgoing.send(Ticket.objects.get(pk=other.pk), words, by=house.alice, now=house.now)
    return left()


@way("undoing and sending again", proof=WRITTEN)
def undo(house: House) -> str:
    house.desk.post(
        house.path("draft/"),
        {"kind": "note", "body": f"<p>{CANARY}</p>", "body_format": "html", "revision": 0},
    )
    house.answer()
    message = Message.objects.get(direction=Direction.OUT)
    house.post(f"messages/{message.pk}/recall/", {"method": "delete"})
    kept = Draft.objects.get(kind="reply")
    house.answer(body=kept.html, revision=kept.revision)
    return kept.html + left()


@way("a draft of a note and one of an answer", proof=WRITTEN)
def drafts(house: House) -> str:
    for kind, body in (("note", CANARY), ("public", WRITTEN)):
        given = {"kind": kind, "body": f"<p>{body}</p>", "body_format": "html", "revision": 0}
        house.desk.post(house.path("draft/"), given)
    form = house.desk.get(
        house.path("composer/?kind=public"), headers={"HX-Request": "true"}
    ).content.decode()
    house.answer(revision=1)
    return form.partition("<template")[0] + left()


@way("timeline and push", proof="ticket.note_added")
def timeline(house: House) -> str:
    events = list(Event.objects.all())
    pushed = [payload for one in events for payload in push.payloads_of(one.pk, list(one.topics))]
    assert any(house.ticket.topic in payload for payload in pushed)
    return "\n".join([*map(_row, events), *pushed])


@way("notices", proof='"kind": "mention"')
def notices(house: House) -> str:
    return "\n".join(map(_row, house.bruno.notices.all()))


@way("the page of notices", proof="No line")
def page_of_notices(house: House) -> str:
    colleague = Client()
    colleague.force_login(house.bruno)
    return str(colleague.get("/notices/").content.decode())


@way("the customer's page", proof=SAID)
def customer_page(house: House) -> str:
    base = f"/customers/{house.customer.pk}/"
    return "".join(house.desk.get(f"{base}{rest}").content.decode() for rest in ("", "card/", "history/"))


@way("lists", proof="No line")
def lists(house: House) -> str:
    pages = (
        "/",
        "/tickets/",
        "/tickets/work/",
    )
    searches = (("/tickets/", "line"), ("/tickets/", CANARY[:6]), ("/palette/", "line"))
    found = [house.desk.post(page, {"q": text}).content.decode() for page, text in searches]
    return "".join([*(house.desk.get(page).content.decode() for page in pages), *found])


@way("the body of a mail in its frame", proof=SAID)
def frame(house: House) -> str:
    base = house.path(f"messages/{house.mail.pk}/body/")
    return "".join(
        house.desk.get(f"{base}{query}").content.decode() for query in ("", "?part=quoted", "?images=1")
    )


@way("the export of tickets", proof="No line")
def export_of_tickets(house: House) -> str:
    supervisor = Client()
    supervisor.force_login(house.bruno)
    response: Any = supervisor.get("/tickets/export.csv?status=all")
    return b"".join(response.streaming_content).decode()


@way("the export of calls", proof="the courier called")
def export_of_calls(house: House) -> str:
    from hallom.calls.tests.phone_house import call_of, make_number, make_queue, serve

    queue = make_queue(name="the courier called")
    serve(queue, house.alice)
    call = call_of(house.alice, make_number(queue))
    house.ticket.link_call(str(call.pk), by=house.alice, now=house.now)
    house.ticket.add_note(CANARY, by=house.alice, now=house.now, call=str(call.pk))
    supervisor = Client()
    supervisor.force_login(house.bruno)
    response = supervisor.get("/calls/export.csv")
    content: Any = getattr(response, "streaming_content", None) or [response.content]
    return b"".join(content).decode()


@way("send later and call back", proof=WRITTEN)
def later(house: House) -> str:
    words = Answer(f"<p>{WRITTEN}</p>", (CUSTOMER,), send_at=house.now + timedelta(hours=1), quote=house.mail)
    message = outgoing.send(house.ticket, words, by=house.alice, now=house.now)
    sent = left()
    outgoing.recall(message, by=house.alice, now=house.now)
    return sent + left()


@way("every address of the house, asked by a colleague of another team", proof='"ready"')
def every_address(house: House) -> str:
    """Whatever a program may ask: an address that is added answers here too."""
    outside = Client(raise_request_exception=False)
    outside.force_login(
        person("stranger", "Stranger", Role.AGENT, team=Team.objects.create(name="Elsewhere"))
    )
    keys = (house.ticket.number, house.note.pk, house.mail.pk)
    asked = [
        re.sub(r"<[^>]+>", str(key), f"/{route}")
        for route in _routes()
        for key in (keys if "<" in route else keys[:1])
    ]
    return "".join(outside.get(path).getvalue().decode(errors="replace") for path in asked)


def _routes(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, path)
        else:
            yield path
