from importlib import import_module

import pytest
from django.conf import settings
from django.utils import timezone

from hallom.automation import demo, macros
from hallom.automation.models import Macro, Signature, TextTemplate
from hallom.automation.snippets import Snippets
from hallom.staff.models import User
from hallom.tickets.models import Ticket


@pytest.mark.django_db
def test_the_demo_answers_in_the_customers_language_and_says_what_it_will_do() -> None:
    now = timezone.now()
    for room in settings.ROOMS[: settings.ROOMS.index("automation")]:
        if room in ("hours", "staff", "customers", "tickets"):
            import_module(f"hallom.{room}.demo").load(now)
    demo.load(now)
    counts = [model.objects.count() for model in (TextTemplate, Signature, Macro)]
    demo.load(now)
    assert counts == [model.objects.count() for model in (TextTemplate, Signature, Macro)]
    nora = User.objects.get(username="nora")
    ticket = Ticket.objects.get(subject="Nem érkezett meg a cserekészülék")
    offered = Snippets().offered(nora, ticket, q="", kind="public", language="")
    assert offered[0].label == "Új kiszállítás"
    macro = Macro.objects.get(name="Új kiszállítás")
    found = Snippets().snippet(nora, ticket, f"m{macro.pk}", kind="public", language="")
    assert found is not None
    assert found.missing == ()
    assert "Új kiszállítást indítottunk" in found.html
    assert "status → waiting for the customer" in macros.acts(macro, ticket, nora)
