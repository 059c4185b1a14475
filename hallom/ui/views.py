"""The frame of all pages: what it looks like, in which language, and where one can go."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET, require_POST

from hallom.ui import hooks

THEMES = {"": "", "light": "light", "dark": "dark"}
A_YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    chosen = THEMES.get(request.POST.get("theme", ""))
    if chosen is None:
        return HttpResponseBadRequest("unknown theme")
    hooks.remember(request.user, theme=chosen)
    response = HttpResponse(status=204) if request.headers.get("HX-Request") else _back(request)
    _keep(response, "hallom_theme", chosen)
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES) or not check_for_language(chosen):
        return HttpResponseBadRequest("unknown language")
    hooks.remember(request.user, language=chosen)
    response = _back(request)
    _keep(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@require_GET
@login_required
def rail(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/_rail.html")


@require_GET
@login_required
def settings_index(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/settings_index.html")


def _back(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else "/")


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=A_YEAR_SECONDS,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=name != "hallom_theme",
    )
