from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from hallom.customers.models import Customer
from hallom.knowledge.models import Article, ArticleVersion, Audience, State
from hallom.staff.models import Team, User
from hallom.staff.tests.cast import NOW
from hallom.tickets.models import Category, Ticket

# The smallest picture there is.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8d"
    "b40000000049454e44ae426082"
)


def article(by: User | None = None, now: datetime = NOW, **given: Any) -> Article:
    """Versions as ``hu=("title", "<p>text</p>")``, other facts by their names."""
    versions = {code: given.pop(code) for code in ("hu", "pl", "en") if code in given}
    facts = {"state": State.IN_USE, "audience": Audience.CUSTOMERS, **given}
    row = Article.objects.create(changed_at=now, changed_by=by, **facts)
    for code, (title, html) in versions.items():
        ArticleVersion(article=row, language=code).write(title, html, by=by, now=now)
    return row


@pytest.fixture
def router(db: None) -> Article:
    return article(
        hu=("Lassú wifi", "<p>Indítsa újra a <strong>routert</strong>, és mérjen kábellel.</p>"),
        en=("Slow Wi-Fi", "<p>Restart the <strong>router</strong> and measure by cable.</p>"),
    )


@pytest.fixture
def secret(db: None) -> Article:
    return article(en=("Goodwill", "<p>Up to one month's fee.</p>"), audience=Audience.HOUSE)


@pytest.fixture
def ticket(technical: Team, carla: Customer, now: datetime) -> Ticket:
    parent = Category.objects.create(name="Fault")
    slow = Category.objects.create(name="Slow internet", parent=parent)
    return Ticket.open("It is slow", by=None, now=now, customer=carla, team=technical, category=slow)


@pytest.fixture
def desk(client: Client, bruno: User) -> Client:
    client.force_login(bruno)
    return client
