from __future__ import annotations

from datetime import datetime

import pytest

from hallom.automation.models import Macro, Signature, TextTemplate, TextVersion
from hallom.customers.models import Customer
from hallom.mail.models import Mailbox
from hallom.staff.models import Team, User
from hallom.tickets.models import Category, Ticket


def template(name: str, **texts: str) -> TextTemplate:
    row = TextTemplate.objects.create(name=name)
    for language, html in texts.items():
        TextVersion.objects.create(template=row, language=language, html=html)
    return row


def macro(name: str, *steps: dict[str, object], **facts: object) -> Macro:
    return Macro.objects.create(name=name, steps=list(steps), **facts)


@pytest.fixture
def mailbox(db: None) -> Mailbox:
    return Mailbox.objects.create(
        name="Help", address="help@example.com", smtp_host="mail.example.com", is_default=True, language="hu"
    )


@pytest.fixture
def ticket(technical: Team, carla: Customer, now: datetime) -> Ticket:
    category = Category.objects.create(name="Fault")
    return Ticket.open("No internet", by=None, now=now, customer=carla, team=technical, category=category)


@pytest.fixture
def greeting(db: None) -> TextTemplate:
    return template(
        "Üdvözlés",
        hu="<p>Kedves {{ customer.first_name }}!</p>",
        en="<p>Dear {{ customer.first_name }}, this is {{ agent.name }}.</p>",
    )


@pytest.fixture
def signature(technical: Team) -> Signature:
    return Signature.objects.create(
        team=technical, language="hu", html="<p>Üdvözlettel: {{ agent.name }}</p>"
    )


@pytest.fixture
def writer(alice: User) -> User:
    return alice
