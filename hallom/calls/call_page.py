"""What the page of one call shows beside its steps: who was sent where, who listened, how its lines sounded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.calls.models import Call, Leg, Promise, Recording, SentOn
from hallom.calls.sent_on_words import mode_words
from hallom.calls.spoken_names import look_up, reason_words
from hallom.calls.whole_recording import SoundTimeline, timeline_of

# The scale of the opinion: below 1 there is nothing, above 4.5 nothing on a telephone.
WORST_MOS, BEST_MOS = 1.0, 4.5
GOOD_MOS, FAIR_MOS = 3.9, 3.4
BAR = 120
TONES = {"completed": "pine", "returned": "honey", "hung_up": "cherry", "open": "sky"}


@dataclass(frozen=True, slots=True)
class Sending:
    at: datetime
    icon: str
    what: str
    result: str
    tone: str
    detail: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Listening:
    who: str
    whom: str
    modes: str
    at: datetime
    seconds: float | None
    end: str


@dataclass(frozen=True, slots=True)
class Line:
    """`end` is why it ended, in words; `bar` is the length of the opinion's bar, of BAR. What was never connected carried no
    voice that could be judged."""

    leg: Leg
    who: str
    end: str
    has_sounded: bool
    bar: int
    tone: str


def sendings(call: Call) -> list[Sending]:
    rows = list(call.sent_on.select_related("by", "taken_by"))
    if not rows:
        return []
    names = look_up(set(), set(), {place for row in rows for place in (row.to, *row.via)})
    icons = {
        SentOn.Kind.TRANSFER: "phone-forwarded",
        SentOn.Kind.CONSULT: "users",
        SentOn.Kind.PARK: "square-parking",
    }
    return [
        Sending(
            row.started_at,
            icons[SentOn.Kind(row.kind)],
            _("%(by)s → %(to)s")
            % {
                "by": row.by or _("an agent"),
                "to": " → ".join(names.place(one) for one in (row.to, *row.via)),
            },
            str(SentOn.Result(row.result).label),
            TONES.get(row.result, ""),
            _details(row),
            (row.ended_at - row.started_at).total_seconds() if row.ended_at else None,
        )
        for row in rows
    ]


def _details(row: SentOn) -> str:
    parts = []
    if row.reason:
        parts.append(reason_words(row.reason))
    if row.times > 1:
        parts.append(ngettext("%(n)s time", "%(n)s times", row.times) % {"n": row.times})
    if row.taken_by is not None:
        words = _("%(who)s was asked") if row.kind == SentOn.Kind.CONSULT else _("taken by %(who)s")
        parts.append(words % {"who": row.taken_by})
    return " · ".join(parts)


def listeners(call: Call) -> list[Listening]:
    """From the moment they heard something; a telephone that only rang is no listening."""
    rows = call.watches.filter(joined_at__isnull=False).select_related("by", "of")
    return [
        Listening(
            str(row.by or "–"),
            str(row.of or "–"),
            " → ".join(mode_words(str(mode)) for mode, _at in row.modes),
            row.joined_at or row.started_at,
            row.seconds,
            reason_words(row.reason) if row.ended_at else "",
        )
        for row in rows
    ]


def lines(legs: Iterable[Leg]) -> list[Line]:
    return [_line(leg) for leg in legs]


def _line(leg: Leg) -> Line:
    has_sounded = leg.answered_at is not None
    mos = leg.mos if has_sounded else None
    return Line(
        leg, _who(leg), reason_words(leg.cause) if leg.cause else "", has_sounded, _bar(mos), _tone(mos)
    )


def _who(leg: Leg) -> str:
    if leg.is_customer:
        return _("customer")
    if leg.role == Leg.Role.OUTSIDE:
        return leg.number or str(leg.get_role_display())
    who = str(leg.agent) if leg.agent else _("agent")
    if leg.role in (Leg.Role.ASKED, Leg.Role.SUPERVISOR):
        return f"{who} ({leg.get_role_display()})"
    return who


def _bar(mos: float | None) -> int:
    share = ((mos or WORST_MOS) - WORST_MOS) / (BEST_MOS - WORST_MOS)
    return round(BAR * min(max(share, 0), 1))


def _tone(mos: float | None) -> str:
    if mos is None:
        return ""
    return "pine" if mos >= GOOD_MOS else "honey" if mos >= FAIR_MOS else "cherry"


def promised(call: Call) -> list[Promise]:
    return list(Promise.objects.filter(call=call.pk).select_related("owner", "maker").order_by("made_at"))


def sound(call: Call, recordings: Iterable[Recording]) -> SoundTimeline | None:
    return timeline_of((one, reverse("calls:recording-part", args=[call.pk, one.pk])) for one in recordings)
