"""What the component page shows; nothing of it is stored."""

from datetime import datetime, timedelta
from typing import Any

Shown = dict[str, Any]


def queues(now: float) -> list[Shown]:
    definition = "answered within 20 s, today"
    rows = (
        ("Technical", 6, 252, True, 64, 7, 0),
        ("Billing", 2, 48, False, 88, 5, 1),
        ("Sales", 0, None, False, 97, 4, 2),
        ("Deliveries", 1, 22, False, 76, 3, 1),
        ("Returns", 0, None, False, None, 0, 0),
    )
    return [
        {
            "name": name,
            "waiting": waiting,
            "longest_since": now - longest if longest else None,
            "is_late": late,
            "service_level": level,
            "target": 80,
            "agents": people,
            "free": free,
            "definition": definition,
        }
        for name, waiting, longest, late, level, people, free in rows
    ]


def worklist() -> Shown:
    def item(channel: str, title: str, who: str, due: str, **more: Any) -> Shown:
        return {"url": "#", "channel": channel, "title": title, "who": who, "due": due} | more

    urgent = item("phone", "Replacement has not arrived", "Szilágyi Katalin", "1 h 10 m", urgency="soon")
    urgent |= {"is_current": True, "chips": [{"label": "3×", "tone": "cherry"}]}
    later = [
        item("mail", "Charged twice on the July bill", "Horváth Bence", "−25 m", urgency="over"),
        item("chat", "Slow internet in the evening", "Kiss Réka", "4 m", urgency="soon", hint="typing…"),
        item("callback", "Call back: change of tariff", "Németh Tamás", "11:15", urgency="soon",
             chips=[{"label": "promised", "tone": "honey"}]),
        item("sms", "The technician's date does not suit", "Varga Éva", "13:00", is_read=True),
        item("mail", "Static IP address", "Kőris Bt.", "tomorrow", is_read=True,
             chips=[{"label": "company", "tone": "out"}]),
    ]  # fmt: skip
    return {
        "tabs": [
            {"url": "#", "label": "Mine", "count": 8, "is_current": True},
            {"url": "#", "label": "Team", "count": 23},
            {"url": "#", "label": "Callbacks", "count": 3},
        ],
        "groups": [{"label": "Now", "items": [urgent]}, {"label": "Next, by deadline", "items": later}],
    }


def conversation(now: datetime) -> list[Shown]:
    def message(number: int, channel: str, author: str, how: str, body: str, **more: Any) -> Shown:
        at = now - timedelta(hours=40 - number * 7)
        return {
            "id": f"message-{number}",
            "channel": channel,
            "author": author,
            "how": how,
            "body": body,
            "at": at,
        } | more

    return [
        message(1, "phone", "Szilágyi Katalin", "called, Farkas Gergő answered",
                "Red LOS light on the modem. Replacement sent.",
                recordings=[{"url": "/static/ui/favicon.svg", "seconds": 401}]),
        message(2, "mail", "Szilágyi Katalin", "e-mail",
                "The courier's page says I received the parcel yesterday, but nobody was here."),
        message(3, "note", "Farkas Gergő", "", "The courier's GPS shows the next street. New delivery agreed."),
        message(4, "sms", "Hallom", "SMS sent", "Your parcel arrives today between 8 and 12.", is_ours=True),
        message(5, "phone", "Live call", "with you now", "Note during the call…", is_live=True),
    ]  # fmt: skip


def composer() -> Shown:
    return {
        "label": "Answer",
        "placeholder": "Write to the customer",
        "html": "<p>Dear Katalin, thank you for your patience ❤️ We bring the new device <strong>tomorrow"
        ' between 8 and 10</strong> to <mark data-missing="address">address</mark>.</p>',
        "upload_url": "/components/",
        "mentions_url": "/components/",
        "snippets_url": "/components/",
        "snippet_url": "/components/",
        "attachments": [{"id": 1, "name": "courier.pdf", "size": 48_200, "url": "#"}],
        "macros": [
            {"id": 1, "label": "New delivery", "acts": ["tell the courier", "credit", "status → Waiting"]}
        ],
    }


def customer() -> Shown:
    return {
        "name": "Szilágyi Katalin",
        "code": "U-104 882",
        "url": "#",
        "is_verified": True,
        "identified": {"done": False, "text": "Not identified yet – the number matches"},
        "facts": [
            {"icon": "map-pin", "label": "Address", "text": "1071 Budapest, Damjanich u. 38. III/2."},
            {"icon": "phone", "label": "Telephone", "text": "+36 30 512 4478", "dial": "+36 30 512 4478"},
            {"icon": "mail", "label": "E-mail", "text": "szilagyi.katalin@pelda.hu", "url": "#"},
        ],
        "repeat": {"title": "3rd contact about the same", "text": "14 July call · 16 July e-mail · now."},
        "lists": [
            {
                "title": "Open tickets",
                "rows": [
                    {
                        "icon": "ticket",
                        "title": "Replacement has not arrived",
                        "url": "#",
                        "chip": {"label": "open", "tone": "pine"},
                    },
                    {
                        "icon": "package",
                        "title": "M-20931 replacement",
                        "detail": "with the courier",
                        "chip": {"label": "mismatch", "tone": "cherry"},
                    },
                ],
            }
        ],
    }


def agents(now: float) -> list[Shown]:
    rows = (
        ("Kocsis Milán", "paused", 1330, "break, planned 15 m", True),
        ("Szűcs Ádám", "talking", 1112, "talking · Technical", False),
        ("Juhász Petra", "held", 115, "on hold · Technical", False),
        ("Oláh Emese", "wrap_up", 31, "wrap-up", False),
        ("Pintér Judit", "available", 18, "available · Billing", False),
        ("Antal Zoltán", "offered", 4, "ringing · Sales", False),
        ("Hegedűs Ilona", "paused", 495, "lunch", False),
        ("Veres Adrienn", "offline", 7200, "offline", False),
    )
    return [
        {"name": name, "state": state, "since": now - since, "doing": doing, "is_alarm": alarm}
        for name, state, since, doing, alarm in rows
    ]


def calls(now: datetime) -> list[Shown]:
    answered = {
        "id": "01J0A",
        "url": "#",
        "at": now,
        "caller": "Szilágyi Katalin",
        "number": "+36 30 512 4478",
        "queue": "Technical",
        "agent": "Bíró Nóra",
        "waited_seconds": 161,
        "talk_seconds": 401,
        "outcome": {"label": "answered", "tone": "pine"},
        "recordings": [{"url": "/static/ui/favicon.svg", "seconds": 401}],
        "recording_label": "Recording of the call with Szilágyi Katalin",
    }
    missed = answered | {"id": "01J0B", "agent": "", "talk_seconds": None, "recordings": []}
    return [answered, missed | {"outcome": {"label": "abandoned", "tone": "cherry"}}]
