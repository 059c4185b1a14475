"""What is set up is removed after a question, and whoever saves it meanwhile loses nothing of what he has written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from hallom.automation.tests.conftest import macro, template
from hallom.calls.models import Greeting, GreetingText, SipDevice, TollPolicy
from hallom.calls.tests.phone_house import make_queue
from hallom.knowledge.tests.conftest import article
from hallom.mail.tests.arriving import mailbox
from hallom.staff.models import User
from hallom.tickets.models import Checklist
from tests.house.forms_read import form_of

WORDS = "Words nobody wants to lose"


def greeting() -> Greeting:
    row = Greeting.objects.create(name="Main line")
    GreetingText.objects.create(greeting=row, language="en", text="Hello")
    return row


# What is set up and can be removed: its page, one of it, and a field to type words into.
Made = Callable[[User], Model]
KINDS: dict[str, tuple[str, Made, str]] = {
    "article": ("/knowledge/{}/edit/", lambda _ada: article(en=("Lamp", "<p>x</p>")), "title_en"),
    "template": ("/settings/templates/{}/", lambda _ada: template("Hello", en="<p>x</p>"), "name"),
    "macro": ("/settings/macros/{}/", lambda _ada: macro("Watch", {"do": "watch"}), "name"),
    "queue": ("/settings/queues/{}/", lambda _ada: make_queue("Billing"), "name"),
    "greeting": ("/settings/greetings/{}/", lambda _ada: greeting(), "name"),
    "policy": ("/settings/toll/policies/{}/", lambda _ada: TollPolicy.objects.create(name="All"), "name"),
    "phone": (
        "/settings/phones/{}/",
        lambda ada: SipDevice.objects.create(user=ada, username="ada-desk", label="Desk"),
        "label",
    ),
    "mailbox": ("/settings/mailboxes/{}/", lambda _ada: mailbox(), "name"),
    "checklist": (
        "/settings/checklists/{}/",
        lambda _ada: Checklist.objects.create(name="Return", steps=["Ask"]),
        "name",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_is_shown_again_and_can_become_a_new_one(
    kind: str, client: Client, ada: User, settings: Any, tmp_path: Any
) -> None:
    settings.HALLOM_DATA = tmp_path
    client.force_login(ada)
    path, make, field = KINDS[kind]
    row = make(ada)
    address = path.format(row.pk)
    written = form_of(client.get(address).content.decode()) | {field: [WORDS]}
    type(row)._default_manager.all().delete()

    told = client.post(address, written)
    page = told.content.decode()
    assert "Somebody has removed this meanwhile" in page
    assert form_of(page)[field] == [WORDS]
    assert not type(row)._default_manager.exists()
    assert client.post(address, form_of(page)).status_code in (200, 302)
    assert type(row)._default_manager.count() == 1
    anew = type(row)._default_manager.get()
    assert WORDS in client.get(path.format(anew.pk)).content.decode()


def test_a_page_of_something_removed_is_not_there(client: Client, ada: User) -> None:
    client.force_login(ada)
    for path, _make, _field in KINDS.values():
        assert client.get(path.format(999)).status_code == 404, path


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_of_the_set_up_asks(kind: str, client: Client, ada: User) -> None:
    client.force_login(ada)
    path, make, _field = KINDS[kind]
    html = client.get(path.format(make(ada).pk)).content.decode()
    assert 'data-dialog="removal"' in html
    assert html.count('id="removal"') == 1
    assert "Remove “" in html
