"""Where a link leads, and whether its text says otherwise."""

import re
from urllib.parse import urlsplit

MAX_TITLE = 500
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
PRETENDED = re.compile(
    r"\s*(?:(?P<scheme>(?:https?|ftp)://)|(?P<www>www\.))?(?:[^\s/@<>]{1,100}@)?"
    r"(?P<host>[^\s/:?#@<>()\[\]]{1,200}\.(?P<last>[^\W\d_]{2,24}|xn--[a-z0-9-]{2,40}))\.?(?::\d{1,5})?(?P<path>[/?#]\S*)?\s*\Z",
    re.I,
)
MAIL = re.compile(r"\s*[^\s@<>]{1,64}@([^\s@<>]{1,255})\s*\Z")
# Endings of file names: `Report.pdf` as a link's text is no host.
FILES = frozenset(
    [
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
        "odt",
        "ods",
        "txt",
        "csv",
        "rtf",
        "zip",
        "rar",
        "gz",
        "tar",
        "exe",
        "msi",
        "jpg",
        "jpeg",
        "png",
        "gif",
        "svg",
        "webp",
        "bmp",
        "mp3",
        "mp4",
        "avi",
        "mov",
        "htm",
        "html",
        "xml",
        "json",
        "js",
        "py",
        "php",
        "css",
        "eml",
        "msg",
        "ics",
        "vcf",
        "dwg",
        "log",
        "bat",
        "cmd",
        "net",
        "asp",
        "aspx",
        "jsp",
    ]
) - {"net"}


def target_of(href: str) -> str:
    """What the reader is shown before he follows it."""
    return INVISIBLE.sub("", href)[:MAX_TITLE]


def host_of(href: str) -> str:
    """The host in ASCII, so that letters of other scripts show; a mail address for ``mailto:``."""
    scheme, _, rest = href.partition(":")
    if scheme.lower() == "mailto":
        return rest.partition("?")[0][:320]
    if scheme.lower() == "tel":
        return rest[:40]
    try:
        host = (urlsplit(href).hostname or "").rstrip(".")
    except ValueError:
        return "?"
    return _ascii(host)


def deceives(text: str, href: str) -> str:
    """The host the text pretends to lead to, "" if it does lead there or pretends nothing."""
    text = INVISIBLE.sub("", text)
    mail = MAIL.match(text)
    if mail is not None and "://" not in text:
        address = host_of(href)
        return (
            ""
            if _same(_ascii(mail[1].lower()), address.rpartition("@")[2].lower())
            else mail[1].lower()[:255]
        )
    match = PRETENDED.match(text)
    if match is None or not (match["scheme"] or match["www"] or match["last"].lower() not in FILES):
        return ""
    pretended = _ascii(match["host"].lower())
    return "" if _same(pretended, host_of(href).lower()) else pretended


def _same(pretended: str, host: str) -> bool:
    pretended, host = pretended.removeprefix("www."), host.removeprefix("www.")
    return pretended == host or host.endswith("." + pretended) or pretended.endswith("." + host)


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode("ascii")
