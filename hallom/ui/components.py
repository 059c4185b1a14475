"""A page that shows every component in every state, for those who build pages; only with DEBUG and in tests."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.ui.deck_samples import decks, found
from hallom.ui.samples import agents, calls, composer, conversation, customer, queues, worklist


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    epoch = now.timestamp()
    shown: dict[str, Any] = {
        "decks": decks(epoch),
        "destinations": found(epoch, "transfer"),
        "queues": queues(epoch),
        "today": {"calls": 19, "closed": 14, "average_seconds": 276},
        "worklist": worklist(),
        "conversation": conversation(now),
        "composer": composer(),
        "customer": customer(),
        "agents": agents(epoch),
        "calls": calls(now),
    }
    return render(request, "ui/components_page.html", shown)
