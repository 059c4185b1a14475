"""The template tags, and the frame's own small views."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models.fields import BLANK_CHOICE_DASH
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory
from django.utils import timezone, translation

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


SECOND = datetime(2026, 3, 9, 7, 5, 4, tzinfo=ZoneInfo("Europe/Budapest"))


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "09/03/2026 07:05:04"), ("hu", "2026.03.09. 07:05:04"), ("pl", "09-03-2026 07:05:04")],
)
def test_an_exact_moment_is_told_to_the_second_in_the_readers_way(language: str, text: str) -> None:
    with translation.override(language):
        assert draw("{{ at|when_exactly }}", at=SECOND.astimezone(ZoneInfo("UTC"))) == text


@pytest.mark.parametrize(
    ("name", "css", "drawing", "label"),
    [
        ("call", "phone", "phone", "Call"),
        ("callback", "phone", "phone-outgoing", "Callback"),
        ("email", "mail", "mail", "E-mail"),
        ("chat", "chat", "message-circle", "Chat"),
        ("sms", "sms", "message-square-text", "SMS"),
        ("note", "note", "lock", "Internal note"),
        ("in_person", "mail", "ticket", "Ticket"),
    ],
)
def test_a_channel_has_a_colour_a_drawing_and_a_word(name: str, css: str, drawing: str, label: str) -> None:
    drawn = draw("{% channel name %}", name=name)
    assert f'class="ch {css}"' in drawn
    assert f'#{drawing}"' in drawn
    assert f'role="img" aria-label="{label}"' in drawn


def test_a_channel_is_named_in_the_readers_language() -> None:
    assert 'aria-label="Call"' in draw('{% channel "phone" %}')
    with translation.override("hu"):
        assert 'aria-label="Hívás"' in draw('{% channel "phone" %}')


CALL: dict[str, Any] = {
    "url": "/calls/1/", "at": SECOND, "caller": "A & B", "number": "+36 1", "queue": "", "agent": None,
    "waited_seconds": 5, "talk_seconds": None, "outcome": {"label": "<answered>", "tone": "pine"},
    "direction_icon": "phone-outgoing", "direction": "outgoing",
}  # fmt: skip


def test_the_cells_of_a_call_are_those_of_the_table() -> None:
    drawn = draw("{% call_cells call %}", call=CALL)
    assert drawn.count("<td") == drawn.count("</td>") == 7
    assert '<a class="main" href="/calls/1/" data-key-item>' in drawn
    assert "A &amp; B" in drawn
    assert '<small class="mono">+36 1</small>' in drawn
    assert 'role="img" aria-label="outgoing"' in drawn
    assert "<td>–</td><td>–</td>" in drawn
    assert '<td class="num">0:05</td><td class="num">–</td>' in drawn
    assert '<span class="chip pine">&lt;answered&gt;</span>' in drawn


def test_the_cells_of_a_call_take_objects_and_leave_out_what_is_not_there() -> None:
    bare = SimpleNamespace(**CALL | {"url": "", "number": "", "outcome": None, "direction_icon": ""})
    drawn = draw("{% call_cells call %}", call=bare)
    assert drawn.count("<td") == 7
    assert not [sign for sign in ("<a", "<small", "chip", "<svg") if sign in drawn]


@pytest.fixture
def words(tmp_path: Path, settings: Any) -> Path:
    """A template outside of all rooms, that a test may change."""
    engine = {**settings.TEMPLATES[0], "DIRS": [tmp_path], "APP_DIRS": False}
    engine["OPTIONS"] = {**engine["OPTIONS"], "loaders": ["django.template.loaders.filesystem.Loader"]}
    settings.TEMPLATES = [engine]
    return tmp_path / f"words-{tmp_path.name}.html"


def test_what_does_not_change_is_rendered_once_in_each_language(words: Path, settings: Any) -> None:
    settings.DEBUG = False
    words.write_text('{% load i18n %}{% translate "Call" %} 1')
    shown = "{% unchanging name %}"
    assert draw(shown, name=words.name) == "Call 1"
    words.write_text('{% load i18n %}{% translate "Call" %} 2')
    assert draw(shown, name=words.name) == "Call 1"
    with translation.override("hu"):
        assert draw(shown, name=words.name) == "Hívás 2"


def test_while_developing_what_does_not_change_is_rendered_anew(words: Path, settings: Any) -> None:
    settings.DEBUG = True
    words.write_text("1")
    assert draw("{% unchanging name %}", name=words.name) == "1"
    words.write_text("2")
    assert draw("{% unchanging name %}", name=words.name) == "2"


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


@pytest.mark.parametrize(("is_required", "word"), [(True, "please choose"), (False, "none")])
def test_where_nothing_is_chosen_stands_a_word(is_required: bool, word: str) -> None:
    class Form(forms.Form):
        colour = forms.ChoiceField(choices=[*BLANK_CHOICE_DASH, ("red", "--- red ---")], required=is_required)

    drawn = draw("{{ form.colour|in_words }}", form=Form())
    assert f'<option value="" selected>{word}</option>' in drawn
    assert ">--- red ---</option>" in drawn
    assert ">---------<" not in drawn
