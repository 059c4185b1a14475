"""What the house knows: looked up and read."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_http_methods

from hallom.knowledge import listed
from hallom.knowledge.reading import languages_of, readable
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.forms.in_languages import ORDER
from hallom.tickets.versions import version_of
from hallom.ui import fragments, typed_search

# A row costs 0.4 ms of the processor, and the page may cost 25.
ROWS = 30


@login_required
@require_http_methods(["GET", "POST"])
@typed_search.typed_search
def articles(request: SignedInRequest) -> HttpResponse:
    """All, or those looked for; what is typed goes by POST."""
    require(request.user, "article.view")
    asked = typed_search.asked(request)
    text, languages = asked.typed.get("q", ""), languages_of(request.user)
    found = listed.found(readable(request.user), text, asked.chosen, languages)
    page = Paginator(listed.with_versions(found), ROWS).get_page(asked.chosen.get("page"))
    context: dict[str, Any] = {
        "asked": asked,
        "text": text,
        "page": page,
        "rows": listed.rows(page.object_list, languages),
        "may_change": can(request.user, "article.change"),
    }
    if not fragments.wanted(request):
        context |= listed.filters(asked.chosen)
    template = "knowledge/_article_rows.html" if fragments.wanted(request) else "knowledge/article_list.html"
    answer = render(request, template, context)
    return typed_search.tell_address(answer, request, asked.address(request.path))


@login_required
@require_GET
def article(request: SignedInRequest, pk: int) -> HttpResponse:
    """``?language=``: that version of it."""
    require(request.user, "article.view")
    found = listed.with_versions(readable(request.user)).filter(pk=pk).first()
    if found is None:
        raise Http404
    asked = request.GET.get("language", "")
    versions = {version.language: version for version in found.versions.all()}
    version = version_of(versions.values(), languages_of(request.user, asked))
    if version is None:
        raise Http404
    context = {
        "article": found,
        "version": version,
        # Made harmless before it was stored.
        "body": mark_safe(version.html),
        "tabs": [(str(one), one.label, versions.get(one)) for one in ORDER],
        "may_change": can(request.user, "article.change", found),
    }
    return render(request, "knowledge/article.html", context)
