"""What the call bar and its search show on the component page; nothing of it is stored."""

from datetime import UTC, datetime
from typing import Any

Shown = dict[str, Any]
CAUSES = [("solved", "Solved"), ("callback", "Call back promised"), ("wrong", "Wrong number")]
PAUSES = [("lunch", "Lunch"), ("training", "Training")]


def decks(now: float) -> list[Shown]:
    common: Shown = {"phone": "", "pause_reasons": PAUSES, "since": now - 372}
    call = {
        "id": "01J0CALL",
        "name": "Szilágyi Katalin",
        "detail": "Technical queue · +36 30 512 4478",
        "url": "#",
        "since": now - 204,
        "recording": "on",
    }
    offer = {
        "id": "01J0CALL-o1",
        "name": "Szilágyi Katalin",
        "detail": "Technical queue · waited 2:41",
        "tags": [
            {"icon": "repeat-2", "label": "3rd contact", "warn": True},
            {"icon": "ticket", "label": "Replacement has not arrived"},
        ],
    }
    internal = {"id": "o2", "name": "Takács Márta", "detail": "Internal call", "tags": []}
    wrap_up = {
        "call": "01J0CALL",
        "name": "Szilágyi Katalin",
        "url": "#",
        "until": now + 25,
        "dispositions": CAUSES,
    }
    telephone = _telephone()
    return [
        common | {"state": "offline", "label": "Offline"},
        common
        | {"state": "available", "label": "Available", "practice_url": "/practice/"}
        | {"telephone": telephone},
        common | {"state": "ringing", "label": "Available", "offer": offer},
        common | {"state": "talking", "label": "Talking", "call": call},
        common
        | {"state": "talking", "label": "Talking", "call": call | {"recording": "paused"}, "offer": internal},
        common | {"state": "held", "label": "On hold", "call": call},
        common | {"state": "wrap_up", "label": "Wrap-up", "wrap_up": wrap_up},
        common
        | {"state": "paused", "label": "Lunch", "reason": "lunch", "problem": "Another agent has answered."},
        common | {"state": "available", "label": "Available", "gone": _gone(now)},
        *(common | deck for deck in _with_colleagues(now, call, offer)),
    ]


def _gone(now: float) -> Shown:
    return {
        "id": "01J0CALL-o1",
        "name": "Szilágyi Katalin",
        "why": "Farkas Gergő has taken the call.",
        "until": datetime.fromtimestamp(now + 60, UTC),
    }


def _telephone(**desk: Any) -> Shown:
    labels = {"always": "Always", "busy": "When I am busy", "no_answer": "When I do not answer"}
    where = {"no_answer": ("queue:1", "Technical")} | desk.pop("diversions", {})
    diversions = [
        {"when": when, "label": label} | dict(zip(("to", "where"), where.get(when, ("", "")), strict=True))
        for when, label in labels.items()
    ]
    return {"do_not_disturb": False, "diversions": diversions} | desk


def _with_colleagues(now: float, call: Shown, offer: Shown) -> list[Shown]:
    """Consultations, conferences, callers who came back, who wait at places, and promises."""
    asked = {
        "name": "Farkas Gergő",
        "to": "agent:8",
        "since": now - 12,
        "hears": "It rings; Szilágyi Katalin hears music.",
    }
    waits = asked | {
        "name": "Billing",
        "to": "queue:1",
        "place": 2,
        "hears": "You wait in the queue Billing, in place 2; Szilágyi Katalin hears music.",
    }
    talks = asked | {"is_answered": True, "hears": "You two talk; Szilágyi Katalin hears music."}
    faces = talks | {
        "is_facing_customer": True,
        "hears": "You talk with Szilágyi Katalin; Farkas Gergő waits.",
    }
    three = talks | {"is_conference": True, "hears": "All three hear one another."}
    from_her = talks | {"name": "Bíró Nóra", "is_asked": True}
    back = "came back from Farkas Gergő: did not answer, 25 s, return no. 2"
    waiting = {"parked": parked(now), "owed": owed(now), "owed_now": True}
    returned = offer | {"tags": [{"icon": "repeat-2", "label": back, "warn": True}]}
    quiet = _telephone(do_not_disturb=True, diversions={"always": ("agent:8", "Farkas Gergő")})
    return [
        {"state": "consulting", "label": "Consultation", "call": call | {"consult": asked}},
        {"state": "consulting", "label": "Consultation", "call": call | {"consult": waits}},
        {"state": "consulting", "label": "Consultation", "call": call | {"consult": talks}},
        {"state": "consulting", "label": "Consultation", "call": call | {"consult": faces}},
        {"state": "conference", "label": "Conference", "call": call | {"consult": three}},
        {
            "state": "consulting",
            "label": "Consultation",
            "call": call | {"consult": from_her, "is_own": False},
        },
        {"state": "talking", "label": "Talking", "call": call | {"mark": back}} | waiting,
        {"state": "talking", "label": "Talking", "call": call | {"is_own": False}},
        {"state": "calling", "label": "Calling", "call": call | {"is_own": False, "recording": ""}},
        {"state": "ringing", "label": "Available", "offer": returned},
        {"state": "available", "label": "Available", "detail": "do not disturb", "telephone": quiet}
        | waiting,
    ]


def parked(now: float) -> list[Shown]:
    return [
        {"place": 1, "name": "Horváth Bence", "call": "01J0PARKED1", "since": now - 192, "by": "Bíró Nóra", "is_mine": True},
        {"place": 4, "name": "Nádor Optika Zrt.", "call": "01J0PARKED4", "since": now - 65, "by": "Sipos Anikó"},
    ]  # fmt: skip


def owed(now: float) -> list[Shown]:
    return [
        {"id": "01J0PROMISE1", "kind": "call_customer", "text": "call back, promised by Bíró Nóra", "who": "Pálfi Kinga", "number": "+36 70 214 8890", "due": "25 m", "is_ripe": True, "is_mine": True, "why": "instalments, 2 unpaid bills", "url": "#"},
        {"id": "01J0PROMISE2", "kind": "call_me", "text": "Kiss-Balogh Ágnes did not keep it in time", "who": "", "number": "", "due": "−12 m", "is_over": True, "is_mine": False, "why": ""},
    ]  # fmt: skip


def found(now: float, purpose: str) -> list[Shown]:
    """What the search for destinations finds."""
    people = [
        ("agent:8", "Farkas Gergő", "Technical", "2231", "free", "free", None),
        ("agent:9", "Kiss-Balogh Ágnes", "head of billing · Billing", "2114", "busy", "on a call", now - 126),
        ("agent:10", "Balogh Noémi", "HR", "2077", "ringing", "rings", now - 12),
        ("agent:11", "Sipos Anikó", "Reception", "2000", "away", "Lunch", now - 900),
        ("agent:12", "Erdős Hanna", "Technical", "2308", "off", "off work", None),
    ]
    transfers = purpose == "transfer"
    items = [
        {"to": to, "kind": "person", "name": name, "detail": detail, "number": number, "lamp": lamp, "status": status,
         "since": since, "can_consult": transfers, "can_promise": transfers and lamp != "free",
         "can_pick_up": purpose == "dial" and lamp == "ringing"}
        for to, name, detail, number, lamp, status, since in people
    ]  # fmt: skip
    queues = [
        {"to": "queue:1", "kind": "queue", "name": "Billing", "number": "2100", "lamp": "busy", "status": "1 free · 2 waiting", "since": now - 48, "can_consult": transfers},
    ]  # fmt: skip
    outside = [
        {"to": "outside:+3622514300", "kind": "outside", "name": "Balogh és Fia Kft.", "detail": "builder", "number": "+36 22 514 300", "status": "number outside", "can_consult": transfers},
    ]  # fmt: skip
    place = [{"to": "place:", "kind": "place", "name": "Park", "status": "at the first free place"}]
    groups = [{"label": "People", "items": items}]
    if purpose != "dial":
        groups.append({"label": "Queues", "items": queues})
    groups.append({"label": "Outside", "items": outside})
    return [*groups, {"label": "Parking", "items": place}] if transfers else groups
