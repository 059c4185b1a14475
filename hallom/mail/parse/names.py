"""File names that are safe to show, to store and to download."""

import re
import unicodedata

from hallom.mail.parse.limits import MAX_NAME

EXTENSIONS = {
    "message/rfc822": ".eml", "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv",
    "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/rtf": ".rtf", "application/rtf": ".rtf", "image/jpeg": ".jpg",
    "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp", "image/tiff": ".tif",
    "application/pdf": ".pdf", "application/zip": ".zip", "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m", "application/pkcs7-signature": ".p7s", "application/pgp-signature": ".asc",
    "application/x-pkcs7-signature": ".p7s", "application/ms-tnef": ".dat", "message/delivery-status": ".txt",
    "message/global": ".eml", "text/rfc822-headers": ".txt", "audio/mpeg": ".mp3", "audio/wav": ".wav",
    "application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/json": ".json",
    "application/xml": ".xml", "text/xml": ".xml", "application/octet-stream": ".bin",
}  # fmt: skip
TYPES = {extension: kind for kind, extension in reversed(EXTENSIONS.items())}
# Path marks, what Windows refuses, and marks that turn the reading direction (``exe.txt`` that is no text).
UNSAFE = re.compile(
    '[\x00-\x1f\x7f-\x9f<>:"/\\\\|?*\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+'
)
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.I)
LONGEST_EXTENSION = 16


class Names:
    """Gives every attachment of one mail a name of its own."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.next: dict[str, int] = {}

    def give(self, wanted: str, content_type: str) -> str:
        name = safe_name(wanted) or f"attachment{EXTENSIONS.get(content_type, '.bin')}"
        if name.lower() in self.taken:
            name = self._another(name)
        self.taken.add(name.lower())
        return name

    def _another(self, name: str) -> str:
        stem, dot, extension = name.rpartition(".")
        stem, ending = (stem, dot + extension) if stem else (name, "")
        number = self.next.get(name.lower(), 2)
        while f"{stem} ({number}){ending}".lower() in self.taken:
            number += 1
        self.next[name.lower()] = number + 1
        return f"{stem} ({number}){ending}"


def type_of(name: str) -> str:
    """What a file is by its name, where nothing better is known."""
    return TYPES.get("." + name.lower().rpartition(".")[2], "application/octet-stream")


def safe_name(wanted: str) -> str:
    """The last piece of a path without harmful characters, at most 120 characters, its extension kept; may be ""."""
    piece = re.split(r"[/\\]", wanted.strip())[-1] or wanted
    name = UNSAFE.sub("_", unicodedata.normalize("NFC", piece[:2000])).strip(" ._")
    if piece.startswith(".") and name:
        name = f"_{name}"
    if RESERVED.match(name):
        name = f"_{name}"
    if len(name) <= MAX_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > LONGEST_EXTENSION:
        return name[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"
