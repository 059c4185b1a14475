from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.calls.price_list import MOST_BYTES, BadPriceList, Price, beginning, read

HEAD = "prefix,name,per_minute,currency\n"
HUNGARY = Price("+36", "Hungary", Decimal("10.5"), "HUF")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "+36,Hungary,10.5,HUF",
        "prefix;name;per_minute;currency\r\n+36;Hungary;10,5;HUF\r\n",
        "Prefix\tName\tPer_minute\tCurrency\n+36\tHungary\t10.5\thuf\n",
        "currency;per_minute;prefix;name;remark\nHUF;10,5;0036;Hungary;x\n",
        '\ufeffprefix,name,per_minute,currency\n"+36","Hungary","10,5","HUF"\n,,,\n',
    ],
)
def test_a_list_is_read_as_companies_and_spreadsheets_write_it(text: str) -> None:
    assert read(text.encode()) == [HUNGARY]


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"", [(1, "empty")]),
        (HEAD.encode(), [(1, "empty")]),
        (b"\xff\xfe1", [(1, "not_utf8")]),
        (b"number,price\n1,2\n", [(1, "column_missing")]),
        (b"x" * (MOST_BYTES + 1), [(1, "too_large")]),
        ((HEAD + "36,Hungary,1,HUF\nabc,x,1,HUF").encode(), [(3, "no_prefix")]),
        ((HEAD + "+36,Hungary,-1,HUF").encode(), [(2, "price_out_of_bounds")]),
        ((HEAD + "+36,Hungary,NaN,HUF").encode(), [(2, "no_price")]),
        ((HEAD + "+36,Hungary,1e9,HUF").encode(), [(2, "price_out_of_bounds")]),
        ((HEAD + "+36,Hungary,1,Ft").encode(), [(2, "no_currency")]),
        ((HEAD + "+36,Hungary").encode(), [(2, "no_price"), (2, "no_currency")]),
        (
            (HEAD + "+36,a,1,HUF\n0036,b,2,HUF\n+48,c,1,PLN").encode(),
            [(3, "twice"), (4, "several_currencies")],
        ),
    ],
)
def test_a_wrong_list_is_told_line_by_line(data: bytes, problems: list[tuple[int, str]]) -> None:
    with pytest.raises(BadPriceList) as told:
        read(data)
    assert [(problem.line, problem.code) for problem in told.value.problems] == problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+36 30", "+3630"),
        ("0036", "+36"),
        ("1818", "1818"),
        ("+0", None),
        ("0630", None),
        ("+", None),
        ("+36x", None),
    ],
)
def test_a_beginning_is_international_or_a_short_number(text: str, expected: str | None) -> None:
    assert beginning(text) == expected


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: (HEAD + text).encode("utf-8", "ignore")),
    )
)
def test_anything_is_a_price_list_or_told_to_be_none(data: bytes) -> None:
    try:
        prices = read(data)
    except BadPriceList:
        return
    assert all(beginning(price.prefix) == price.prefix and price.per_minute >= 0 for price in prices)
