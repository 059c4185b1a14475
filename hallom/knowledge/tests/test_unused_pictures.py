"""Pictures that no article shows are deleted after a day; one in use never is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hallom.knowledge import illustrations
from hallom.knowledge.models import Article, Picture
from hallom.knowledge.tests.test_pages import form, seen, uploaded

LATER = timedelta(days=1, minutes=1)


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Any) -> None:
    settings.HALLOM_DATA = tmp_path


@pytest.fixture
def tomorrow() -> datetime:
    return timezone.now() + LATER


def showing(*pictures: dict[str, object]) -> str:
    return "Lamp|<p>x</p>" + "".join(f'<p><img src="{one["url"]}" alt=""></p>' for one in pictures)


def test_what_was_never_saved_goes_after_a_day_and_not_before(desk: Client, tomorrow: datetime) -> None:
    uploaded(desk)
    assert illustrations.remove_unused(timezone.now()) == 0
    assert illustrations.remove_unused(tomorrow) == 1
    assert not Picture.objects.exists()


def test_what_any_language_of_an_article_shows_stays(desk: Client, tomorrow: datetime) -> None:
    first, second = uploaded(desk), uploaded(desk)
    desk.post("/knowledge/new/", form(en=showing(first), hu=showing(second)))
    assert illustrations.remove_unused(tomorrow + timedelta(days=900)) == 0
    assert Picture.objects.count() == 2


def test_what_was_taken_out_of_its_article_goes_a_day_after(desk: Client, tomorrow: datetime) -> None:
    kept, dropped = uploaded(desk), uploaded(desk)
    desk.post("/knowledge/new/", form(en=showing(kept, dropped)))
    article = Article.objects.get()
    answer = desk.post(f"/knowledge/{article.pk}/edit/", form(en=showing(kept)) | seen(article))
    assert answer.status_code == 302
    Picture.objects.update(uploaded_at=timezone.now() - timedelta(days=9))
    assert illustrations.remove_unused(timezone.now()) == 0
    assert illustrations.remove_unused(tomorrow) == 1
    assert Picture.objects.get().pk == kept["id"]


def test_a_text_stored_by_whatever_way_keeps_what_it_shows(
    desk: Client, router: Article, tomorrow: datetime
) -> None:
    """Also when nobody has given the picture to the article."""
    picture = uploaded(desk)
    router.versions.filter(language="en").update(html=f'<p><img src="{picture["url"]}" alt=""></p>')
    assert illustrations.remove_unused(tomorrow) == 0


def test_who_saves_an_article_holds_its_pictures_until_it_is_saved(desk: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        desk.post("/knowledge/new/", form(en=showing(uploaded(desk))))
    held = [query["sql"] for query in asked if 'FROM "knowledge_picture"' in query["sql"]]
    assert held[0].endswith("FOR NO KEY UPDATE")
