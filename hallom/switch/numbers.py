"""What somebody dials, a directory lists, a REFER, a diversion or an API names, as one destination."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    shortnumberinfo,
)
from phonenumbers import ValidationResult as Length

# A whole SIP address with parameters fits; longer text is rubbish that must not keep the parser busy.
LONGEST = 200
# 11 and more digits are no short number in any country.
LONGEST_SHORT = 6
# Good everywhere in Europe and on every mobile network (ETSI TS 122 101, 10.1).
EVERYWHERE = "112"
# How people abroad begin an international number; the plan's own countries add theirs (00 in Hungary and Poland).
INTERNATIONAL = ("00", "011")
# Italy keeps the zero behind its country code; San Marino and the Vatican are reached through it.
KEEPS_ZERO = ("39", "378", "379")
SEPARATORS = frozenset("-./()[]~–—‐‑‒−·")
MOST_DIGITS = 15  # ITU-T E.164


class Sort(StrEnum):
    EXTENSION = "extension"
    SERVICE = "service"
    EMERGENCY = "emergency"
    EXTERNAL = "external"


class Kind(StrEnum):
    FIXED = "fixed"
    MOBILE = "mobile"
    PREMIUM = "premium"
    SHARED = "shared"
    TOLL_FREE = "toll_free"
    SATELLITE = "satellite"
    SHORT = "short"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbers of the house. National numbers are read as those of `countries`, the first of which is its own.

    `extensions` and `services` (`*70`) are matched whole; they go before everything but emergency numbers.
    """

    countries: tuple[str, ...] = ("HU",)
    extensions: frozenset[str] = frozenset()
    services: Mapping[str, str] = field(default_factory=dict)
    emergency_countries: tuple[str, ...] = ("HU", "PL")


@dataclass(frozen=True, slots=True)
class CalledNumber:
    """`number` is what is dialled: an extension, a service, 112, a short number, or E.164 with its plus sign.

    `country` is empty for the world's own numbers (satellites, +800); `post_dial` is sent as DTMF once answered.
    """

    sort: Sort
    number: str
    country: str = ""
    kind: Kind = Kind.UNKNOWN
    post_dial: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """`code` is one of `CODES`: nobody can say where this leads, so nothing is dialled."""

    code: str


CODES = frozenset({
    "empty", "too_long", "too_short", "letters", "strange_characters", "malformed", "ambiguous", "area_missing",
    "no_such_country", "no_such_number", "no_such_service",
})  # fmt: skip


class _Wrong(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def dialled(raw: str, plan: Plan) -> CalledNumber | Unreadable:
    """Where `raw` leads; never raises. A number that could be two different ones is Unreadable, not a guess."""
    try:
        return _read(raw, plan)
    except _Wrong as wrong:
        return Unreadable(wrong.code)


def without_keys(raw: str) -> str:
    """What may be written down of something dialled: the keys for whoever answers may be a card's number."""
    text, _parameters = _apart(raw)
    return re.split(r"(?<=\d)\s*[,;pPwW]", text, maxsplit=1)[0]


def _read(raw: str, plan: Plan) -> CalledNumber:
    if len(raw) > LONGEST:
        raise _Wrong("too_long")
    text, parameters = _apart(raw)
    if text in plan.extensions and not _is_emergency(text, plan):
        return CalledNumber(Sort.EXTENSION, text)
    text, post_dial = _post_dial(text, parameters)
    number = _plain(text)
    context = parameters.get("phone-context", "")
    if _is_emergency(number, plan):
        return CalledNumber(Sort.EMERGENCY, _without_country(number, plan))
    if context.startswith("+") and not number.startswith("+"):
        number = _plain(context) + number
    if number in plan.extensions:
        return CalledNumber(Sort.EXTENSION, number, post_dial=post_dial)
    if number in plan.services:
        return CalledNumber(Sort.SERVICE, number, post_dial=post_dial)
    if "*" in number or "#" in number:
        raise _Wrong("no_such_service")
    return _short(number, plan, post_dial) or _external(number, plan, post_dial)


# What was written, without what is round it


def _apart(raw: str) -> tuple[str, dict[str, str]]:
    """The number as it was written, and the parameters of its address (RFC 3966 3, RFC 3261 19.1.1)."""
    text = raw.strip()
    inside = re.search(r"<([^<>]*)>", text)
    text = inside[1].strip() if inside else text
    scheme, colon, rest = text.partition(":")
    scheme = scheme.casefold()
    if colon and scheme in ("sip", "sips"):
        user = rest.partition("?")[0].partition("@")[0]
        return _parameters(unquote(user.partition(":")[0]))
    if colon and scheme == "tel":
        return _parameters(unquote(rest.partition("?")[0]))
    if colon and scheme == "urn" and rest.casefold().split(".")[0] == "service:sos":  # RFC 5031 4.2
        return EVERYWHERE, {}
    return _parameters(text)


def _parameters(text: str) -> tuple[str, dict[str, str]]:
    """Parameters have names; a semicolon without one is a pause (`0611234567;12`)."""
    number, *rest = re.split(r";(?=[A-Za-z-]{2,})", text)
    pairs = (one.partition("=") for one in rest)
    return number.strip(), {name.strip().casefold(): value.strip() for name, _equals, value in pairs}


def _post_dial(text: str, parameters: Mapping[str, str]) -> tuple[str, str]:
    for name in ("postd", "ext"):
        if name in parameters:
            return text, _tones(parameters[name])
    found = re.fullmatch(
        r"(?P<number>[^,;pPwWxX]*\d[^,;pPwWxXeEmM]*?)\s*"
        r"(?:(?:[xX]|[eE][xX][tT]\.?|[wW][eE][wW]\.?|[mM]ell[eé]k:?)\s*(?P<extension>\d+)|(?P<pauses>[,;pPwW].*))",
        text,
        re.DOTALL,
    )
    if found is None:
        return text, ""
    return found["number"], _tones(found["pauses"] or found["extension"])


def _tones(text: str) -> str:
    tones = re.sub(r"[\s.()-]", "", text)
    if not re.fullmatch(r"[0-9*#,;pPwW]{1,40}", tones):
        raise _Wrong("letters" if any(one.isalpha() for one in tones) else "malformed")
    waits = re.sub(r"[;pPwW]", ",", tones)
    return waits if waits.startswith(",") else f",{waits}"


def _plain(text: str) -> str:
    """Digits, stars and hashes, with a leading plus sign if there was one."""
    text = text.strip().replace("\N{FULLWIDTH PLUS SIGN}", "+")
    if re.match(r"\+|00", text) and not text.lstrip("+0 ").startswith(KEEPS_ZERO):
        text = re.sub(r"[(\[]\s*0\s*[)\]]", "", text)
    plain = "".join(_characters(text))
    if not plain.strip("+"):
        raise _Wrong("empty")
    if "+" in plain[1:] or (plain.startswith("+") and not plain[1:].isdigit()):
        raise _Wrong("malformed")
    return plain


def _characters(text: str) -> Iterator[str]:
    for one in text:
        digit = unicodedata.decimal(one, None)
        if digit is not None:
            yield str(digit)
        elif one in "+*#":
            yield one
        elif one.isalpha():
            raise _Wrong("letters")
        elif one not in SEPARATORS and not one.isspace() and unicodedata.category(one) != "Cf":
            raise _Wrong("strange_characters")


# Emergency and short numbers


def _is_emergency(number: str, plan: Plan) -> bool:
    bare = _without_country(number, plan)
    if bare == EVERYWHERE:
        return True
    return (
        bare.isascii()
        and bare.isdigit()
        and any(_saves(bare, country) for country in plan.emergency_countries)
    )


def _saves(number: str, country: str) -> bool:
    return shortnumberinfo.is_emergency_number(number, country)


def _without_country(number: str, plan: Plan) -> str:
    """+36 112 and 0036 112 are 112: whoever needs help may have it from a list that writes all numbers alike."""
    for country in (*plan.countries, *plan.emergency_countries):
        code = phonenumbers.country_code_for_region(country)
        for prefix in (f"+{code}", f"00{code}"):
            bare = number.removeprefix(prefix)
            if bare != number and (bare == EVERYWHERE or (bare.isdigit() and _saves(bare, country))):
                return bare
    return number


def _short(number: str, plan: Plan, post_dial: str) -> CalledNumber | None:
    """Only the house's own country: another one's short numbers cannot be dialled from here."""
    if len(number) > LONGEST_SHORT or number.startswith(("+", "0")):
        return None
    country = plan.countries[0] if plan.countries else ""
    value = PhoneNumber(
        country_code=phonenumbers.country_code_for_region(country), national_number=int(number)
    )
    if not shortnumberinfo.is_valid_short_number_for_region(value, country):
        return None
    cost = shortnumberinfo.expected_cost_for_region(value, country)
    kind = Kind.PREMIUM if cost == shortnumberinfo.ShortNumberCost.PREMIUM_RATE else Kind.SHORT
    return CalledNumber(Sort.EXTERNAL, number, country, kind, post_dial)


# Everything outside

TYPES = {
    PhoneNumberType.FIXED_LINE: Kind.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Kind.FIXED,
    PhoneNumberType.VOIP: Kind.FIXED,
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
    PhoneNumberType.SHARED_COST: Kind.SHARED,
    PhoneNumberType.UAN: Kind.SHARED,
    PhoneNumberType.VOICEMAIL: Kind.SHARED,
    # What follows its owner or rings a pager is billed like a service, and is a favourite of fraudsters.
    PhoneNumberType.PERSONAL_NUMBER: Kind.PREMIUM,
    PhoneNumberType.PAGER: Kind.PREMIUM,
    PhoneNumberType.PREMIUM_RATE: Kind.PREMIUM,
}
# Country codes of the whole world (ITU-T E.164 annex): what the library calls mobile there is a satellite.
WORLD = {
    800: Kind.TOLL_FREE,
    808: Kind.SHARED,
    870: Kind.SATELLITE,
    878: Kind.PREMIUM,
    881: Kind.SATELLITE,
    882: Kind.SATELLITE,
    883: Kind.SATELLITE,
    888: Kind.SATELLITE,
    979: Kind.PREMIUM,
}
# The library takes Hungary's blue numbers for free ones, but their caller pays the price of a local call.
CORRECTIONS = {"+3640": Kind.SHARED}
NOWHERE = "001"  # what the library calls the region of these
LENGTHS = {
    Length.INVALID_COUNTRY_CODE: "no_such_country",
    Length.TOO_SHORT: "too_short",
    Length.TOO_LONG: "too_long",
    Length.INVALID_LENGTH: "no_such_number",
    Length.IS_POSSIBLE_LOCAL_ONLY: "area_missing",
}


def _external(number: str, plan: Plan, post_dial: str) -> CalledNumber:
    readings, problem = _readings(number, plan)
    valid = [one for one in readings if phonenumbers.is_valid_number(one)]
    # New ranges come sooner than new releases of the library: what may be a number is one, of unknown kind.
    found = {_e164(one): one for one in valid or readings}
    if len(found) > 1:
        raise _Wrong("ambiguous")
    if not found:
        raise _Wrong(problem)
    ((text, value),) = found.items()
    return CalledNumber(Sort.EXTERNAL, text, _country(value), _kind(value), post_dial)


def _readings(number: str, plan: Plan) -> tuple[list[PhoneNumber], str]:
    """Whatever it may be, and, should that be nothing, why the likeliest reading is none."""
    readings: list[PhoneNumber] = []
    problems = []
    for text, country in _writings(number, plan):
        try:
            value = phonenumbers.parse(text, country)
        except NumberParseException as error:
            problems.append(_problem(error))
            continue
        reason = phonenumbers.is_possible_number_with_reason(value)
        if reason == Length.IS_POSSIBLE and (phonenumbers.is_valid_number(value) or _may_be_new(value)):
            readings.append(value)
        else:
            problems.append(LENGTHS.get(reason, "no_such_number"))
    return readings, _likeliest(problems)


def _may_be_new(value: PhoneNumber) -> bool:
    # A zero in front is a national prefix that the country does not have (any more), as Poland's until 2006.
    return not value.italian_leading_zero and len(_e164(value)) <= MOST_DIGITS + 1


def _writings(number: str, plan: Plan) -> Iterator[tuple[str, str | None]]:
    """The number as each country of the plan would read it, and as an international one."""
    if number.startswith("+"):
        yield number, None
        return
    for prefix in INTERNATIONAL:
        if number.startswith(prefix) and number != prefix:
            yield f"+{number.removeprefix(prefix)}", None
    if not number.startswith("00"):
        for country in plan.countries:
            yield number, country


def _problem(error: NumberParseException) -> str:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return "no_such_country"
    if error.error_type == NumberParseException.TOO_LONG:
        return "too_long"
    return "too_short"


def _likeliest(problems: Iterable[str]) -> str:
    told = set(problems)
    order = ("area_missing", "too_short", "too_long", "no_such_number", "no_such_country")
    return next((problem for problem in order if problem in told), "no_such_number")


def _country(value: PhoneNumber) -> str:
    region = phonenumbers.region_code_for_number(value)
    if region is None:
        shared = phonenumbers.region_codes_for_country_code(value.country_code or 0)
        region = shared[0] if len(shared) == 1 else ""
    return "" if region == NOWHERE else region


def _kind(value: PhoneNumber) -> Kind:
    corrected = next((kind for start, kind in CORRECTIONS.items() if _e164(value).startswith(start)), None)
    if corrected is not None:
        return corrected
    if value.country_code in WORLD:
        return WORLD[value.country_code]
    return TYPES.get(phonenumbers.number_type(value), Kind.UNKNOWN)


def _e164(value: PhoneNumber) -> str:
    return phonenumbers.format_number(value, PhoneNumberFormat.E164)
