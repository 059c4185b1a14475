"""``Content-Type`` and ``Content-Disposition``: a value and its parameters (RFC 2045 5.1, RFC 2231)."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from hallom.mail.parse import charset
from hallom.mail.parse.limits import MAX_STRUCTURED_FIELD
from hallom.mail.parse.words import decode_words, one_line

PARAMETER = re.compile(r'[;\s]*([^\s=;"]+)\s*=\s*("[^"\\]*(?:\\.[^"\\]*)*"|[^;]*)', re.S)
UNQUOTE = re.compile(r'\\(["\\])')
SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")


@dataclass(frozen=True, slots=True)
class Structured:
    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")


def structured(text: str) -> Structured:
    """Names in lower case, values decoded; the first of two with the same name."""
    value, _, rest = text[:MAX_STRUCTURED_FIELD].partition(";")
    if "=" in value and "/" not in value.partition("=")[0]:
        value, rest = "", text[:MAX_STRUCTURED_FIELD]
    if not rest:
        return Structured(value.strip().lower())
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in PARAMETER.finditer(rest):
        name, content = match[1].lower(), _unquoted(match[2].strip())
        section = SECTION.match(name) if "*" in name else None
        if section is None:
            plain.setdefault(name, one_line(decode_words(content)))
        else:
            number = int(section[2] or 0)
            sections.setdefault(section[1], {}).setdefault(number, (content, section[3] is not None))
    plain.update({name: _joined(pieces) for name, pieces in sections.items()})
    return Structured(value.strip().lower(), plain)


def _unquoted(content: str) -> str:
    if content.startswith('"'):
        # A backslash before anything else is a path from Windows, not a quotation.
        return UNQUOTE.sub(
            r"\1", content[1:-1] if content.endswith('"') and len(content) > 1 else content[1:]
        )
    return content


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    declared = ""
    data = b""
    for number in sorted(pieces):
        content, is_encoded = pieces[number]
        if is_encoded and number == min(pieces) and content.count("'") >= 2:
            declared, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if is_encoded else content.encode("utf-8", "replace")
    text = charset.decode(data, declared or "utf-8")[0]
    return one_line(decode_words(text))
