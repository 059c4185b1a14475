from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hallom.customers import demo as customers_demo
from hallom.knowledge import demo
from hallom.knowledge.models import Article, ArticleVersion, Audience, Picture, State
from hallom.knowledge.tests.conftest import PNG, article
from hallom.staff import demo as staff_demo
from hallom.staff.models import Role, Team, User
from hallom.staff.permissions import RULES
from hallom.staff.tests.cast import person
from hallom.tickets import demo as tickets_demo
from hallom.tickets.models import Category
from hallom.timeline.models import Event

FACTS = {"state": "in_use", "audience": "customers", "category": "", "team": ""}


def form(**texts: str) -> dict[str, str]:
    """What the form sends: ``hu="title|<p>text</p>"``."""
    given = dict(FACTS)
    for code, words in texts.items():
        title, _bar, html = words.partition("|")
        given |= {f"title_{code}": title, f"html_{code}": html, f"html_{code}_format": "html"}
    return given


def seen(row: Article) -> dict[str, str]:
    return {"seen": Article.objects.get(pk=row.pk).changed_at.isoformat()}


def uploaded(client: Client, name: str = "lamp.png", kind: str = "image/png") -> dict[str, object]:
    file = SimpleUploadedFile(name, PNG, kind)
    answer: dict[str, object] = client.post("/knowledge/pictures/", {"file": file}).json()
    return answer


@pytest.mark.parametrize("role", list(Role))
def test_all_read_and_only_some_write(role: Role, technical: Team, client: Client, router: Article) -> None:
    client.force_login(person("user", "Uma User", role, team=technical))
    assert client.get("/knowledge/").status_code == 200
    assert client.get(f"/knowledge/{router.pk}/").status_code == 200
    may = bool(RULES["article.change"].get(role))
    for path in ("new/", f"{router.pk}/edit/"):
        assert client.get(f"/knowledge/{path}").status_code == (200 if may else 403)
    assert client.post(f"/knowledge/{router.pk}/removal/").status_code == (302 if may else 403)
    assert Article.objects.exists() is not may


def test_strangers_are_sent_to_the_log_in(client: Client, router: Article) -> None:
    for path in ("", "new/", f"{router.pk}/", f"{router.pk}/edit/"):
        assert client.get(f"/knowledge/{path}").status_code == 302


def test_drafts_and_other_teams_articles_do_not_exist_for_agents(
    client: Client, alice: User, billing: Team, router: Article
) -> None:
    client.force_login(alice)
    theirs = article(en=("Theirs", "<p>x</p>"), team=billing)
    draft = article(en=("Half written", "<p>x</p>"), state=State.DRAFT)
    for row in (theirs, draft):
        assert client.get(f"/knowledge/{row.pk}/").status_code == 404
    for page in (
        client.get("/knowledge/?state=draft").content,
        client.post("/knowledge/", {"q": "Theirs Half written"}).content,
        client.post("/palette/", {"q": "Half written"}).content,
    ):
        assert b"Theirs</a>" not in page
        assert b"Half written</a>" not in page


def test_the_list_is_searched_and_narrowed(desk: Client, router: Article, secret: Article) -> None:
    category = Category.objects.create(name="Fault")
    below = Category.objects.create(name="Slow", parent=category)
    Article.objects.filter(pk=router.pk).update(category=below)

    def found(**asked: str) -> list[str]:
        page = desk.post("/knowledge/", asked).content.decode()
        return [title for title in ("Slow Wi-Fi", "Goodwill") if title in page]

    assert found() == ["Slow Wi-Fi", "Goodwill"]
    assert found(q="kabellel") == ["Slow Wi-Fi"]
    assert found(category=str(category.pk)) == ["Slow Wi-Fi"]
    assert found(lacks="hu") == ["Goodwill"]
    assert found(state="draft") == []
    assert found(category="x", state="y", lacks="z") == ["Slow Wi-Fi", "Goodwill"]


def test_the_list_costs_the_same_for_many(
    desk: Client, router: Article, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        article(hu=(f"Cikk {number}", "<p>x</p>"), en=(f"Article {number}", "<p>x</p>"))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert desk.get("/knowledge/").status_code == 200


def test_an_article_is_read_in_ones_own_language_or_the_one_asked_for(desk: Client, router: Article) -> None:
    assert "Restart" in desk.get(f"/knowledge/{router.pk}/").content.decode()
    assert "Indítsa" in desk.get(f"/knowledge/{router.pk}/?language=hu").content.decode()
    page = desk.get(f"/knowledge/{router.pk}/?language=pl").content.decode()
    assert "Restart" in page
    assert "not written yet" in page


def test_an_article_is_written_harmless(desk: Client, bruno: User) -> None:
    given = form(hu="Lámpák|<p>Piros <script>x</script><img src='https://t.example/x.png'></p>", en="|")
    answer = desk.post("/knowledge/new/", given)
    row = Article.objects.get()
    assert answer.headers["Location"] == f"/knowledge/{row.pk}/"
    version = row.versions.get()
    assert (version.language, version.title, version.html) == ("hu", "Lámpák", "<p>Piros </p>")
    assert (row.changed_by, version.changed_by) == (bruno, bruno)
    assert Event.objects.get(kind="knowledge.changed").data == {"article": row.pk, "act": "added"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (form(), "in one language at least"),
        (form(hu="Only a title|"), "The text is missing."),
        (form(hu="|<p>kept words</p>"), "The title is missing."),
        (form(hu=f"{'x' * 201}|<p>kept words</p>"), "at most 200"),
        (form(hu=f"Long|<p>kept words {'x' * 60_001}</p>"), "too long"),
        (form(hu='Foreign|<p>kept words <img src="/knowledge/pictures/999/x.png" alt=""></p>'), "belongs to"),
        (form(hu="Bad|<p>kept words</p>") | {"state": "x"}, "not one of the available"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(desk: Client, given: dict[str, str], said: str) -> None:
    answer = desk.post("/knowledge/new/", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    if "kept words" in given.get("html_hu", ""):
        assert "kept words" in page
    assert not Article.objects.exists()


def test_each_language_is_a_group_of_its_name_and_says_what_is_wrong_in_it(desk: Client) -> None:
    page = desk.post("/knowledge/new/", form(hu="Only a title|", pl="|<p>x</p>")).content.decode()
    assert '<h2 class="field-label" id="language-hu" lang="hu">magyar</h2>' in page
    assert 'role="group" aria-labelledby="language-hu" aria-describedby="text-hu-error"' in page
    assert 'id="text-hu-error"' in page
    assert 'aria-describedby="id_title_pl_error"' in page
    assert "text-pl-error" not in page


def test_only_what_is_different_is_changed(desk: Client, router: Article, bruno: User) -> None:
    versions = {one.language: one for one in router.versions.all()}
    given = form(hu=f"Lassú wifi|{versions['hu'].html}", en="Slow Wi-Fi|<p>Another text</p>")
    desk.post(f"/knowledge/{router.pk}/edit/", given | seen(router))
    hu, en = (ArticleVersion.objects.get(article=router, language=code) for code in ("hu", "en"))
    assert (hu.changed_at, hu.changed_by) == (versions["hu"].changed_at, None)
    assert (en.html, en.changed_by) == ("<p>Another text</p>", bruno)
    assert en.changed_at > versions["en"].changed_at
    before = Event.objects.count()
    desk.post(f"/knowledge/{router.pk}/edit/", given | seen(router) | {"html_en": "<p>Another text</p>"})
    assert Event.objects.count() == before


def test_an_emptied_language_is_removed(desk: Client, router: Article) -> None:
    desk.post(f"/knowledge/{router.pk}/edit/", form(en="Slow Wi-Fi|<p>x</p>", hu="|") | seen(router))
    assert [one.language for one in router.versions.all()] == ["en"]


def test_who_has_changed_it_meanwhile_is_said_once(
    desk: Client, router: Article, alice: User, now: datetime
) -> None:
    old = seen(router)
    Article.objects.update(changed_at=now + timedelta(minutes=1), changed_by=alice)
    given = form(en="Mine|<p>my words</p>")
    answer = desk.post(f"/knowledge/{router.pk}/edit/", given | old)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Alice Agent has changed this article meanwhile" in page
    assert "my words" in page
    assert seen(router)["seen"] in page
    assert desk.post(f"/knowledge/{router.pk}/edit/", given | seen(router)).status_code == 302
    assert router.versions.get().title == "Mine"


def test_a_picture_belongs_to_who_uploads_it_until_the_article_is_saved(
    desk: Client, alice: User, bruno: User
) -> None:
    answer = uploaded(desk)
    url = str(answer["url"])
    other = Client()
    other.force_login(alice)
    assert desk.get(url).headers["Content-Type"] == "image/png"
    assert other.get(url).status_code == 404
    image = f'<p><img src="{url}" alt="lamp" data-attachment="{answer["id"]}"></p>'
    desk.post("/knowledge/new/", form(en=f"Lamps|{image}"))
    row = Article.objects.get()
    assert Picture.objects.get().article == row
    assert other.get(url).status_code == 200
    assert url in other.get(f"/knowledge/{row.pk}/").content.decode()
    Article.objects.update(state=State.ARCHIVED)
    assert other.get(url).status_code == 404


def test_only_pictures_are_taken(desk: Client) -> None:
    assert "no picture" in str(uploaded(desk, "a.pdf", "application/pdf")["error"])
    assert "no picture" in str(uploaded(desk, "a.svg", "image/svg+xml")["error"])
    assert desk.post("/knowledge/pictures/").status_code == 422
    assert not Picture.objects.exists()


def test_another_articles_picture_is_not_taken_over(desk: Client, bruno: User) -> None:
    answer = uploaded(desk)
    image = f'<p><img src="{answer["url"]}" alt="" data-attachment="{answer["id"]}"></p>'
    desk.post("/knowledge/new/", form(en=f"First|{image}"))
    assert desk.post("/knowledge/new/", form(en=f"Second|{image}")).status_code == 422
    assert Article.objects.count() == 1


def test_the_palette_finds_articles(desk: Client, router: Article) -> None:
    page = desk.post("/palette/", {"q": "wi-fi slow"}).content.decode()
    assert f"/knowledge/{router.pk}/" in page
    assert "Slow Wi-Fi" in page


def test_changes_stand_in_the_audit_trail(client: Client, ada: User, router: Article) -> None:
    client.force_login(ada)
    client.post(f"/knowledge/{router.pk}/edit/", form(en="Slow Wi-Fi|<p>Unplug it</p>") | seen(router))
    page = client.get("/settings/audit/?subject=knowledge.articleversion").content.decode()
    assert "Unplug it" in page
    assert "Restart the" in page


def test_a_removed_article_is_told_and_its_words_stay_in_the_audit_trail(
    client: Client, ada: User, router: Article
) -> None:
    client.force_login(ada)
    assert client.post(f"/knowledge/{router.pk}/removal/").headers["Location"] == "/knowledge/"
    assert Event.objects.get(kind="knowledge.changed").data["act"] == "removed"
    assert "Restart the" in client.get("/settings/audit/?subject=knowledge.articleversion").content.decode()


def test_the_demo_organisation_knows_something_of_every_kind(db: None, now: datetime) -> None:
    for room in (staff_demo, customers_demo, tickets_demo, demo, demo):
        room.load(now)
    rows = Article.objects.all()
    assert rows.count() == len(demo.KNOWN)
    assert {one.audience for one in rows} == set(Audience)
    assert {one.state for one in rows} >= {State.IN_USE, State.DRAFT}
    assert not rows.filter(category=None).exists()
    assert rows.exclude(team=None).exists()
    assert set(ArticleVersion.objects.values_list("language", flat=True)) == {"hu", "pl", "en"}
