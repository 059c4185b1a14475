import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from hallom.customers.models import Customer
from hallom.staff import names
from hallom.staff.models import Team, User
from hallom.storage import blobs, limits
from hallom.storage.models import Blob, Scan
from hallom.tickets import composer_tools, outgoing
from hallom.tickets.composer_tools import Macro, Offered, Snippet
from hallom.tickets.models import (
    Attachment,
    Delivery,
    Direction,
    Draft,
    Message,
    Note,
    SideThread,
    Status,
    Ticket,
)
from hallom.tickets.tests.conftest import Postman

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("postman")]
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)


@pytest.fixture
def desk(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def path(ticket: Ticket, rest: str = "") -> str:
    return f"/tickets/{ticket.number}/{rest}"


def words(**rest: Any) -> dict[str, Any]:
    return {
        "kind": "public",
        "to": "carla@example.org",
        "body": "<p>It comes tomorrow</p>",
        "body_format": "html",
        **rest,
    }


def mail_of(ticket: Ticket, now: datetime, **rest: Any) -> Message:
    given = {
        "body": "No internet since Monday",
        "from_name": "Carla C.",
        "from_address": "carla@home.example",
        "to": [{"name": "Help", "address": "help@house.example"}],
        "cc": [{"name": "Dan", "address": "dan@example.org"}],
        **rest,
    }
    return Message.objects.create(
        ticket=ticket, channel="email", direction=Direction.IN, at=now, customer=ticket.customer, **given
    )


def test_an_answer_is_sent_and_can_be_undone(desk: Client, ticket: Ticket, postman: Postman) -> None:
    page = desk.post(path(ticket, "answer/"), words(), headers=SCRIPT).content.decode()
    message = Message.objects.get()
    assert (message.body, message.delivery, len(postman.queued)) == ("It comes tomorrow", Delivery.WAITING, 1)
    assert 'id="stream"' in page
    assert 'id="composer" hx-swap-oob="true"' in page
    undo = path(ticket, f"messages/{message.pk}/recall/")
    assert f'class="undo" method="post" action="{undo}"' in page
    back = desk.post(undo, {"method": "delete"}, headers=SCRIPT).content.decode()
    assert not Message.objects.exists()
    assert 'data-html="&lt;p&gt;It comes tomorrow&lt;/p&gt;"' in back
    assert 'name="to" value="Carla Customer &lt;carla@example.org&gt;"' in back


def test_too_late_an_undo_says_so(desk: Client, ticket: Ticket, postman: Postman) -> None:
    desk.post(path(ticket, "answer/"), words())
    postman.is_gone = True
    url = path(ticket, f"messages/{Message.objects.get().pk}/recall/")
    assert "too late" in desk.delete(url, headers=SCRIPT).content.decode()
    assert Message.objects.count() == 1


def test_send_and_wait_and_to_whom(desk: Client, ticket: Ticket) -> None:
    given = words(
        then="await_customer", cc="Dan <dan@example.org>", bcc="eve@example.org", subject="About it"
    )
    assert desk.post(path(ticket, "answer/"), given).status_code == 302
    message = Message.objects.get()
    assert (message.subject, message.to, message.cc, message.bcc) == (
        "About it",
        [{"name": "Carla Customer", "address": "carla@example.org"}],
        [{"name": "Dan", "address": "dan@example.org"}],
        [{"name": "", "address": "eve@example.org"}],
    )
    assert Ticket.objects.get().status == Status.PENDING


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": "carla"}, "“carla” is no e-mail address."),
        ({"to": ""}, "Nobody is named"),
        ({"body": "<p></p>"}, "Nothing is written yet."),
        ({"body": '<p><mark data-missing="x">name</mark></p>'}, "places that nobody has filled in"),
        ({"attachment": "987654"}, "not there any more"),
        ({"later": "own", "send_at": "2020-01-01T10:00"}, "past or too far"),
        ({"later": "own", "send_at": "x"}, "Say when"),
    ],
)
def test_what_cannot_be_sent_keeps_the_words(
    given: dict[str, str], said: str, desk: Client, ticket: Ticket
) -> None:
    response = desk.post(path(ticket, "answer/"), words(**given), headers=SCRIPT)
    page = response.content.decode()
    assert (response.status_code, response["HX-Retarget"]) == (422, "#composer")
    assert said in page
    if "body" not in given:
        assert "It comes tomorrow" in page
    assert not Message.objects.exists()


def test_empty_places_go_when_the_author_says_so(desk: Client, ticket: Ticket) -> None:
    given = words(body='<p>Dear <mark data-missing="x">name</mark></p>', body_missing="confirmed")
    desk.post(path(ticket, "answer/"), given)
    assert Message.objects.get().html == "<p>Dear name</p>"


@pytest.mark.parametrize(
    ("later", "when"),
    [
        ({"later": "hour"}, timedelta(hours=1)),
        ({"later": "tomorrow"}, timedelta(hours=21, minutes=10)),
        ({"later": "own", "send_at": "2026-07-16T12:50"}, timedelta(hours=2)),
    ],
)
def test_an_answer_goes_later(
    later: dict[str, str], when: timedelta, desk: Client, ticket: Ticket, now: datetime
) -> None:
    with time_machine.travel(now, tick=False):
        desk.post(path(ticket, "answer/"), words(**later))
        assert Message.objects.get().send_at == now + when
        assert "Call it back" in desk.get(path(ticket)).content.decode()


def test_something_newer_stops_the_answer(
    desk: Client, ticket: Ticket, bruno: User, now: datetime, postman: Postman
) -> None:
    ticket.add_note("Wait, he has called", by=bruno, now=now)
    mail_of(ticket, now)
    response = desk.post(path(ticket, "answer/"), words(seen="m0n0"), headers=SCRIPT)
    page = response.content.decode()
    assert response.status_code == 409
    for part in ("Message from Carla C.", "Internal note by Bruno", "It comes tomorrow", "Send anyway"):
        assert part in page
    assert not postman.queued
    desk.post(path(ticket, "answer/"), words(seen="m0n0", anyway="1"))
    assert len(postman.queued) == 1


def test_the_page_shows_what_it_has_shown(desk: Client, ticket: Ticket, bruno: User, now: datetime) -> None:
    note = ticket.add_note("Wait", by=bruno, now=now)
    mail = mail_of(ticket, now)
    page = desk.get(path(ticket)).content.decode()
    assert f'data-seen="m{mail.pk}n{note.pk}"' in page
    assert f'name="seen" value="m{mail.pk}n{note.pk}"' in page


def test_a_page_of_mails_costs_at_most_fifteen_queries(
    desk: Client,
    ticket: Ticket,
    bruno: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        mail = mail_of(ticket, now, body=f"Mail {number}", quoted="> old")
        ticket.add_note(f"Note {number}", by=bruno, now=now)
        for row in ({"message": mail}, {"note": ticket.notes.latest("pk")}):
            blob = blobs.keep(f"{number}{row}".encode(), now=now)
            Attachment.objects.create(**row, blob=blob, name="log.txt", content_type="text/plain")
    desk.get(path(ticket))
    monkeypatch.setattr(names, "_read_at", float("-inf"))
    with django_assert_max_num_queries(15):
        desk.get(path(ticket))


def test_an_answer_goes_to_who_wrote(desk: Client, ticket: Ticket, now: datetime) -> None:
    page = desk.get(path(ticket)).content.decode()
    assert 'name="to" value="carla@example.org"' in page
    mail = mail_of(ticket, now)
    page = desk.get(path(ticket)).content.decode()
    assert 'name="to" value="carla@home.example"' in page
    assert 'name="cc" value="Dan &lt;dan@example.org&gt;"' in page
    assert f'name="quote" value="{mail.pk}"' in page
    everybody = desk.get(path(ticket, "composer/?kind=public&mode=all"), headers=SCRIPT).content.decode()
    assert "help@house.example" in everybody


def test_a_bounced_address_is_marked(desk: Client, ticket: Ticket, carla: Customer, now: datetime) -> None:
    carla.contact_points.filter(kind="email").update(bounced_at=now)
    warning = "Mail to carla@example.org came back"
    assert warning in desk.get(path(ticket)).content.decode()
    desk.post(path(ticket, "draft/"), {"kind": "public", "body": "<p>Dear Carla</p>", "body_format": "html"})
    begun = desk.get(path(ticket)).content.decode()
    assert "Dear Carla" in begun
    assert warning in begun


def test_a_note_with_mentions_and_files(desk: Client, ticket: Ticket, bruno: User) -> None:
    url = path(ticket, "files/?kind=note")
    kept = desk.post(url, {"file": SimpleUploadedFile("plan.pdf", b"plan", "application/pdf")}).json()
    html = f'<p><span data-mention="{bruno.pk}">@Bruno Supervisor</span> look</p>'
    desk.post(
        path(ticket, "answer/"),
        {"kind": "note", "body": html, "body_format": "html", "attachment": kept["id"]},
    )
    note = Note.objects.get()
    assert (note.body, [one.name for one in note.attachments.all()]) == (
        "@Bruno Supervisor look",
        ["plan.pdf"],
    )
    assert bruno.notices.filter(kind="mention").count() == 1
    page = desk.get(path(ticket)).content.decode()
    assert '<span class="mention">@Bruno Supervisor</span>' in page
    assert f'href="{kept["url"]}"' in page
    assert not Draft.objects.exists()


def test_what_was_said_by_telephone_is_written_down(desk: Client, ticket: Ticket, carla: Customer) -> None:
    given = {"kind": "call", "said": "phone-in", "body": "Thank you\n\nBye"}
    desk.post(path(ticket, "answer/"), given)
    message = Message.objects.get()
    assert (message.channel, message.customer, message.html) == ("phone", carla, "<p>Thank you</p><p>Bye</p>")


@pytest.mark.parametrize("kind", ["", "Public", "note,public"])
def test_what_does_not_say_its_kind_goes_nowhere(
    kind: str, desk: Client, ticket: Ticket, postman: Postman
) -> None:
    response = desk.post(path(ticket, "answer/"), words(kind=kind))
    assert response.status_code == 422
    assert "It comes tomorrow" in response.content.decode()
    assert not Note.objects.exists()
    assert not postman.queued


def test_a_mail_goes_to_a_third_party_and_stays_apart(
    desk: Client, ticket: Ticket, now: datetime, postman: Postman
) -> None:
    mail = mail_of(ticket, now, html="<p>No internet <strong>since Monday</strong></p>")
    file = Attachment.objects.create(
        message=mail, blob=blobs.keep(b"log", now=now), name="log.txt", content_type="text/plain"
    )
    asked = {"kind": "public", "mode": "forward", "message": mail.pk}
    page = desk.post(path(ticket, "composer/"), asked, headers=SCRIPT).content.decode()
    assert "since Monday" in page
    copy = Attachment.objects.get(draft__kind="forward")
    assert (copy.blob, Attachment.objects.get(pk=file.pk).message) == (file.blob, mail)
    given = words(
        mode="forward", to="Courier <c@courier.example>", attachment=copy.pk, subject="Where is it?"
    )
    desk.post(path(ticket, "answer/"), given)
    side = SideThread.objects.get()
    assert (side.address, side.subject) == ("c@courier.example", "Where is it?")
    sent = Message.objects.get(side=side)
    assert [one.name for one in sent.attachments.all()] == ["log.txt"]
    page = desk.get(path(ticket)).content.decode()
    assert "with Courier, not with the customer" in page
    assert "Reply to Courier" in page
    # The reply of the courier is never quoted to the customer.
    answer = mail_of(ticket, now, side=side, body="He was drunk", from_address="c@courier.example")
    desk.post(path(ticket, "answer/"), words(quote=answer.pk))
    assert "drunk" not in Message.objects.filter(side=None).latest("pk").quoted
    desk.post(path(ticket, "answer/"), words(quote=answer.pk, side=side.pk, to="c@courier.example"))
    assert "drunk" in Message.objects.filter(side=side).latest("pk").quoted


def test_the_pictures_of_a_forwarded_mail_go_along_as_files(
    desk: Client, ticket: Ticket, now: datetime, postman: Postman
) -> None:
    mail = mail_of(ticket, now, html='<p>Look <img src="/attachments/1/photo.jpg"></p>')
    for name, is_inline in (("photo.jpg", True), ("bill.pdf", False)):
        Attachment.objects.create(
            message=mail, blob=blobs.keep(name.encode(), now=now), name=name, is_inline=is_inline
        )
    desk.post(
        path(ticket, "composer/"), {"kind": "public", "mode": "forward", "message": mail.pk}, headers=SCRIPT
    )
    copies = Attachment.objects.filter(draft__kind="forward")
    assert {one.name for one in copies} == {"photo.jpg", "bill.pdf"}
    given = words(mode="forward", to="c@courier.example", attachment=[one.pk for one in copies])
    assert desk.post(path(ticket, "answer/"), given).status_code == 302
    sent = Message.objects.get(side__isnull=False)
    assert {(one.name, one.is_inline) for one in sent.attachments.all()} == {
        ("photo.jpg", False),
        ("bill.pdf", False),
    }


def test_a_thread_of_another_ticket_is_not_there(
    desk: Client, ticket: Ticket, alice: User, now: datetime
) -> None:
    other = Ticket.open("Other", by=alice, now=now)
    side = SideThread.objects.create(ticket=other, subject="x", address="c@d.example", opened_at=now)
    assert desk.post(path(ticket, "answer/"), words(side=side.pk)).status_code == 404
    assert desk.get(path(ticket, f"?write=public&side={side.pk}")).status_code == 404


def test_a_draft_is_kept_for_another_device(desk: Client, ticket: Ticket, alice: User) -> None:
    given = words(revision=0, cc="dan@", body="<p>Half a sen</p>")
    first = desk.post(path(ticket, "draft/"), given).json()
    assert first["revision"] == 1
    page = Client()
    page.force_login(alice)
    text = page.get(path(ticket)).content.decode()
    assert 'data-html="&lt;p&gt;Half a sen&lt;/p&gt;"' in text
    assert 'name="cc" value="dan@"' in text
    assert 'name="revision" value="1"' in text
    newer = desk.post(path(ticket, "draft/"), words(revision=1, body="<p>Half a sentence</p>")).json()
    late = page.post(path(ticket, "draft/"), words(revision=1, body="<p>Other</p>"))
    assert (late.status_code, late.json()["revision"]) == (409, newer["revision"])
    assert late.json()["html"] == "<p>Half a sentence</p>"
    assert desk.delete(path(ticket, "draft/?kind=public")).status_code == 204
    assert not Draft.objects.exists()


def test_a_draft_of_which_nothing_is_left_knows_what_the_page_shows(
    desk: Client, ticket: Ticket, bruno: User, now: datetime
) -> None:
    """Written, wiped away, and a colleague's note comes: whoever begins anew has read it."""
    shown = desk.get(f"/tickets/{ticket.number}/").content.decode()
    old = re.findall(r'name="seen" value="(\w+)"', shown)[0]
    kept = {"kind": "public", "body_format": "html", "seen": old, "to": "carla@example.org"}
    for revision, html in enumerate(("<p>Dear</p>", "")):
        desk.post(path(ticket, "draft/"), {**kept, "body": html, "revision": str(revision)})
    assert Draft.objects.get().revision == 2
    ticket.add_note("He called", by=bruno, now=now)
    page = desk.get(f"/tickets/{ticket.number}/?write=public").content.decode()
    assert re.findall(r'name="seen" value="(\w+)"', page)[0] != old


def test_a_note_and_an_answer_have_a_draft_each(desk: Client, ticket: Ticket) -> None:
    desk.post(path(ticket, "draft/"), words(revision=0))
    desk.post(path(ticket, "draft/"), words(kind="note", revision=0, body="<p>He is difficult</p>"))
    desk.post(path(ticket, "answer/"), words(revision=1))
    assert [(one.kind, one.html) for one in Draft.objects.all()] == [("note", "<p>He is difficult</p>")]


def test_a_draft_is_its_authors_alone(desk: Client, ticket: Ticket, bruno: User, client: Client) -> None:
    desk.post(path(ticket, "draft/"), words(revision=0, body="<p>Secret half</p>"))
    url = path(ticket, "files/?kind=public")
    kept = desk.post(url, {"file": SimpleUploadedFile("plan.pdf", b"plan", "application/pdf")}).json()
    other = Client()
    other.force_login(bruno)
    assert "Secret half" not in other.get(path(ticket)).content.decode()
    assert other.get(kept["url"]).status_code == 404
    assert desk.get(kept["url"]).status_code == 200


def test_a_file_that_no_mail_carries_is_refused_with_words(
    desk: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = path(ticket, "files/?kind=public")
    refused = desk.post(url, {"file": SimpleUploadedFile("setup.exe", b"MZ", "application/octet-stream")})
    assert (refused.status_code, "is a program" in refused.json()["error"]) == (422, True)
    monkeypatch.setattr(limits, "MAX_TOGETHER", 6)
    assert desk.post(url, {"file": SimpleUploadedFile("a.txt", b"1234", "text/plain")}).status_code == 200
    assert desk.post(url, {"file": SimpleUploadedFile("b.txt", b"1234", "text/plain")}).status_code == 422
    assert desk.post(url, {}).status_code == 422
    assert Attachment.objects.count() == 1


def test_a_picture_goes_into_the_text(desk: Client, ticket: Ticket) -> None:
    out = BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    url = path(ticket, "files/?kind=public")
    kept = desk.post(url, {"file": SimpleUploadedFile("k é.png", out.getvalue(), "image/png")}).json()
    assert kept["inline"] is True
    html = f'<p>See <img src="{kept["url"]}" data-attachment="{kept["id"]}" alt="x"></p>'
    desk.post(path(ticket, "answer/"), words(body=html))
    sent = Message.objects.get()
    assert [(one.pk, one.is_inline) for one in sent.attachments.all()] == [(kept["id"], True)]
    shown = desk.get(kept["url"])
    assert (shown["Content-Type"], shown["Content-Disposition"].split(";")[0]) == ("image/png", "inline")


def test_files_belong_to_who_may_see_the_ticket(
    desk: Client, ticket: Ticket, amir: User, now: datetime, settings: Any
) -> None:
    note = ticket.add_note("See file", by=None, now=now)
    blob = blobs.keep(b"plan", now=now)
    one = Attachment.objects.create(note=note, blob=blob, name="plan.pdf", content_type="application/pdf")
    assert desk.get(f"/attachments/{one.pk}/plan.pdf").status_code == 200
    other = Client()
    assert other.get(f"/attachments/{one.pk}/plan.pdf").status_code == 302
    other.force_login(amir)
    assert other.get(f"/attachments/{one.pk}/plan.pdf").status_code == 404
    Blob.objects.filter(pk=blob.pk).update(scan=Scan.INFECTED)
    refused = desk.get(f"/attachments/{one.pk}/plan.pdf")
    assert (refused.status_code, "A virus was found" in refused.content.decode()) == (403, True)


def test_the_html_of_a_mail_stands_in_a_frame_without_rights(
    desk: Client, ticket: Ticket, now: datetime
) -> None:
    html = (
        '<table><tr><td style="color:red">Hi<img data-remote-src="https://t.example/x.gif"></td></tr></table>'
    )
    mail = mail_of(
        ticket, now, html=html, remote_images=1, trackers=2, quoted="> old", quoted_html="<p>old</p>"
    )
    page = desk.get(path(ticket)).content.decode()
    url = path(ticket, f"messages/{mail.pk}/body/")
    assert f'src="{url}" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in page
    assert "Load 1 picture" in page
    assert "2 tracking pictures were left out" in page
    assert "<table>" not in page.partition('id="stream"')[2].partition('id="composer"')[0]
    frame = desk.get(url)
    policy = frame["Content-Security-Policy"]
    assert ("default-src 'none'" in policy, "script" in policy, "img-src 'self';" in policy) == (
        True,
        False,
        True,
    )
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert ' src="https' not in frame.content.decode()
    loaded = desk.get(f"{url}?images=1")
    assert ' src="https://t.example/x.gif"' in loaded.content.decode()
    assert "img-src 'self' https:" in loaded["Content-Security-Policy"]
    assert "<p>old</p>" in desk.get(f"{url}?part=quoted").content.decode()


@pytest.mark.parametrize(
    "html",
    [
        '<p onclick="x">a</p>',
        '<img src="https://t.example/x">',
        '<a href="javascript:x">a</a>',
        "<script>x</script>",
        "<p style='x'>",
    ],
)
def test_only_simple_text_stands_in_our_page(html: str, desk: Client, ticket: Ticket, now: datetime) -> None:
    mail_of(ticket, now, html=html)
    page = desk.get(path(ticket)).content.decode()
    assert html not in page
    assert "data-mail" in page


def test_a_link_says_where_it_really_leads(desk: Client, ticket: Ticket, now: datetime) -> None:
    link = '<a href="https://evil.example/" title="https://evil.example/" data-target="evil.example" data-deceptive="bank.example">bank.example</a>'
    mail_of(ticket, now, html=f"<p>{link}</p>")
    assert link in desk.get(path(ticket)).content.decode()


class Shelf:
    """Templates and macros of a house."""

    carried: list[Any]

    def __init__(self) -> None:
        self.carried = []

    def offered(self, user: User, ticket: Ticket, *, q: str, kind: str, language: str) -> list[Offered]:
        return [Offered("1", "macro", f"{q}|{kind}|{language}")]

    def snippet(self, user: User, ticket: Ticket, key: str, *, kind: str, language: str) -> Snippet | None:
        return Snippet("<p>x</p>", ("name",), ("Sets the status",), "1") if key == "1" else None

    def macros(self, user: User, ticket: Ticket, keys: Any) -> list[Macro]:
        return [Macro(key, "New delivery", ("Sets the status",)) for key in keys]

    def carry_out(self, ticket: Ticket, keys: Any, *, by: User, now: datetime) -> None:
        self.carried.append((ticket.pk, tuple(keys), by))

    def signatures(self, user: User, ticket: Ticket) -> Sequence[tuple[str, str]]:
        return []

    def signature(self, user: User, ticket: Ticket, *, language: str, chosen: str = "") -> str:
        return ""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    before = list(composer_tools._snippets)
    shelf = Shelf()
    composer_tools.register(shelf)
    yield shelf
    composer_tools._snippets[:] = before


def test_templates_and_macros_come_from_the_room_that_keeps_them(
    desk: Client, ticket: Ticket, shelf: Shelf, alice: User
) -> None:
    offered = desk.post(path(ticket, "snippets/"), {"q": "del", "kind": "note", "lang": "hu"}).json()
    assert offered == [{"id": "1", "kind": "macro", "label": "del|note|hu", "detail": ""}]
    found = desk.post(path(ticket, "snippet/"), {"id": "1"}).json()
    assert found == {"html": "<p>x</p>", "missing": ["name"], "acts": ["Sets the status"], "macro": "1"}
    assert desk.post(path(ticket, "snippet/"), {"id": "2"}).status_code == 404
    desk.post(path(ticket, "draft/"), words(revision=0, macro="1"))
    assert "New delivery" in desk.get(path(ticket)).content.decode()
    desk.post(path(ticket, "answer/"), words(macro="1"))
    assert shelf.carried == [(ticket.pk, ("1",), alice)]


def test_a_macro_that_fails_sends_nothing(
    desk: Client, ticket: Ticket, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise outgoing.CannotSend("no_way_out")

    monkeypatch.setattr(shelf, "carry_out", fails)
    assert desk.post(path(ticket, "answer/"), words(macro="1")).status_code == 422
    assert not Message.objects.exists()


def test_colleagues_who_may_see_the_ticket_are_offered(
    desk: Client, ticket: Ticket, bruno: User, amir: User
) -> None:
    User.objects.filter(pk=bruno.pk).update(full_name="Bíró Nóra")
    answer = lambda q: desk.post(path(ticket, "mentions/"), {"q": q})  # noqa: E731
    asked = lambda q: [one["label"] for one in json.loads(answer(q).content)]  # noqa: E731
    assert asked("") == ["Bíró Nóra"]
    assert asked("nora") == ["Bíró Nóra"]
    assert asked("Amir") == []


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("post", "answer/"),
        ("get", "composer/?kind=public"),
        ("post", "draft/"),
        ("post", "files/?kind=public"),
        ("post", "mentions/"),
        ("post", "snippets/?kind=public"),
        ("post", "snippet/?kind=public&id=1"),
    ],
)
def test_another_teams_ticket_is_not_there(
    method: str, rest: str, ticket: Ticket, amir: User, client: Client
) -> None:
    client.force_login(amir)
    given = words() if method == "post" else {}
    assert getattr(client, method)(path(ticket, rest), given if given else None).status_code == 404


def test_the_acts_on_a_message_ask_for_its_ticket(
    desk: Client, ticket: Ticket, amir: User, alice: User, now: datetime, client: Client
) -> None:
    other = Ticket.open("Other", by=alice, now=now, owner=alice)
    elsewhere = mail_of(other, now)
    for rest in ("recall/", "sending/"):
        assert desk.post(path(ticket, f"messages/{elsewhere.pk}/{rest}")).status_code == 404
    assert desk.get(path(ticket, f"messages/{elsewhere.pk}/body/")).status_code == 404
    stranger = Client()
    stranger.force_login(amir)
    mine = mail_of(ticket, now)
    for rest in ("recall/", "sending/"):
        assert stranger.post(path(ticket, f"messages/{mine.pk}/{rest}")).status_code == 404
    assert stranger.get(path(ticket, f"messages/{mine.pk}/body/")).status_code == 404


def test_a_failed_message_is_sent_again(desk: Client, ticket: Ticket, postman: Postman) -> None:
    desk.post(path(ticket, "answer/"), words())
    outgoing.delivered(Message.objects.get(), Delivery.FAILED, now=timezone.now())
    page = desk.get(path(ticket)).content.decode()
    assert "not delivered" in page
    desk.post(path(ticket, f"messages/{Message.objects.get().pk}/sending/"))
    assert len(postman.queued) == 2


def test_an_attendant_may_note_but_not_answer(
    ticket: Ticket, technical: Team, client: Client, postman: Postman
) -> None:
    from hallom.staff.models import Role
    from hallom.staff.tests.cast import person

    client.force_login(person("otto", "Otto Attendant", Role.ATTENDANT, team=technical))
    page = client.get(path(ticket)).content.decode()
    assert 'value="note" data-key="n" checked' in page
    assert 'value="public"' not in page
    assert client.post(path(ticket, "answer/"), words()).status_code == 403
    assert client.post(path(ticket, "draft/"), words()).status_code == 403
    assert client.post(path(ticket, "answer/"), words(kind="note")).status_code == 302
    assert not postman.queued


def test_what_was_merged_is_labelled_and_can_be_answered(
    desk: Client, ticket: Ticket, alice: User, now: datetime
) -> None:
    source = Ticket.open(
        "Same thing", by=alice, now=now, customer=ticket.customer, owner=alice, team=ticket.team
    )
    mail_of(source, now, body="The same again")
    source.merge_into(ticket, by=alice, now=now)
    page = desk.get(path(ticket)).content.decode()
    assert "The same again" in page
    assert f"from #{source.number}" in page
    assert 'name="to" value="carla@home.example"' in page
