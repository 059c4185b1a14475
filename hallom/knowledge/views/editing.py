"""Articles are written, changed and removed."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hallom.knowledge.forms.article import ArticleForm
from hallom.knowledge.models import Article
from hallom.staff.permissions import require, visible
from hallom.staff.signed_in import SignedInRequest
from hallom.ui.removed import subject_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "article.change")
    with transaction.atomic():
        return _edited(request, Article.objects.none(), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        return _edited(request, _changeable(request, held=request.method == "POST"), pk)


@login_required
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        article: Article = get_object_or_404(_changeable(request, held=True), pk=pk)
        article.tell("removed", by=request.user, now=timezone.now())
        article.delete()
    messages.success(request, _("Removed."))
    return redirect("knowledge:articles")


def _changeable(request: SignedInRequest, *, held: bool) -> QuerySet[Article]:
    """``held``: whoever saves at the same moment waits, and is told then that it was changed meanwhile."""
    require(request.user, "article.change")
    rows = Article.objects.select_for_update(no_key=True) if held else Article.objects.all()
    return visible(request.user, rows, "article.change")


def _edited(request: SignedInRequest, rows: QuerySet[Article], pk: int | None) -> HttpResponse:
    subject = subject_of(request, rows, pk, blank=Article())
    data = request.POST if request.method == "POST" else None
    form = ArticleForm(data, instance=subject.row, user=request.user)
    if subject.is_saved and form.is_valid():
        kept = form.keep(by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect(kept)
    return render(
        request,
        "knowledge/article_form.html",
        {"form": form, "article": subject.row, "is_gone": subject.is_gone},
        status=422 if data is not None else 200,
    )
