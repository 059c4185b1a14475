"""The first event of a calendar part (RFC 5545), as values and as readable lines."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hallom.mail.parse.mail import Calendar
from hallom.mail.parse.words import one_line

FOLD = re.compile(r"\r?\n[ \t]")
LINE = re.compile(r"([A-Za-z-]{1,40})((?:;(?:[^\";:]|\"[^\"]*\")*)*):(.*)")
STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
ESCAPE = re.compile(r"\\([nN,;\\])")
EVENTS = ("VEVENT", "VJOURNAL")
MAX_ICS = 256 * 1024
MAX_WORDS = 10_000


def calendar_of(text: str) -> Calendar | None:
    """None when there is no event in it."""
    method, fields = _fields(FOLD.sub("", text[:MAX_ICS]))
    if not fields:
        return None
    starts, is_all_day, zone = _moment(fields.get("DTSTART"))
    ends, _, _ = _moment(fields.get("DTEND") or fields.get("DUE"))
    return Calendar(
        method=method,
        summary=one_line(_value(fields, "SUMMARY"))[:500],
        starts=starts,
        ends=ends,
        is_all_day=is_all_day,
        zone=zone,
        location=one_line(_value(fields, "LOCATION"))[:500],
        organiser=re.sub(r"(?i)^mailto:", "", _value(fields, "ORGANIZER"))[:320],
        description=_value(fields, "DESCRIPTION")[:MAX_WORDS].strip(),
    )


def readable(event: Calendar) -> str:
    """Without words of any language: what, when, where, who, and what is said about it."""
    lines = [event.summary, _when(event), event.location, event.organiser]
    head = "\n".join(line for line in lines if line)
    return f"{head}\n\n{event.description}".strip()


def _fields(text: str) -> tuple[str, dict[str, tuple[str, str]]]:
    method, is_inside, depth = "", False, 0
    fields: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2], match[3].strip()
        if name == "METHOD":
            method = value.upper()[:20]
        elif name == "BEGIN":
            depth += is_inside
            is_inside = is_inside or value.upper() in EVENTS
        elif name == "END" and is_inside and depth:
            depth -= 1
        elif name == "END" and is_inside:
            break
        elif is_inside and not depth:
            fields.setdefault(name, (parameters, value))
    return method, fields


def _value(fields: dict[str, tuple[str, str]], name: str) -> str:
    _, value = fields.get(name, ("", ""))
    return ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _moment(field: tuple[str, str] | None) -> tuple[datetime | None, bool, str]:
    match = STAMP.match(field[1]) if field else None
    if field is None or match is None:
        return None, False, ""
    named = re.search(r'TZID=("[^"]*"|[^;:]*)', field[0], re.I)
    zone = named[1].strip('"')[:100] if named else ""
    try:
        year, month, day, hour, minute, second = (int(number or 0) for number in match.groups()[:6])
        moment = datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None, False, ""
    if match[7]:
        return moment.replace(tzinfo=UTC), False, "UTC"
    return moment.replace(tzinfo=_zone(zone)), match[4] is None, zone


def _zone(name: str) -> ZoneInfo | None:
    """None for zones with names of somebody's own, as Exchange gives them."""
    if not re.fullmatch(r"[A-Za-z_]+(?:/[A-Za-z_+\-]+){0,2}", name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _when(event: Calendar) -> str:
    if event.starts is None:
        return ""
    if event.is_all_day:
        return f"{event.starts:%Y-%m-%d}"
    text = f"{event.starts:%Y-%m-%d %H:%M}"
    if event.ends is not None:
        same = event.ends.date() == event.starts.date()
        text += f"–{event.ends:%H:%M}" if same else f" – {event.ends:%Y-%m-%d %H:%M}"
    return f"{text} ({event.zone})" if event.zone else text
