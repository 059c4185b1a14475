"""Mail that came back: which one, to whom it could not be delivered, and why (RFC 3464, and what servers write instead)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hallom.mail.automatic import Automatic, automatic_of
from hallom.mail.parse.charset import decode
from hallom.mail.parse.mail import ParsedMail, Part, address_key

MAX_RECIPIENTS = 200
MAX_DIAGNOSTIC = 500
# Of the text and of the original, what is looked at.
MAX_LOOKED_AT = 200_000
# Not the middle or the end of an IP address, of which such texts are full.
STATUS = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\w)")
REPLY_CODE = re.compile(r"(?:^|[\s:(<'\"])([45]\d\d)[\s-]")
ADDRESS = r"[^\s<>()\[\],;:\"']{1,64}@[\w.-]{1,255}"
FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{0,60}):[ \t]*(.*(?:\n[ \t].*)*)", re.M)
MESSAGE_ID = re.compile(r"^[ \t]{0,8}Message-ID:\s*<\s*([^<>\s]{1,900})\s*>", re.I | re.M)
ORIGINALS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
REPORTS = ("message/delivery-status", "message/global-delivery-status")
# Where the text says whom it could not reach; the address is in the same line or the next.
FAILED = re.compile(
    rf"""(?:
      ^[ \t]*<?({ADDRESS})>?[ \t]*:?[ \t]*$                                          # Exim, Exchange: alone in its line
    | ^[ \t]*<({ADDRESS})>[ \t]*(?:[:(]|\.\.\.)                                      # Postfix, qmail, T-Online
    | (?:was(?:n't|\ not)\ delivered\ to|nie\ (?:została|mogła\ zostać)\ dostarczona\ do|nem\ (?:sikerült\ kézbesíteni|kézbesíthető)
       |konnte\ nicht\ (?:an|zugestellt)|could\ not\ be\ delivered\ to|failed\ to\ deliver\ to|couldn't\ be\ delivered\ to
       |cannot\ deliver(?:\ mail)?\ to|kézbesítése\ sikertelen|niedostarczon\w*\ do|címzett|adresat\w*|odbiorc\w*|recipient|to)
       [^\n@]{{0,60}}?[\s:<'"]({ADDRESS})
    )""",
    re.I | re.M | re.X,
)
# There is nobody there.
NOBODY_THERE = r"""user\s+unknown|unknown\s+user|no\s+such\s+(?:user|address|mailbox|recipient)|does(?:n't|\s+not)\s+exist|address\s+(?:couldn't\s+be\s+found|rejected|not\s+found)
    |mailbox\s+(?:unavailable|not\s+found|does\s+not)|account\s+(?:that\s+you\s+tried|has\s+been\s+disabled|is\s+disabled)|wasn't\s+found\s+at
    |recipient\s+(?:rejected|not\s+found)|invalid\s+(?:recipient|mailbox)|host\s+(?:not\s+found|unknown)
    |no\s+mx\s+record|domain\s+(?:not\s+found|does\s+not)|no\s+mailbox\s+(?:here\s+)?by\s+that\s+name
    |nem\s+létez|nem\s+található|ismeretlen\s+(?:címzett|felhasználó)|nincs\s+ilyen
    |nie\s+istnieje|nie\s+można\s+odnaleźć|nie\s+ma\s+takie|nieznany\s+(?:użytkownik|adresat)
    |unbekannt|nicht\s+gefunden|existiert\s+nicht"""
IS_NOBODY_THERE = re.compile(NOBODY_THERE, re.I | re.X)
TELLING = (STATUS, REPLY_CODE, IS_NOBODY_THERE)
PERMANENT = re.compile(rf"{NOBODY_THERE}|permanent|giving\ up|given\ up|végleges|trwały", re.I | re.X)
TEMPORARY = re.compile(
    r"""delayed|still\ (?:being\ retried|trying)|will\ (?:be\ retried|keep\ trying|continue)|warning|temporar|not\ yet\ been\ delivered
    |késik|később|átmeneti|ideiglenes|opóźni|tymczasow|verzögert|mailbox\ (?:is\ )?full|over\ quota|megtelt|przepełnion""",
    re.I | re.X,
)


SAYS_NOTHING = ("5.0.0", "5.5.0")


@dataclass(frozen=True, slots=True)
class Failed:
    """``status`` is like 5.1.1, "" if none was told; ``diagnostic`` is what the server said."""

    address: str
    status: str = ""
    diagnostic: str = ""
    is_permanent: bool = True

    @property
    def is_bad_address(self) -> bool:
        """Nothing sent there will arrive; a full mailbox or a mail refused as spam says nothing of the kind (RFC 3463)."""
        if not self.is_permanent:
            return False
        # Exim reports 5.0.0 whatever the reason was.
        if self.status and self.status not in SAYS_NOTHING:
            return self.status.startswith("5.1.") or self.status == "5.2.1"
        return IS_NOBODY_THERE.search(self.diagnostic) is not None


@dataclass(frozen=True, slots=True)
class Bounce:
    """``unnamed``: what was said when nobody was named whom it could not reach; its address is empty."""

    original_message_id: str = ""
    recipients: tuple[Failed, ...] = ()
    unnamed: Failed | None = None


def bounce_of(parsed: ParsedMail) -> Bounce | None:
    """None unless the mail says that another could not be delivered (yet)."""
    if automatic_of(parsed) is not Automatic.BOUNCE:
        return None
    text = parsed.text[:MAX_LOOKED_AT]
    report = next((part for part in parsed.attachments if part.content_type in REPORTS), None)
    failed = list(_reported(report)) if report else []
    if not failed and report is None:
        failed = list(_written(parsed, text))
    if report is not None and not failed:
        # A report of success or relay: nothing came back.
        return None
    return Bounce(_original(parsed, text), tuple(_each_once(failed)), None if failed else _unnamed(text))


def _reported(report: Part) -> Iterator[Failed]:
    text = decode(report.data[:MAX_LOOKED_AT], "utf-8")[0].replace("\r\n", "\n")
    for block in re.split(r"\n[ \t]*\n", text)[: MAX_RECIPIENTS + 1]:
        fields: dict[str, str] = {}
        for match in FIELD.finditer(block):
            fields.setdefault(match[1].lower(), " ".join(match[2].split()))
        action = fields.get("action", "").lower()
        address = _typed(fields.get("original-recipient", "")) or _typed(fields.get("final-recipient", ""))
        if not address or (action and not action.startswith(("failed", "delayed"))):
            continue
        status = STATUS.search(fields.get("status", "")) or STATUS.search(fields.get("diagnostic-code", ""))
        diagnostic = _typed(fields.get("diagnostic-code", ""))[:MAX_DIAGNOSTIC]
        is_permanent = not action.startswith("delayed") and not (
            status and status[1] == "4" and action != "failed"
        )
        yield Failed(address, status[0] if status else "", diagnostic, is_permanent)


def _typed(value: str) -> str:
    """``rfc822; jane@example.com`` without its type."""
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and " " not in kind.strip() else value).strip().strip("<>")


def _written(parsed: ParsedMail, text: str) -> Iterator[Failed]:
    """From the words for people: Exim, qmail, Exchange, Gmail, Yahoo, freemail.hu, wp.pl, onet.pl and those like them."""
    words, _, _ = _cut_at_copy(text)
    named = [part.strip() for part in parsed.header("x-failed-recipients").split(",") if "@" in part]
    found = [(address, _around(words, address)) for address in named]
    if not found:
        own = {address.key for address in (parsed.from_, *parsed.to) if address}
        for match in FAILED.finditer(words):
            address = next(group for group in match.groups() if group).rstrip(".")
            if address_key(address) not in own:
                found.append((address, _around(words, address)))
    for address, said in found[:MAX_RECIPIENTS]:
        status = STATUS.search(said) or STATUS.search(words)
        yield Failed(
            address, status[0] if status else "", _diagnostic(said), _is_permanent(said, words, status)
        )


def _unnamed(text: str) -> Failed | None:
    words, _, _ = _cut_at_copy(text)
    status = STATUS.search(words)
    if not (status or REPLY_CODE.search(words) or PERMANENT.search(words)):
        return None
    return Failed("", status[0] if status else "", _diagnostic(words), _is_permanent(words, words, status))


def _cut_at_copy(text: str) -> tuple[str, str, str]:
    """The words before the copy of the mail itself."""
    match = re.search(
        r"^(?:-{2,}.{0,40}(?:copy of the message|original message|eredeti (?:üzenet|levél)|oryginaln|kopia|ursprüngliche).{0,60}"
        r"|\|-{3,} ?Message text follows.*|-{3,} ?Below this line is a copy.*|-{5,} ?This is a copy of.*|Return-Path: .*|Received: .*)$",
        text,
        re.I | re.M,
    )
    return (text[: match.start()], match[0], text[match.end() :]) if match else (text, "", "")


def _around(words: str, address: str) -> str:
    """The paragraph that begins with the address, and the one after it if that is all there is."""
    at = words.lower().find(address.lower())
    if at < 0:
        return words[:MAX_DIAGNOSTIC]
    line = words.rfind("\n", 0, at) + 1
    end = words.find("\n\n", at)
    if 0 <= end < at + len(address) + 8:
        end = words.find("\n\n", end + 2)
    return words[line : end if end >= 0 else len(words)][:2000]


def _diagnostic(said: str) -> str:
    lines = [line.strip() for line in said.split("\n") if line.strip()]
    telling = (at for at, line in enumerate(lines) if any(sign.search(line) for sign in TELLING))
    # What was said goes on in the next line.
    return " ".join(lines[next(telling, 1) :] or lines)[:MAX_DIAGNOSTIC]


def _is_permanent(said: str, words: str, status: re.Match[str] | None) -> bool:
    if status is not None:
        return status[1] == "5"
    code = REPLY_CODE.search(said)
    if code is not None:
        return code[1].startswith("5")
    if PERMANENT.search(said):
        return True
    return TEMPORARY.search(said) is None and (
        PERMANENT.search(words) is not None or TEMPORARY.search(words) is None
    )


def _original(parsed: ParsedMail, text: str) -> str:
    """The Message-ID of the mail that came back: of its copy, or as the report tells it."""
    for part in parsed.attachments:
        if part.content_type in ORIGINALS or part.content_type in REPORTS:
            copied = part.data[:MAX_LOOKED_AT].decode("utf-8", "replace").replace("\r\n", "\n")
            match = MESSAGE_ID.search(copied) or re.search(
                r"^(?:X-)?Original-Message-ID:\s*<([^<>\s]+)>", copied, re.I | re.M
            )
            if match:
                return match[1]
    match = MESSAGE_ID.search(_cut_at_copy(text)[2] or text)
    return match[1] if match else ""


def _each_once(failed: list[Failed]) -> Iterator[Failed]:
    seen: set[str] = set()
    for one in failed:
        key = address_key(one.address)
        if key not in seen:
            seen.add(key)
            yield one
