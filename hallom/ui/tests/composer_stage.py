"""The composer's page and the server it speaks to, for the tests of the front end."""

import base64
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import engines
from django.urls import path

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAHgAAAA8AgMAAADQw5Y7AAAADFBMVEUeWkbw8ObIHjwAAABIDk3tAAAAfklEQVR42u2UMQqA"
    "MAxFX0V3B71Pj+DSU7p4hN5HB3eFukgo0gbtqAbyl8fvbxMofLMMuCycfaW7fwxA7zRsLIOCO2gUbM9OYwPQZnEtUvKwVhJK"
    "3DbSV+3bR/rcvQKE0uxdJImDJKQP95eLX/ACmzKW4Jm0qc3j/zvcwK+tAzfQE1o+IrA0AAAAAElFTkSuQmCC"
)
DJANGO = engines["django"]
PAGE = DJANGO.from_string("""{% extends "ui/app.html" %}{% load ui %}
{% block title %}Compose{% endblock %}
{% block main %}<div class="work"><section class="pane list" aria-label="Work"><div class="pane-head"><h2>Work</h2></div></section>
  <section class="pane" aria-label="Ticket" data-look="ticket-1"><div class="head"><h1>Replacement has not arrived</h1>{% include "ui/components/presence.html" with topic="ticket-1" %}</div>
  <div class="stream" tabindex="0" data-snippet-holder><a id="elsewhere" href="/page/2/">Elsewhere</a><button type="button" class="btn" data-snippet-id="t1">Insert</button></div>
  <form class="composer" id="composer" data-submit action="/answered/" method="post"{% if is_swapping %} hx-post="/answered/" hx-target="#composer" hx-select="#composer" hx-swap="outerHTML"{% endif %}>{% csrf_token %}
    {% include "ui/components/composer_kinds.html" with public_label="E-mail reply" public_icon="mail" kind=kind to="carla@example.com" %}
    {% include "ui/components/composer.html" %}</form></section>
  <aside class="ctx" aria-label="Customer"><section class="card"><h2>Carla</h2></section></aside></div>{% endblock %}""")
PEOPLE = (
    ("1", "Bíró Nóra", "Technical"),
    ("2", "Farkas Gergő", "Billing"),
    ("3", "Takács Márta", "Technical"),
)
SNIPPETS = (
    ("t1", "template", "Greeting", "Dear customer…"),
    ("t2", "template", "Delivery date", "We deliver on…"),
    ("m1", "macro", "New delivery", "mail, credit, status"),
)
ACTS = ["tell the courier", "1 month's credit", "status → Waiting"]
TEXTS: dict[str, dict[str, Any]] = {
    "t1": {"html": "<p>Dear Carla,</p><p>thank you for your patience.</p>", "missing": [], "acts": [], "macro": None},
    "t2": {
        "html": '<p>We deliver on <mark data-missing="delivery.date">date of delivery</mark>.</p>',
        "missing": ["date of delivery"],
        "acts": [],
        "macro": None,
    },
    "m1": {"html": "<p>A new device is on its way.</p>", "missing": [], "acts": ACTS, "macro": "m1"},
}  # fmt: skip


@dataclass
class ComposerStage:
    """What the composer is given, and what it did."""

    composer: dict[str, Any] = field(default_factory=dict)
    kind: str = "public"
    answered: list[dict[str, list[str]]] = field(default_factory=list)
    drafts: list[dict[str, list[str]]] = field(default_factory=list)
    newer: dict[str, Any] | None = None
    uploads: list[tuple[str, str, int]] = field(default_factory=list)
    is_refusing: bool = False
    is_down: bool = False
    is_swapping: bool = False
    palette: list[str] = field(default_factory=list)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]


STAGE = ComposerStage()
URLS = {
    "upload_url": "/composer/files/",
    "mentions_url": "/composer/people/",
    "snippets_url": "/composer/snippets/",
    "snippet_url": "/composer/snippet/",
    "draft_url": "/composer/draft/",
    "placeholder": "Write to the customer",
    "label": "Answer",
    "lang": "en",
}


def page(request: HttpRequest) -> HttpResponse:
    shown = {"composer": URLS | STAGE.composer, "kind": STAGE.kind, "is_swapping": STAGE.is_swapping}
    return HttpResponse(PAGE.render(shown, request))


def answered(request: HttpRequest) -> HttpResponse:
    STAGE.answered.append(_given(request))
    return page(request)


def files(request: HttpRequest) -> HttpResponse:
    file = request.FILES["file"]
    if STAGE.is_refusing:
        return JsonResponse({"error": "The file is larger than 25 MB."}, status=413)
    STAGE.uploads.append((str(file.name), str(file.content_type), file.size or 0))
    number = len(STAGE.uploads)
    inline = str(file.content_type).startswith("image/")
    return JsonResponse(
        {
            "id": str(number),
            "name": file.name,
            "size": file.size,
            "type": file.content_type,
            "url": f"/composer/files/{number}/",
            "inline": inline,
        }
    )


def file(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(PNG, content_type="image/png")


def people(request: HttpRequest) -> HttpResponse:
    asked = request.POST["q"].lower()
    found = [
        {"id": key, "label": name, "detail": team} for key, name, team in PEOPLE if asked in name.lower()
    ]
    return JsonResponse(found, safe=False)


def snippets(request: HttpRequest) -> HttpResponse:
    asked = request.POST["q"].lower()
    found = [
        {"id": key, "kind": kind, "label": label, "detail": detail}
        for key, kind, label, detail in SNIPPETS
        if asked in label.lower()
    ]
    return JsonResponse(found, safe=False)


def snippet(request: HttpRequest) -> HttpResponse:
    return JsonResponse(TEXTS[request.POST["id"]])


def draft(request: HttpRequest) -> HttpResponse:
    if STAGE.is_down:
        return HttpResponse("<h1>Bad gateway</h1>", status=502)
    given = _given(request)
    if STAGE.newer and int(given["revision"][0]) < STAGE.newer["revision"]:
        return JsonResponse(STAGE.newer, status=409)
    STAGE.drafts.append(given)
    return JsonResponse({"revision": int(given["revision"][0]) + 1, "saved_at": "2026-07-18T10:49:00+02:00"})


def palette(request: HttpRequest) -> HttpResponse:
    STAGE.palette.append(request.POST["q"])
    found = [
        {"url": f"/page/{number}/", "icon": "ticket", "title": f"Page {number}", "detail": "Carla"}
        for number in range(2, 12)
        if request.POST["q"] in f"Page {number}"
    ]
    groups = [
        {"label": "Last worked on", "items": found[:2]},
        {"label": "Go to", "items": [one | {"key": "C"} for one in found[2:]]},
    ]
    return render(
        request, "ui/components/palette_results.html", {"groups": [one for one in groups if one["items"]]}
    )


def _given(request: HttpRequest) -> dict[str, list[str]]:
    return {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}


urlpatterns = [
    path("compose/", page),
    path("answered/", answered),
    path("composer/files/", files),
    path("composer/files/<int:number>/", file),
    path("composer/people/", people),
    path("composer/snippets/", snippets),
    path("composer/snippet/", snippet),
    path("composer/draft/", draft),
]
