from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hallom.staff import login_link as links
from hallom.staff.forms import UserForm
from hallom.staff.models import User
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.ui import fragments, typed_search

ACT = "settings.staff"


@login_required
@require_http_methods(["GET", "POST"])
@typed_search.typed_search
def users(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    text = typed_search.asked(request).typed.get("q", "").strip()[:100]
    found = User.objects.prefetch_related("roles", "teams").order_by("-is_active", "full_name")
    if text:
        found = found.filter(
            Q(full_name__icontains=text) | Q(username__icontains=text) | Q(email__icontains=text)
        )
    template = "staff/_user_rows.html" if fragments.wanted(request) else "staff/user_list.html"
    return render(request, template, {"users": found, "text": text})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.keep(by=request.user, now=timezone.now())
        return _show_link(request, user)
    return render(request, "staff/user.html", {"form": form, "person": None})


@login_required
@require_http_methods(["GET", "POST"])
def user(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    person = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.keep(by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("staff:users")
    return render(request, "staff/user.html", {"form": form, "person": get_object_or_404(User, pk=pk)})


@login_required
@require_POST
def login_link(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    return _show_link(request, get_object_or_404(User, pk=pk, is_active=True))


@login_required
@require_http_methods(["POST", "DELETE"])
def deactivation(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    person = get_object_or_404(User, pk=pk)
    if request.method == "DELETE" or request.POST.get("method") == "delete":
        person.reactivate(by=request.user, now=timezone.now())
    elif person.pk == request.user.pk:
        messages.error(request, _("You cannot shut yourself out; another administrator can."))
    else:
        person.deactivate(by=request.user, now=timezone.now())
        messages.success(
            request, _("%(name)s is signed out everywhere and cannot sign in.") % {"name": person}
        )
    return redirect("staff:user", pk)


@login_required
@require_POST
def sessions(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sign the user out everywhere, as after a lost computer."""
    require(request.user, ACT)
    person = get_object_or_404(User, pk=pk)
    person.end_sessions(by=request.user, now=timezone.now())
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": person})
    return redirect("staff:user", pk)


def _show_link(request: SignedInRequest, person: User) -> HttpResponse:
    token = links.make(person, timezone.now(), by=request.user)
    address = request.build_absolute_uri(reverse("staff:login-link", args=[token]))
    response = render(request, "staff/user_link.html", {"person": person, "address": address})
    response["Cache-Control"] = "no-store"
    return response
