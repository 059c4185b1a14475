"""A little site for the front end's tests: real templates and scripts, a deck that shows what the test says."""

import time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import engines
from django.urls import include, path

from hallom.ui import components
from hallom.ui.deck_samples import decks, found
from hallom.ui.tests import composer_stage

PAGE = engines["django"].from_string("""{% extends "ui/app.html" %}{% load ui %}
{% block title %}Page {{ number }}{% endblock %}
{% block main %}<div class="work one"><section class="pane"><div class="pane-head"><h1>Page {{ number }}</h1></div>
  <div class="pane-body" data-keylist tabindex="-1">
    <a id="next" href="/page/{{ number|add:1 }}/" data-key-item>Next</a>
    <a id="broken" href="/broken/" data-key-item>Broken</a>
    <a id="outside" href="/outside/" data-key-item>Outside</a>
    <p id="ticket-{{ number }}" data-live="ticket-{{ number }}" hx-get="/ticket/" hx-trigger="live">old</p>
    {% if number == 2 %}<link rel="stylesheet" href="{% asset 'composer.css' %}" data-stays>{% endif %}
    <form class="composer" data-submit action="/said/" method="post">{% csrf_token %}{% if number == 2 %}{% include "ui/components/composer_kinds.html" %}{% endif %}
      <div class="editor"><textarea name="body" aria-label="Text"></textarea></div></form>
    {% if number == 400 %}{% for letter in "abcdefghijklmnopqrstuvwxyz" %}<p>{{ letter }}</p><p>{{ letter }}</p>{% endfor %}<input id="right" aria-label="Right"><details><summary>More</summary>
    <input id="wrong" aria-label="Wrong" aria-invalid="true"></details>{% endif %}
  </div></section></div>{% endblock %}""")


class Stage:
    """What the deck shows now, and what it was asked to do."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.state = "available"
        self.changes: dict[str, Any] = {}
        self.status = 200
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.said: list[str] = []


STAGE = Stage()


def page(request: HttpRequest, number: int = 1) -> HttpResponse:
    return HttpResponse(PAGE.render({"number": number}, request))


def deck(request: HttpRequest) -> HttpResponse:
    if request.method != "GET":
        given = request.POST if request.method == "POST" else request.GET
        STAGE.asked.append(
            (str(request.method), request.path, {key: given[key] for key in given if key[:4] != "csrf"})
        )
    shown = next(one for one in decks(time.time()) if one["state"] == STAGE.state) | STAGE.changes
    return render(
        request,
        "ui/components/deck.html",
        {"deck": shown},
        status=STAGE.status if request.method != "GET" else 200,
    )


def destinations(request: HttpRequest) -> HttpResponse:
    wanted = request.POST["q"].casefold()
    groups = [
        {
            "label": group["label"],
            "items": [one for one in group["items"] if wanted in one["name"].casefold()],
        }
        for group in found(time.time(), request.POST["purpose"])
    ]
    shown = [group for group in groups if group["items"]]
    return render(request, "ui/components/destinations.html", {"groups": shown})


def phone(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "uri": "sip:agent-1@hallom.test",
            "username": "1:99",
            "password": "secret",
            "url": f"ws://{request.get_host().rsplit(':', 1)[0]}:8002/",
            "expires_at": time.time() + 3600,
            "ice_servers": [],
        }
    )


def ticket(request: HttpRequest) -> HttpResponse:
    return HttpResponse("new")


def said(request: HttpRequest) -> HttpResponse:
    STAGE.said.append(request.POST["kind"] + ": " + request.POST["body"])
    return page(request, 9)


def noted(request: HttpRequest) -> HttpResponse:
    messages.success(request, "It is done.")
    return HttpResponse(status=204)


def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>x</title>", status=500)


def outside(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Outside</title><h1>Outside</h1></html>'
    )


ACTS = (
    *("state", "hold", "recording-pause", "offer", "call", "wrap-up", "transfer", "consultation", "swap"),
    *("conference", "handover", "parking", "pickup", "dial", "keys", "do-not-disturb", "diversion"),
    *("promise", "promise-kept", "promise-refused"),
)
desk = (
    [
        path("", page, name="home"),
        path("deck/", deck, name="deck"),
        *(path(f"deck/{act}/", deck, name=act) for act in ACTS),
        path("deck/destinations/", destinations, name="destinations"),
        path("deck/phone/", phone, name="phone"),
        path("palette/", composer_stage.palette, name="palette"),
        path("strip/", lambda request: HttpResponse("<ul></ul>"), name="strip"),
    ],
    "desk",
)
urlpatterns = [
    path("", include(desk, namespace="desk")),
    path("", include(([path("tickets/new/", page, name="new")], "tickets"))),
    path("page/<int:number>/", page),
    path("ticket/", ticket),
    path("said/", said),
    path("noted/", noted),
    path("broken/", broken),
    path("outside/", outside),
    path("components/", components.page),
    *composer_stage.urlpatterns,
    path("", include("hallom.ui.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
]
