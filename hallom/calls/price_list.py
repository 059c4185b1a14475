"""A telephone company's price list as CSV: beginning of the number, name, price a minute, currency. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

# The world's longest price lists have some ten thousand destinations.
MOST_ROWS = 50_000
MOST_BYTES = 4 * 1024 * 1024
MOST_PROBLEMS = 20
COLUMNS = ("prefix", "name", "per_minute", "currency")
MOST_EXPENSIVE = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class Price:
    prefix: str
    name: str
    per_minute: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1, headings included; `text` is what stands there."""

    line: int
    code: str
    text: str = ""


class BadPriceList(ValueError):
    """Nothing of the file is taken over; `problems` say why, at most 20 of them."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{problem.line}: {problem.code}" for problem in problems))
        self.problems = problems


def read(data: bytes) -> list[Price]:
    """Raises BadPriceList. Separated by commas, semicolons or tabs; the decimal sign is a point or a comma."""
    rows = _rows(_text(data))
    headings = [heading.strip().casefold() for heading in rows[0]]
    missing = [name for name in COLUMNS if name not in headings]
    if missing:
        raise BadPriceList(Problem(1, "column_missing", ", ".join(missing)))
    prices: dict[int, Price] = {}
    problems: list[Problem] = []
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(headings, (cell.strip() for cell in row), strict=False))
        found = list(_problems(line, cells))
        problems += found
        if not found:
            prices[line] = _price(cells)
    problems += _contradictions(prices)
    if problems:
        raise BadPriceList(*problems[:MOST_PROBLEMS])
    if not prices:
        raise BadPriceList(Problem(1, "empty"))
    return list(prices.values())


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise BadPriceList(Problem(1, "too_large"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPriceList(Problem(1, "not_utf8")) from None
    if not text.strip():
        raise BadPriceList(Problem(1, "empty"))
    return text


def _rows(text: str) -> list[list[str]]:
    first = text.lstrip().splitlines()[0]
    delimiter = max(";\t,", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter))
    except csv.Error:
        raise BadPriceList(Problem(1, "not_csv")) from None
    if len(rows) > MOST_ROWS:
        raise BadPriceList(Problem(MOST_ROWS, "too_many"))
    return rows


def _problems(line: int, cells: dict[str, str]) -> Iterator[Problem]:
    if beginning(cells.get("prefix", "")) is None:
        yield Problem(line, "no_prefix", cells.get("prefix", ""))
    price = _number(cells.get("per_minute", ""))
    if price is None:
        yield Problem(line, "no_price", cells.get("per_minute", ""))
    elif not 0 <= price < MOST_EXPENSIVE:
        yield Problem(line, "price_out_of_bounds", cells["per_minute"])
    if not re.fullmatch(r"[A-Z]{3}", cells.get("currency", "").upper()):
        yield Problem(line, "no_currency", cells.get("currency", ""))


def beginning(text: str) -> str | None:
    """A beginning of a number: + and digits, or the digits of a short number; None for anything else."""
    plain = re.sub(r"[\s()/.-]", "", text)
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    return plain if re.fullmatch(r"\+[1-9][0-9]{0,14}|[1-9][0-9]{1,5}", plain, re.ASCII) else None


def _number(text: str) -> Decimal | None:
    try:
        price = Decimal(re.sub(r"\s", "", text).replace(",", "."))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None


def _price(cells: dict[str, str]) -> Price:
    return Price(
        prefix=beginning(cells["prefix"]) or "",
        name=cells.get("name", "")[:80],
        per_minute=(_number(cells["per_minute"]) or Decimal(0)).quantize(Decimal("0.0001")),
        currency=cells["currency"].upper(),
    )


def _contradictions(prices: Mapping[int, Price]) -> Iterator[Problem]:
    seen: set[str] = set()
    first = next(iter(prices.values()), None)
    for line, price in prices.items():
        if price.prefix in seen:
            yield Problem(line, "twice", price.prefix)
        if first is not None and price.currency != first.currency:
            yield Problem(line, "several_currencies", f"{first.currency}, {price.currency}")
        seen.add(price.prefix)
