"""A line of what Ctrl-K offers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """`key` does the same without the palette; with `dial` it is a number to call instead of a page."""

    url: str
    icon: str
    title: str
    detail: str = ""
    key: str = ""
    dial: str = ""
