from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.category_tree import tree
from hallom.tickets.forms import CategoryForm
from hallom.tickets.models import Category

ACT = "settings.tickets"


@login_required
@require_GET
def categories(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    return render(request, "tickets/categories.html", {"rows": tree(Category.objects.all())})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    return _edited(request, Category())


@login_required
@require_http_methods(["GET", "POST"])
def category(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    return _edited(request, get_object_or_404(Category, pk=pk))


def _edited(request: SignedInRequest, category: Category) -> HttpResponse:
    form = CategoryForm(request.POST or None, instance=category)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("tickets:categories")
    return render(request, "tickets/category.html", {"form": form, "category": category})
