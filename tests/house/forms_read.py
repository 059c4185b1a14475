"""What a page's form would send, as a browser without a script reads it."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.is_inside = self.is_over = False
        self.area = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form" and facts.get("class", "").split(" ")[0] == "form" and not self.is_over:
            self.is_inside = True
        elif self.is_inside:
            self._field(tag, facts)

    def _field(self, tag: str, facts: dict[str, str]) -> None:
        name = facts.get("name", "")
        if tag == "textarea":
            self.area = name
            self.values[name] = [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in facts:
            self.values.setdefault(self.select, []).append(facts.get("value", ""))
        elif tag == "input" and name and (facts.get("type") not in ("checkbox", "radio", "file")):
            self.values.setdefault(name, []).append(facts.get("value", ""))
        elif tag == "input" and name and "checked" in facts:
            self.values.setdefault(name, []).append(facts.get("value", "on"))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "form" and self.is_inside:
            self.is_inside, self.is_over = False, True


def form_of(page: str) -> dict[str, list[str]]:
    """The fields of the page's first form of class ``form``; none of its buttons is pressed by name."""
    reader = _Reader()
    reader.feed(page)
    reader.values.pop("csrfmiddlewaretoken", None)
    return {name: [value.removeprefix("\n") for value in values] for name, values in reader.values.items()}
