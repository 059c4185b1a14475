"""Pages of the toll policy, with a box that says what would become of a number, and why."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hallom.calls import configuration, price_list, toll_rules
from hallom.calls.models import AllowedNumber, TollPolicy, TollPrice, Trunk
from hallom.calls.refusals import KINDS, country_name, words
from hallom.calls.setup.section import Section, save
from hallom.calls.setup.toll_forms import AllowedNumberForm, PolicyForm, PricesForm, TrialForm
from hallom.customers.phone_number import shown
from hallom.staff import permissions
from hallom.staff.models import Role, User
from hallom.switch.numbers import CalledNumber, Sort, dialled
from hallom.switch.toll import Allowed, Caller, Usage, Way, decide
from hallom.timeline.journal import record
from hallom.ui.removed import subject_of

PRICES_A_PAGE = 100


class PartOfToll(Section):
    """A section whose pages lie under those of the toll policy."""

    def urls(self) -> list[URLPattern]:
        place = f"settings/toll/{self.name.removeprefix('toll-')}"
        pages: tuple[tuple[str, Callable[..., HttpResponse], str], ...] = (
            ("", self.show_list, ""),
            ("new/", self.add, "-new"),
            ("<int:pk>/", self.change, "-change"),
            ("<int:pk>/removal/", self.remove, "-removal"),
        )
        return [path(f"{place}/{page}", view, name=f"{self.name}{suffix}") for page, view, suffix in pages]


NUMBERS = PartOfToll(
    name="toll-numbers",
    one=gettext_lazy("Number to show"),
    many=gettext_lazy("Numbers to show"),
    new=gettext_lazy("New number to show"),
    explanation=gettext_lazy(
        "Numbers of the house that may be shown to whom we call. No other number is ever sent."
    ),
    model=AllowedNumber,
    form=AllowedNumberForm,
    columns=[(gettext_lazy("Name"), lambda number: number.name or "–")],
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of the number; `facts` are lines of it, `problem` is why it would be refused."""

    facts: list[str]
    problem: str = ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def toll(request: HttpRequest) -> HttpResponse:
    """The list of policies, and the box to try a number: posted, so that no number gets into an address."""
    permissions.require(request.user, "settings.calls")
    form = TrialForm(request.POST or None, initial={"user": request.user})
    tried = (
        _tried(form.cleaned_data, timezone.now()) if request.method == "POST" and form.is_valid() else None
    )
    policies = TollPolicy.objects.prefetch_related("users", "teams", "ways")
    context = {
        "form": form,
        "trial": tried,
        "policies": [(policy, _whom(policy), _where(policy)) for policy in policies],
        "has_trunk": Trunk.objects.filter(is_active=True, is_outgoing=True).exists(),
    }
    return render(request, "calls/toll.html", context)


def _whom(policy: TollPolicy) -> str:
    roles = [str(Role(role).label) for role in policy.roles if role in Role.values]
    names = [*map(str, policy.users.all()), *map(str, policy.teams.all()), *roles]
    return ", ".join(names) or _("nobody")


def _where(policy: TollPolicy) -> str:
    return ", ".join(country_name(code) for code in policy.countries) or "–"


def _tried(values: dict[str, Any], now: datetime) -> Trial:
    rules = toll_rules.load(now)
    policy = rules.policy_of(values["user"].pk)
    destination = dialled(values["number"], rules.plan)
    caller = Caller(values["user"].pk, True, Way(values["way"]), values["is_party_outside"])
    decision = decide(destination, caller, Usage(), policy, now.timestamp())
    facts = []
    if isinstance(destination, CalledNumber):
        facts.append(_what(destination))
    facts.append(_("Policy: %(name)s") % {"name": policy.name or _("none")})
    if not isinstance(decision, Allowed):
        return Trial(facts, words(decision.code, decision.words))
    if isinstance(destination, CalledNumber) and destination.sort not in (Sort.EXTENSION, Sort.SERVICE):
        facts += _how(decision, policy.prices.currency)
    return Trial(facts)


def _what(destination: CalledNumber) -> str:
    number = shown(destination.number)
    if destination.sort is Sort.EXTERNAL:
        parts = (number, country_name(destination.country), str(KINDS[destination.kind]))
        return " · ".join(parts)
    sorts = {
        Sort.EXTENSION: _("extension"),
        Sort.SERVICE: _("service of the house"),
        Sort.EMERGENCY: _("emergency number: always gets through"),
    }
    return f"{number} · {sorts[destination.sort]}"


def _how(decision: Allowed, currency: str) -> list[str]:
    facts = [_("Trunks in this order: %(names)s") % {"names": ", ".join(decision.trunks) or _("none")}]
    if decision.caller_number:
        facts.append(_("Shown to the person called: %(number)s") % {"number": shown(decision.caller_number)})
    if decision.price is not None:
        facts.append(
            _("A minute costs %(price)s %(currency)s")
            % {"price": f"{decision.price.normalize():f}", "currency": currency}
        )
    if decision.seconds_most is not None:
        facts.append(
            _("Today for %(minutes)s minutes at most") % {"minutes": int(decision.seconds_most // 60)}
        )
    return facts


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    subject = subject_of(request, TollPolicy.objects.all(), pk, blank=TollPolicy())
    form = PolicyForm(request.POST or None, instance=subject.row)
    if subject.is_saved and form.is_valid():
        _keep(form, by=cast(User, request.user), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("calls:toll")
    context = {"form": form, "row": subject.row, "is_gone": subject.is_gone}
    return render(request, "calls/toll_policy_form.html", context)


@transaction.atomic
def _keep(form: PolicyForm, *, by: User, now: datetime) -> None:
    """The database's own audit holds the policy's columns; whom it counts for lies in other tables and is told here."""
    row = save(form, by=by)
    links = ("users", "teams", "caller_numbers", "trunks")
    data: dict[str, object] = {
        name: sorted(getattr(row, name).values_list("pk", flat=True)) for name in links
    }
    data |= {"what": "tollpolicy", "key": row.pk, "act": "linked"}
    record("calls.setup_changed", now=now, actor=by, data=data)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    row = get_object_or_404(TollPolicy, pk=pk)
    with transaction.atomic():
        configuration.changed(row, "removed", by=cast(User, request.user), now=timezone.now())
        row.delete()
    messages.success(request, _("Removed."))
    return redirect("calls:toll")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    form = PricesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        replace_prices(form.cleaned_data["file"], by=cast(User, request.user), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("calls:toll-prices")
    page = Paginator(TollPrice.objects.all(), PRICES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "calls/toll_prices.html", {"form": form, "page": page})


@transaction.atomic
def replace_prices(new: list[price_list.Price], *, by: User, now: datetime) -> None:
    """All or nothing; the digest on the timeline tells later which list it was."""
    TollPrice.objects.all().delete()
    rows = [
        TollPrice(prefix=one.prefix, name=one.name, per_minute=one.per_minute, currency=one.currency)
        for one in new
    ]
    TollPrice.objects.bulk_create(rows, batch_size=2000)
    digest = hashlib.sha256(repr(sorted(new, key=lambda one: one.prefix)).encode()).hexdigest()
    data = {"what": "tollprice", "act": "replaced", "rows": len(rows), "sha256": digest}
    record("calls.setup_changed", now=now, actor=by, data=data)
    configuration.notify_switch()


URLS = [
    path("settings/toll/", toll, name="toll"),
    path("settings/toll/policies/new/", policy, name="toll-policy-new"),
    path("settings/toll/policies/<int:pk>/", policy, name="toll-policy"),
    path("settings/toll/policies/<int:pk>/removal/", remove, name="toll-policy-removal"),
    path("settings/toll/prices/", prices, name="toll-prices"),
    *NUMBERS.urls(),
]
