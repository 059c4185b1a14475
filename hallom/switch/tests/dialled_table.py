"""What people dial, in every spelling; what it is; and what becomes of it on every way out.

The house is Hungarian, has the extensions 201, 204 and 1818 and the service *70. Its policy allows Hungary, Poland and
Germany and the number +36 90 555 111; transfers stay in Hungary and Poland, diversions go to Hungarian fixed and mobile
numbers, the API calls fixed numbers alone.
"""

from typing import NamedTuple

OK = "ok"


class Fate(NamedTuple):
    """What is decided on each way: `ok`, or the code of the refusal."""

    dial: str = OK
    transfer: str = OK
    diversion: str = OK
    promise: str = OK
    api: str = OK


class Row(NamedTuple):
    spelling: str
    number: str  # what would be dialled; empty if it is none
    fate: Fate


def everywhere(code: str) -> Fate:
    return Fate(code, code, code, code, code)


INSIDE = EMERGENCY = FIXED = Fate()
MOBILE = Fate(api="kind_refused")
FREE = SHORT = Fate(diversion="kind_refused", api="kind_refused")
LISTED = Fate(diversion="kind_refused", api="kind_refused")
POLISH = Fate(diversion="country_refused")
POLISH_MOBILE = Fate(diversion="country_refused", api="kind_refused")
GERMAN = Fate(transfer="country_refused", diversion="country_refused")
GERMAN_MOBILE = GERMAN._replace(api="kind_refused")
ABROAD = everywhere("country_refused")
PREMIUM = everywhere("premium_refused")
SATELLITE = everywhere("satellite_refused")
UNKNOWN = everywhere("unknown_refused")
SHARED = everywhere("kind_refused")


def rows(number: str, fate: Fate, *spellings: str) -> list[Row]:
    return [Row(spelling, number, fate) for spelling in spellings]


def nothing(code: str, *spellings: str) -> list[Row]:
    return [Row(spelling, "", everywhere(code)) for spelling in spellings]


TABLE = [
    # of the house
    *rows("201", INSIDE, "201", " 201 ", "2-0-1", "sip:201@hallom.example", "SIP:201@h:5060;transport=tcp", "<sip:201@h>"),
    *rows("204", INSIDE, '"Alice" <sip:204@h;user=phone>', "tel:204;phone-context=hallom.example", "tel:204", "sips:204@h"),
    *rows("1818", INSIDE, "1818", "18 18"),
    *rows("*70", INSIDE, "*70", "* 70", "sip:*70@h", "sip:%2A70@h"),
    # help
    *rows("112", EMERGENCY, "112", "1 1 2", "1-1-2", "sip:112@h", "tel:112", "+36112", "+36 112", "0036 112", "(112)",
          "urn:service:sos", "urn:service:sos.ambulance", "１１２", "+48 112", "tel:112;phone-context=+36",
          "sip:112@h;user=phone", "112,,1", "<tel:112>"),
    *rows("104", EMERGENCY, "104", "+36104", "sip:104@h"),
    *rows("105", EMERGENCY, "105", "0036105"),
    *rows("107", EMERGENCY, "107", "1.0.7"),
    *rows("997", EMERGENCY, "997"),
    *rows("998", EMERGENCY, "998", "+48 998"),
    *rows("999", EMERGENCY, "999", "tel:999"),
    # Hungary
    *rows("+3615550100", FIXED, "06 1 555 0100", "06-1-555-0100", "06/1/555-0100", "(06-1) 555 0100", "0615550100",
          "+3615550100", "+36 1 555 0100", "+36 (1) 555-0100", "+36-1-555-01-00", "+36.1.555.0100", "0036 1 555 0100",
          "0036-1-5550100", "011 36 1 555 0100", "3615550100", "1 555 0100", "(1) 555-0100", "+36 (0)1 555 0100",
          "+36 06 1 555 0100", "0036 (0) 1 555 0100", "tel:+36-1-555-0100", "tel:+3615550100;ext=12",
          "tel:5550100;phone-context=+361", "sip:+3615550100@trunk", "sip:%2B3615550100@trunk",
          "sip:+3615550100;ext=22@trunk;user=phone", "sip:0615550100@h?Replaces=abc%3Bto-tag%3D1", "<sip:+3615550100@t>",
          "＋３６１５５５０１００", "+36\u00a01\u2007555\u202f0100", "\u202a+36 1 555 0100\u202c", "06 1 555 0100,,12#",
          "06 1 555 0100;12", "06 1 555 0100 p12", "06 1 555 0100 w 12", "06 1 555 0100 ext. 12", "06 1 555 0100 x12",
          "06 1 555 0100 mellék: 12", "+36 1 555—0100", "٠٦١٥٥٥٠١٠٠"),
    *rows("+3652123456", FIXED, "06 52 123 456", "+36 52 123-456", "52 123 456", "0036 52/123-456"),
    *rows("+36305124478", MOBILE, "06 30 512 4478", "06-30/512-4478", "06305124478", "+36305124478", "+36 30 512 4478",
          "+36 (30) 512 4478", "+36 (0)30 512 4478", "+36 06 30 512 4478", "0036305124478", "0036 30 512 44 78",
          "30 512 4478", "36305124478", "01136305124478", "tel:+36-30-512-4478", "sip:06305124478@h",
          "sip:+36305124478@h", "06 30 512 4478 wew. 3"),
    *rows("+36201234567", MOBILE, "06 20 123 4567", "+36201234567"),
    *rows("+36701234567", MOBILE, "06 70 123 4567", "0036 70 123 4567"),
    *rows("+3680123456", FREE, "06 80 123 456", "+36 80 123 456", "0036 80 123456"),
    *rows("+3640123456", SHARED, "06 40 123 456", "+36 40 123 456"),
    *rows("+3690123456", PREMIUM, "06 90 123 456", "+36 90 123 456", "0036 90 123 456", "sip:+3690123456@h", "90 123 456",
          "01136 90 123 456"),
    *rows("+3690555111", LISTED, "06 90 555 111", "+36 90 555-111"),
    *rows("+3621123456", UNKNOWN, "+36 21 123 456", "06 21 123456"),
    *rows("1223", SHORT, "1223", "sip:1223@h"),
    *rows("116000", SHORT, "116000", "116 000"),
    # Poland
    *rows("+48221234567", POLISH, "+48 22 123 45 67", "+48221234567", "0048 22 123 45 67", "011 48 22 123 45 67",
          "+48 (22) 123-45-67", "tel:+48-22-123-45-67", "sip:+48221234567@h"),
    *rows("+48601234567", POLISH_MOBILE, "+48 601 234 567", "0048 601234567"),
    *rows("+48700123456", PREMIUM, "+48 700 123 456", "0048700123456"),
    # Germany and the rest of the world
    *rows("+4930123456", GERMAN, "+49 30 123456", "0049 30 123456", "+49 (0)30 123456", "0049(0)30123456"),
    *rows("+4915112345678", GERMAN_MOBILE, "+49 151 12345678", "0049 (0)151 12345678"),
    *rows("+442079460018", ABROAD, "+44 20 7946 0018", "0044 20 7946 0018", "+44 (0)20 7946 0018", "011 44 20 7946 0018"),
    *rows("+390612345678", ABROAD, "+39 06 1234 5678", "+39 (0)6 1234 5678"),
    *rows("+12025550123", ABROAD, "+1 202 555 0123", "001 202 555 0123", "+1 (202) 555-0123"),
    *rows("+18765551234", ABROAD, "+1 876 555 1234", "0018765551234"),
    *rows("+2348012345678", ABROAD, "+234 801 234 5678", "00234 801 234 5678"),
    *rows("+37122123456", ABROAD, "+371 22 123 456"),
    *rows("+447012345678", PREMIUM, "+44 70 1234 5678"),
    *rows("+19002345678", PREMIUM, "+1 900 234 5678"),
    *rows("+491805123456", ABROAD._replace(**dict.fromkeys(Fate._fields, "kind_refused")), "+49 180 5 123456"),
    # the whole world's
    *rows("+881612345678", SATELLITE, "+8816 1234 5678", "00881612345678", "tel:+8816-1234-5678"),
    *rows("+870773111632", SATELLITE, "+870 773 111 632", "00870773111632", "011870773111632"),
    *rows("+882165123456", SATELLITE, "+882 16 512 3456"),
    *rows("+88310012345", SATELLITE, "+883 100 12345"),
    *rows("+979123456789", PREMIUM, "+979 1 2345 6789"),
    *rows("+80012345678", ABROAD, "+800 1234 5678", "00800 1234 5678"),
    *rows("+80812345678", ABROAD, "+808 1234 5678"),
    # nobody's
    *nothing("empty", "", " ", "+", "-", "<>", "sip:", "sip:@h", "tel:", "()"),
    *nothing("letters", "alice", "sip:alice@h", "0630HALLOM", "06 30 512 447O", "tel:+1-800-FLOWERS", "javascript:1",
             "mellék 12", "06 1 555 0100 ext", "Ω", "sip:anonymous@anonymous.invalid"),
    *nothing("strange_characters", "06 30 512 4478!", "06_30_512_4478", "²30", "06 30 512 4478 & 1", "06\x0030", "①②③",
             "06%2030"),
    *nothing("malformed", "++36 1 555 0100", "36+1 555 0100", "06 1 555+0100", "+36*", "+*70", "tel:+3615550100;postd=1!"),
    *nothing("no_such_service", "*71", "#21#", "*21*0615550100#", "06 1 555 0100#", "**"),
    *nothing("no_such_country", "+999 1234567", "00999 123 4567", "+0 36 1 555 0100", "+210 123 4567"),
    *nothing("area_missing", "555 0100", "123-4567"),
    *nothing("too_short", "06", "06 42", "+36 1", "+3612", "000"),
    *nothing("too_long", "+36 1 555 0100 0100 0100", "48221234567", "06 30 512 4478 99", "9" * 500, "1" * 30),
]  # fmt: skip
