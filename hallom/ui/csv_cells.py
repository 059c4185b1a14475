"""Cells of a CSV file (RFC 4180) that a spreadsheet will open."""

from datetime import datetime

# A spreadsheet takes what begins so for a formula and may run it (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(value: object) -> str:
    """The text of a cell, with an apostrophe before what a spreadsheet would calculate."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    text = value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
