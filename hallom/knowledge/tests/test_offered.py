"""What the composer gets of an article: for whom, in which language, with its pictures; and what never leaves."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hallom.automation.snippets import Snippets, seated
from hallom.customers.models import Customer
from hallom.knowledge.models import Article, Audience, Picture, State
from hallom.knowledge.tests.conftest import PNG, article
from hallom.staff.models import Team, User
from hallom.storage import blobs
from hallom.tickets.composer_tools import Offered
from hallom.tickets.models import Attachment, Category, Ticket
from hallom.tickets.written import internal, public

SNIPPETS = Snippets()


def offered(
    user: User, ticket: Ticket, q: str = "", *, kind: str = "public", language: str = ""
) -> list[str]:
    found = SNIPPETS.offered(user, ticket, q=q, kind=kind, language=language)
    return [one.label for one in found if one.kind == "article"]


def test_in_the_customers_language_and_what_is_not_says_in_which(
    ticket: Ticket, alice: User, router: Article, carla: Customer
) -> None:
    assert carla.language == "hu"
    assert offered(alice, ticket, "kabel") == ["Lassú wifi"]
    assert offered(alice, ticket, "kabel", language="en") == ["Slow Wi-Fi"]
    (found,) = SNIPPETS.offered(alice, ticket, q="kabel", kind="public", language="pl")
    assert found.detail.startswith("magyar: Indítsa")
    words = SNIPPETS.snippet(alice, ticket, f"a{router.pk}", kind="public", language="en")
    assert words is not None
    assert words.html == "<p>Restart the <strong>router</strong> and measure by cable.</p>"


def test_what_is_only_for_colleagues_goes_into_notes_alone(
    ticket: Ticket, alice: User, secret: Article
) -> None:
    assert offered(alice, ticket, "goodwill") == []
    assert SNIPPETS.snippet(alice, ticket, f"a{secret.pk}", kind="public", language="") is None
    assert offered(alice, ticket, "goodwill", kind="note") == ["Goodwill"]
    found = SNIPPETS.snippet(alice, ticket, f"a{secret.pk}", kind="note", language="")
    assert found is not None
    link = f'<a href="/knowledge/{secret.pk}/"'
    assert link in internal(found.html).html
    assert "fee" not in found.html
    assert "href" not in public(found.html).html


@pytest.mark.parametrize("state", [State.DRAFT, State.ARCHIVED])
@pytest.mark.parametrize("kind", ["public", "note"])
def test_drafts_and_archived_ones_are_not_offered_even_to_their_editors(
    state: State, kind: str, ticket: Ticket, bruno: User, router: Article
) -> None:
    Article.objects.update(state=state)
    assert offered(bruno, ticket, "kabel", kind=kind) == []
    assert SNIPPETS.snippet(bruno, ticket, f"a{router.pk}", kind=kind, language="") is None


def test_another_teams_article_is_not_there(
    ticket: Ticket, alice: User, billing: Team, router: Article
) -> None:
    Article.objects.update(team=billing)
    assert offered(alice, ticket, "kabel") == []
    assert SNIPPETS.snippet(alice, ticket, f"a{router.pk}", kind="public", language="") is None


def test_without_words_those_of_the_tickets_category_come_the_nearest_first(
    ticket: Ticket, alice: User, router: Article
) -> None:
    assert offered(alice, ticket) == []
    article(en=("Far", "<p>x</p>"), category=Category.objects.get(name="Fault"))
    article(en=("Near", "<p>x</p>"), category=ticket.category)
    assert offered(alice, ticket) == ["Near", "Far"]


def test_of_many_in_the_category_only_those_shown_are_fetched(ticket: Ticket, alice: User) -> None:
    for number in range(12):
        article(en=(f"Near {number}", "<p>x</p>"), category=ticket.category)
    with CaptureQueriesContext(connection) as asked:
        assert len(offered(alice, ticket)) == 8
    (rows,) = [one["sql"] for one in asked if 'FROM "knowledge_article"' in one["sql"]]
    assert rows.endswith("LIMIT 8")


def test_nonsense_keys_are_nothing(ticket: Ticket, alice: User) -> None:
    for key in ("a", "a0", "a99999999999999999999", "a-1", "a1'--"):
        assert SNIPPETS.snippet(alice, ticket, key, kind="public", language="") is None


def test_many_of_one_kind_leave_none_of_another_out() -> None:
    def some(kind: str, count: int) -> list[Offered]:
        return [Offered(f"{kind}{number}", kind, str(number)) for number in range(count)]

    def seats(*counts: int) -> list[int]:
        kinds = [some(name, count) for name, count in zip("tma", counts, strict=True)]
        found = seated(*kinds, seats=8)
        return [sum(one.kind == name for one in found) for name in "tma"]

    assert seats(30, 30, 30) == [3, 3, 2]
    assert seats(30, 1, 0) == [7, 1, 0]
    assert seats(2, 2, 2) == [2, 2, 2]
    assert seats(0, 0, 30) == [0, 0, 8]
    assert seats(0, 0, 0) == [0, 0, 0]


@pytest.fixture
def pictured(now: datetime) -> Article:
    row = article()
    blob = blobs.keep(PNG, now=now)
    facts = {"name": "lamp 1.png", "content_type": "image/png", "uploaded_at": now}
    picture = Picture.objects.create(article=row, blob=blob, **facts)
    html = f'<p>Look: <img src="{picture.get_absolute_url()}" alt="LOS" data-attachment="{picture.pk}"></p>'
    gone = '<p><img src="/knowledge/pictures/999999/x.png" alt="" data-attachment="999999"></p>'
    row.versions.create(language="hu", title="Lamps", html=html + gone, changed_at=now)
    return row


def test_pictures_become_files_of_the_answer(
    client: Client, alice: User, ticket: Ticket, pictured: Article
) -> None:
    client.force_login(alice)
    address = f"/tickets/{ticket.number}/snippet/?kind=public"
    answer = client.post(address, {"id": f"a{pictured.pk}", "kind": "public"})
    html = answer.json()["html"]
    file = Attachment.objects.get()
    assert file.draft is not None
    assert (file.draft.author, file.draft.ticket) == (alice, ticket)
    words = public(html)
    assert words.images == (file.pk,)
    assert 'alt="LOS"' in words.html
    assert "999999" not in html
    assert client.get(f"/attachments/{file.pk}/lamp%201.png").status_code == 200


def test_a_notes_link_brings_no_files(client: Client, alice: User, ticket: Ticket, pictured: Article) -> None:
    client.force_login(alice)
    answer = client.post(
        f"/tickets/{ticket.number}/snippet/?kind=note", {"id": f"a{pictured.pk}", "kind": "note"}
    )
    assert f"/knowledge/{pictured.pk}/" in answer.json()["html"]
    assert not Attachment.objects.exists()


def test_audience_is_for_customers_only_when_somebody_says_so() -> None:
    assert Article().audience == Audience.HOUSE
    assert Article().state == State.DRAFT
