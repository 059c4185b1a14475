"""Two at once, what is gone meanwhile, and what nobody would type."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hallom.knowledge.models import Article
from hallom.knowledge.tests.test_pages import form, seen
from hallom.staff.models import Team
from hallom.tickets.models import Category, Ticket


@pytest.mark.parametrize("words", ["rou\0ter", "\0", "?!", "a", "%_\\", "x" * 10_000, "…" * 90])
def test_whatever_is_looked_for_gets_an_answer(
    words: str, desk: Client, ticket: Ticket, router: Article
) -> None:
    assert desk.post("/knowledge/", {"q": words}).status_code == 200
    answer = desk.post(f"/tickets/{ticket.number}/snippets/", {"q": words, "kind": "public"})
    assert answer.status_code == 200


@pytest.mark.parametrize("sign", ["…", "½", "ﷺ", "\U0001f600", "ß"])
def test_a_title_may_be_as_long_as_the_form_says_whatever_its_signs(sign: str, desk: Client) -> None:
    assert desk.post("/knowledge/new/", form(en=f"{sign * 200}|<p>x</p>")).status_code == 302
    assert str(Article.objects.get()) == sign * 200


def test_a_category_out_of_use_stays_with_its_articles(desk: Client, router: Article) -> None:
    old = Category.objects.create(name="Dial-up", is_active=False)
    Article.objects.update(category=old)
    assert "Dial-up" in desk.get(f"/knowledge/{router.pk}/edit/").content.decode()
    given = form(en="Slow Wi-Fi|<p>x</p>") | {"category": str(old.pk)} | seen(router)
    assert desk.post(f"/knowledge/{router.pk}/edit/", given).status_code == 302
    assert Article.objects.get().category == old
    assert "Dial-up" not in desk.get("/knowledge/new/").content.decode()


@pytest.mark.parametrize("address", ["edit", "removal"])
def test_who_saves_holds_the_article_until_it_is_done(address: str, desk: Client, router: Article) -> None:
    given = form(en="Mine|<p>my words</p>") | seen(router)
    with CaptureQueriesContext(connection) as asked:
        assert desk.post(f"/knowledge/{router.pk}/{address}/", given).status_code == 302
    held = [query["sql"] for query in asked if '"knowledge_article"' in query["sql"]]
    assert held[0].endswith("FOR NO KEY UPDATE")


def test_a_team_out_of_use_gets_no_new_articles_and_keeps_its_old_ones(desk: Client, router: Article) -> None:
    Article.objects.update(team=Team.objects.create(name="Fax room", is_active=False))
    assert "Fax room" in desk.get(f"/knowledge/{router.pk}/edit/").content.decode()
    assert "Fax room" not in desk.get("/knowledge/new/").content.decode()


def test_a_category_below_one_out_of_use_stays_too(desk: Client, router: Article) -> None:
    old = Category.objects.create(name="Dial-up", is_active=False)
    below = Category.objects.create(name="Modem", parent=old)
    Article.objects.update(category=below)
    assert "Dial-up / Modem" in desk.get(f"/knowledge/{router.pk}/edit/").content.decode()
