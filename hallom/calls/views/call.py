from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from hallom.calls import call_page, call_rows, call_search, cdr, linking, plain_words, wrap_up
from hallom.calls.call_search import CallSearch
from hallom.calls.models import Call, Disposition, JournalEntry, ListenedTo, Queue, Recording
from hallom.calls.views.disposition import DispositionForm
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.timeline.journal import record
from hallom.timeline.prepared import PreparedModels, PreparedRows
from hallom.ui import fragments, typed_search
from hallom.ui.plain_fields import PlainInput, PlainSelect

# What the search offers: to compose these anew took as long as to fetch the calls.
_AGENTS = PreparedRows(
    lambda: User.objects.filter(call_search.TALKING).distinct().values_list("pk", "full_name")
)
_QUEUES = PreparedRows(lambda: Queue.objects.values_list("pk", "name"))
_DISPOSITIONS = PreparedModels(Disposition, lambda: Disposition.objects.all())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@typed_search.typed_search
def call_list(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "call.view")
    asked = typed_search.asked(request)
    form = CallSearch(asked.values)
    _offer(form)
    page = form.page(cast(User, request.user), asked.chosen.get("after", ""))
    context = {
        "asked": asked,
        "form": form,
        "calls": call_rows.call_rows(page.calls, cast(User, request.user)),
        "next": page.next,
        "is_newest": not asked.chosen.get("after"),
        "may_export": permissions.can(request.user, "call.export"),
        "may_practise": settings.HALLOM_DEMO and permissions.can(request.user, "phone.use"),
    }
    template = "calls/_results.html" if fragments.wanted(request) else "calls/call_list.html"
    answer = render(request, template, context)
    return typed_search.tell_address(answer, request, asked.address(request.path))


def _offer(form: CallSearch) -> None:
    dispositions = [(one.code, one) for one in _DISPOSITIONS.objects()]
    for name, rows in (("agent", _AGENTS()), ("queue", _QUEUES()), ("disposition", dispositions)):
        field: Any = form.fields[name]
        field.widget = PlainSelect()
        field.choices = [("", field.empty_label), *rows]
    for name in ("outcome", "direction", "sent"):
        choice: Any = form.fields[name]
        choice.widget = PlainSelect(choices=choice.choices)
    for name in ("since", "until", "longer", "shorter"):
        form.fields[name].widget = PlainInput(form.fields[name].widget)


@login_required
@require_safe
def call(request: HttpRequest, pk: str) -> HttpResponse:
    shown = get_object_or_404(
        Call.objects.select_related(
            "customer", "agent", "queue", "number", "ticket", "disposed__disposition"
        ),
        pk=pk,
    )
    permissions.require(request.user, "call.view", shown)
    return render(request, "calls/call.html", _context(request, shown))


def _context(request: HttpRequest, shown: Call) -> dict[str, Any]:
    # A new line of the agent, or another media worker, begins a new file.
    recordings = list(Recording.objects.filter(call=shown, stopped_at__isnull=False).order_by("pk"))
    may_listen = bool(recordings) and permissions.can(request.user, "recording.listen", shown)
    listenings = ListenedTo.objects.filter(recording__call=shown).select_related("user")[:20]
    return {
        "call": shown,
        "caller": linking.caller_name(shown),
        "caller_number": linking.shown_number(shown.caller),
        "outcome": call_rows.chip_of(shown),
        "steps": plain_words.steps(shown, JournalEntry.objects.filter(call=shown.pk)),
        "lines": call_page.lines(shown.legs.select_related("agent")),
        "bar": call_page.BAR,
        "sendings": call_page.sendings(shown),
        "listeners": call_page.listeners(shown),
        "promises": call_page.promised(shown),
        "recordings": recordings,
        "sound": call_page.sound(shown, recordings) if may_listen else None,
        "may_listen": may_listen,
        "wrap_up": DispositionForm(shown)
        if shown.ended_at and wrap_up.has_talked(shown, cast(User, request.user))
        else None,
        "listenings": listenings if may_listen else [],
    }


@login_required
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> StreamingHttpResponse:
    permissions.require(request.user, "call.export")
    asked = typed_search.asked(request)
    form = CallSearch(asked.values)
    calls = form.calls(request.user)
    legs = asked.chosen.get("rows") == "legs"
    _note_export(request, "legs" if legs else "calls", asked)
    lines = cdr.legs_csv(calls) if legs else cdr.calls_csv(calls)
    name = f"{'legs' if legs else 'calls'}-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _note_export(request: HttpRequest, rows: str, asked: typed_search.Asked) -> None:
    names = sorted(name for name, value in asked.values.items() if value)
    with transaction.atomic():
        record(
            "calls.exported",
            now=timezone.now(),
            actor=cast(User, request.user),
            data={"rows": rows, "asked": names},
        )
