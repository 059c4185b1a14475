"""The template tags, and the frame's own small views."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory
from django.utils import timezone

from hallom.ui import fragments, hooks, navigation


def draw(text: str, **context: Any) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


def test_an_icon_is_a_use_of_the_sprite() -> None:
    assert 'class="i s" aria-hidden="true"' in draw('{% icon "phone" size="s" %}')
    assert '#phone"' in draw('{% icon "phone" %}')
    assert 'role="img" aria-label="A &amp; B"' in draw('{% icon "phone" label=label %}', label="A & B")


@pytest.mark.parametrize("text", ['{% icon "no-such-icon" %}', '{% icon "phone" size="huge" %}'])
def test_an_unknown_icon_is_an_error(text: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="unknown icon"):
        draw(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.9, "0:59"), (204, "3:24"), (3804, "1:03:24"), (-5, "0:00"), (None, "–")],
)
def test_durations_read_as_people_say_them(seconds: float | None, text: str) -> None:
    assert draw("{% duration seconds %}", seconds=seconds) == text
    assert draw("{{ seconds|duration }}", seconds=seconds) == text


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Szilágyi Katalin", "SK"),
        ("özv. Papp Lászlóné", "PL"),
        ("Nóra", "N"),
        ("", "?"),
        ("Kiss-Balogh Ágnes", "KÁ"),
    ],
)
def test_an_avatar_shows_initials(name: str, letters: str) -> None:
    assert f">{letters}<" in draw("{% avatar name %}", name=name)


def test_a_timer_takes_moments_and_epochs() -> None:
    moment = timezone.now()
    assert f'since="{moment.timestamp():.0f}"' in draw("{% timer at %}", at=moment)
    assert " countdown" in draw("{% timer at countdown=True %}", at=5.0)
    assert draw("{% timer at %}", at=None) == ""


def test_a_moment_is_as_short_as_it_can_be() -> None:
    now = timezone.localtime()
    assert draw("{{ at|when }}", at=now) == f"{now:%H:%M}"
    assert str((now - timedelta(days=800)).year) in draw("{{ at|when }}", at=now - timedelta(days=800))
    assert draw("{{ at|when }}", at=None) == ""


def test_a_service_level_is_coloured_by_its_target() -> None:
    assert "tone-pine" in draw("{% gauge 80 80 %}")
    assert "tone-honey" in draw("{% gauge 71 80 %}")
    assert "tone-cherry" in draw("{% level 64 80 %}")
    assert "No service level yet" in draw("{% gauge nothing %}", nothing=None)


def test_a_waveform_is_the_same_for_the_same_call() -> None:
    assert draw('{% wave "a" %}') == draw('{% wave "a" %}') != draw('{% wave "b" %}')
    assert draw("{% wave levels=levels %}", levels=[0, 2]).count("<rect") == 2


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_a_fragment_is_for_elements_only(headers: dict[str, str], wanted: bool) -> None:
    assert fragments.wanted(RequestFactory().get("/", headers=headers)) is wanted


def test_nobody_may_anything_when_nothing_is_set(settings: Any) -> None:
    settings.HALLOM_CAN = settings.HALLOM_TOPICS = ""
    assert not hooks.may(AnonymousUser(), "ticket.view")
    assert not hooks.may_watch(AnonymousUser(), "ticket-1")


def test_settings_show_what_one_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_settings", {})
    monkeypatch.setattr(hooks, "may", lambda user, act: act == "user.manage")
    navigation.register("People", "Users", "ui:settings", "user.manage")
    navigation.register("Telephone", "Queues", "ui:rail", "queue.manage")
    request = RequestFactory().get("/settings/")
    request.user = AnonymousUser()
    (section,) = navigation.settings_sections(request)
    assert [link.label for link in section.links] == ["Users"]
    assert section.links[0].is_current


def test_a_theme_is_kept(client: Client, db: None) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "/tickets/"})
    assert response["Location"] == "/tickets/"
    assert response.cookies["hallom_theme"].value == "dark"
    assert client.post("/theme/", {"theme": "pink"}).status_code == 400
    assert client.post("/theme/", {"theme": "dark", "next": "https://evil.example/"})["Location"] == "/"


def test_a_language_is_kept(client: Client, db: None) -> None:
    response = client.post("/language/", {"language": "hu"})
    assert response.cookies["django_language"].value == "hu"
    assert client.post("/language/", {"language": "xx"}).status_code == 400
