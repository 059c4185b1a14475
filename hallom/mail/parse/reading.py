"""A whole mail: header fields and body into one value."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from hallom.mail.parse.addresses import addresses
from hallom.mail.parse.body import Body, Walker, read_enclosed
from hallom.mail.parse.entity import Entity
from hallom.mail.parse.headers import Headers
from hallom.mail.parse.limits import MAX_ADDRESSES, MAX_RAW, MAX_REFERENCES, MAX_SUBJECT, Problem
from hallom.mail.parse.mail import Address, ParsedMail
from hallom.mail.parse.words import one_line

KEPT = frozenset(
    [
        "auto-submitted",
        "precedence",
        "x-auto-response-suppress",
        "x-autoreply",
        "x-autorespond",
        "x-autoresponse",
        "x-auto-reply",
        "x-loop",
        "x-mailer",
        "user-agent",
        "x-failed-recipients",
        "x-spam-flag",
        "x-spam-status",
        "x-spam-level",
        "importance",
        "priority",
        "x-priority",
        "content-language",
        "disposition-notification-to",
        "return-receipt-to",
        "feedback-id",
        "x-github-reason",
        "x-mdarid",
        "x-ms-exchange-generated-message-source",
        "x-ms-exchange-inbox-rules-loop",
        "authentication-results",
        "resent-from",
        "x-original-to",
        "delivered-to",
        "errors-to",
        "x-delivery-agent-notice",
    ]
)
KEPT_PREFIXES = ("x-auto", "x-hallom-", "list-", "x-ms-exchange-calendar")
ROUTES = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-forwarded-to")
MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
LOOSE_ID = re.compile(r"[^<>\s,;]{1,500}@[^<>\s,;]{1,400}")
MAX_KEPT_VALUE = 2000
MAX_ROUTES = 50


def parse(raw: bytes) -> ParsedMail:
    """Whatever the bytes are, a mail comes out; what was wrong with it is in ``problems``."""
    try:
        return _parse(raw)
    except Exception:
        # Nothing is known that gets here; a ticket with the raw file is better than a mail nobody sees.
        return ParsedMail(problems=(str(Problem.UNPARSABLE),))


def _parse(raw: bytes) -> ParsedMail:
    body = Body()
    if len(raw) > MAX_RAW:
        body.note(Problem.TRUNCATED)
        raw = raw[:MAX_RAW]
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    if not raw.strip():
        return ParsedMail(problems=(str(Problem.EMPTY),))
    root = Walker(raw, body).walk()
    read_enclosed(body)
    headers = root.headers
    html = body.html()
    return ParsedMail(
        subject=headers.text("subject")[:MAX_SUBJECT],
        from_=_first(headers, "from"),
        sender=_first(headers, "sender"),
        reply_to=_addresses(headers, "reply-to", body),
        to=_addresses(headers, "to", body),
        cc=_addresses(headers, "cc", body),
        delivered_to=_routes(headers),
        return_path=_return_path(headers),
        date=_date(headers, body),
        message_id=(_ids(headers.raw("message-id")) or ("",))[0],
        in_reply_to=_ids(headers.raw("in-reply-to"))[:MAX_REFERENCES],
        references=_newest(_ids(headers.raw("references"))),
        text=body.text(),
        html=html,
        attachments=body.parts(html),
        content_type=_content_type(root),
        headers=_kept(headers),
        wrapper=body.wrapper,
        calendar=body.calendar,
        problems=tuple(str(problem) for problem in body.problems),
    )


def _first(headers: Headers, name: str) -> Address | None:
    found = addresses(headers.raw(name))
    with_domain = [address for address in found if "@" in address.addr]
    return next(iter(with_domain or found), None)


def _addresses(headers: Headers, name: str, body: Body) -> tuple[Address, ...]:
    found: dict[Address, None] = {}
    for value in headers.all_raw(name)[:MAX_ADDRESSES]:
        found.update(dict.fromkeys(addresses(value)))
        if len(found) >= MAX_ADDRESSES:
            body.note(Problem.TOO_MANY_ADDRESSES)
            break
    return tuple(found)[:MAX_ADDRESSES]


def _routes(headers: Headers) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in ROUTES:
        for value in headers.all_raw(name)[:MAX_ROUTES]:
            found.update((address.addr, None) for address in addresses(value)[:MAX_ROUTES])
    return tuple(found)


def _return_path(headers: Headers) -> str | None:
    if "return-path" not in headers.fields:
        return None
    return headers.text("return-path").strip("<> ")[:320]


def _date(headers: Headers, body: Body) -> datetime | None:
    value = headers.text("date")[:200]
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # A date at either end of time cannot be stored in every zone.
        if 1970 <= moment.year <= 9000 and moment.astimezone(UTC).year:
            return moment
    except (ValueError, TypeError, OverflowError, IndexError):
        pass
    body.note(Problem.DATE_BROKEN)
    return None


def _ids(value: str) -> tuple[str, ...]:
    """Each once, in order; without brackets when the sender forgot them."""
    found = MESSAGE_ID.findall(value) or LOOSE_ID.findall(value)
    return tuple(dict.fromkeys(found))


def _newest(ids: tuple[str, ...]) -> tuple[str, ...]:
    """The first and the newest: those say which thread it is."""
    return ids if len(ids) <= MAX_REFERENCES else ids[:1] + ids[1 - MAX_REFERENCES :]


def _content_type(root: Entity) -> str:
    report = root.parameters.get("report-type")[:60].lower()
    return f"{root.parameters.value or root.content_type}; {report}" if report else root.content_type


def _kept(headers: Headers) -> dict[str, str]:
    return {
        name: one_line(headers.text(name))[:MAX_KEPT_VALUE]
        for name in headers.fields
        if name in KEPT or name.startswith(KEPT_PREFIXES)
    }
