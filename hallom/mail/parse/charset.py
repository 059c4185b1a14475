"""Bytes into text, whatever was declared."""

import codecs
import re
from encodings.aliases import aliases
from functools import lru_cache

from charset_normalizer import from_bytes

from hallom.mail.parse.limits import DETECTION_SAMPLE, Problem

# What mails without a charset are when there is too little text to tell: Hungarian, Polish and Czech Windows.
HOUSE_CHARSET = "cp1250"
# Detection of fewer bytes finds Chinese in a Hungarian town's name.
DETECTABLE = 24
CANDIDATES = [
    "cp1250", "iso8859_2", "cp1252", "cp852", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256",
    "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
# As browsers read them: senders mean the larger set of the same name.
LARGER = {
    "ascii": "utf-8", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "euc_kr": "cp949", "johab": "cp949", "shift_jis": "cp932", "iso2022_jp": "iso2022_jp_ext",
}  # fmt: skip
OTHER_NAMES = {
    "ks_c_5601-1987": "cp949", "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "x-gbk": "gb18030",
    "x-sjis": "cp932", "x-euc-jp": "euc_jp", "unicode-1-1-utf-8": "utf-8", "unicode": "utf-16", "utf": "utf-8",
    "x-mac-ce": "mac_latin2", "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "ansi": "cp1250",
}  # fmt: skip
# Python's codecs that are no charsets, or whose cost grows with the square of the text.
NO_CHARSETS = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem")
)
WINDOWS_ONLY = re.compile(rb"[\x80-\x9f]")
# ł ż ę are where both have them; ą is š in the other, and a text in Polish has no š.
POLISH = re.compile(rb"[\xa3\xaf\xb3\xbf\xca\xea]")
# Old programs say Latin 1 of a text in Latin 2: ő and ű come out as õ and û, which no Hungarian word has.
TILDES = re.compile(r"[õûÕÛ]")
NOT_HUNGARIAN = re.compile(r"[À-ÿ](?<![ÁÉÍÓÖÕÚÜÛáéíóöõúüû×÷])")
HUNGARIAN = re.compile(
    r"\b(?:és|hogy|egy|az|kér(?:em|jük|ném|nénk)|tisztelt|kedves|üdvözlettel|köszön\w{0,7}|nincs|szeretn\w{1,4}|számla\w{0,6}|vagyok)\b",
    re.I,
)
SHIFTS = re.compile(rb"\x1b(?:\$[@B]|\(J)")
UNWANTED = dict.fromkeys([*range(9), 11, *range(14, 32), 127, 0x2028, 0x2029, 0xFEFF])
UNWANTED[0x2028] = UNWANTED[0x2029] = 10
DIRTY = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u2028\u2029\ufeff\ud800-\udfff]")


def decode(data: bytes, declared: str = "") -> tuple[str, tuple[Problem, ...]]:
    """Text without control characters and surrogates, and what was wrong with the declaration."""
    if data.isascii() and b"\x1b" not in data and not _keeps_ascii_apart(declared):
        return tidy(data.decode("ascii")), ()
    text, problems = _decode(data, declared)
    return tidy(text), problems


def tidy(text: str) -> str:
    """The database takes neither NUL nor half a surrogate pair."""
    if DIRTY.search(text) is None:
        return text
    return text.translate(UNWANTED).encode("utf-8", "replace").decode("utf-8")


@lru_cache(256)
def known(declared: str) -> str:
    """Python's name of a charset, "" for none and ``?`` for one nobody knows."""
    name = declared.strip().strip("\"'").lower()
    if not name:
        return ""
    for spelled in (
        name,
        name.replace("_", "-"),
        name.removeprefix("x-"),
        re.sub(r"^win(dows)?-?|^cp-", "cp", name),
    ):
        try:
            found = codecs.lookup(OTHER_NAMES.get(spelled, spelled)).name
        except (LookupError, ValueError):
            continue
        module = found.replace("-", "_")
        if module in NO_CHARSETS or (module.endswith("_codec") and module in aliases.values()):
            continue
        return LARGER.get(found, found)
    return "?"


def guess(data: bytes) -> str:
    sample = data[:DETECTION_SAMPLE]
    if len(sample) >= DETECTABLE:
        found = from_bytes(sample, cp_isolation=CANDIDATES).best()
        if found is not None:
            return found.encoding
    return HOUSE_CHARSET


def _keeps_ascii_apart(declared: str) -> bool:
    return known(declared).startswith(("utf-16", "utf-32", "utf-7", "hz", "utf_16", "utf_32", "utf_7"))


def _decode(data: bytes, declared: str) -> tuple[str, tuple[Problem, ...]]:
    mark = _byte_order_mark(data)
    if mark:
        return data.decode(mark, "replace"), ()
    charset = known(declared)
    problem = Problem.CHARSET_UNKNOWN if charset in ("", "?") else Problem.CHARSET_WRONG
    if charset in ("", "?", "utf-8") and data.isascii() and SHIFTS.search(data):
        # Japanese needs no declaration, it shifts by escape sequences.
        charset = "iso2022_jp_ext"
    as_utf8 = _strictly(data, "utf-8")
    if as_utf8 is not None and (charset in ("", "?", "utf-8") or not _keeps_ascii_apart(declared)):
        if charset.startswith("iso2022") and b"\x1b" in data:
            return data.decode(charset, "replace"), ()
        # Text in another charset is valid UTF-8 by accident once in a million mails.
        fits = charset == "utf-8" or data.isascii()
        return as_utf8, () if fits else (problem,)
    if charset not in ("", "?", "utf-8"):
        if charset == "iso8859-2" and _is_windows(data):
            charset = "cp1250"
        text = _strictly(data, charset)
        if text is not None and charset == "cp1252" and _is_hungarian(text):
            return data.decode(HOUSE_CHARSET, "replace"), (problem,)
        if text is not None:
            return text, ()
    return _nearly(data, charset), (problem,)


def _is_windows(data: bytes) -> bool:
    """Of text said to be in ISO-8859-2."""
    if WINDOWS_ONLY.search(data):
        return True
    return b"\xb9" in data and b"\xb1" not in data and POLISH.search(data) is not None


def _is_hungarian(text: str) -> bool:
    """Of text said to be in Latin 1."""
    if TILDES.search(text) is None or NOT_HUNGARIAN.search(text):
        return False
    return HUNGARIAN.search(text) is not None


def _nearly(data: bytes, charset: str) -> str:
    """A few broken characters in a declared charset are damage; many mean that it is another one."""
    if charset and charset != "?":
        text = data.decode(charset, "replace")
        if text.count("\ufffd") * 100 <= len(text):
            return text
    return data.decode(guess(data), "replace")


def _strictly(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError, ValueError):
        return None


def _byte_order_mark(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(data) % 2 == 0:
        return "utf-16"
    return ""
