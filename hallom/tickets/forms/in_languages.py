"""One text in every language of the house, an editor for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hallom.staff.models import Language
from hallom.tickets import written
from hallom.tickets.written import Written

# The customers' languages before the one only few of them write.
ORDER = (Language.HUNGARIAN, Language.POLISH, Language.ENGLISH)
LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Text:
    """One language's editor, as `ui/components/composer.html` wants it."""

    id: str
    name: str
    label: str
    lang: str
    html: str
    text: str
    errors: list[str]
    upload_url: str


class Texts:
    """The texts of a form by language, read from the editor or from the plain field it stands on.

    ``slip`` says what is wrong with a text, empty for nothing; ``clean`` makes it harmless; ``upload_url`` takes its
    pictures.
    """

    def __init__(
        self,
        kept: Mapping[str, str],
        data: Any = None,
        *,
        slip: Callable[[str], str] = lambda _html: "",
        clean: Callable[[str], Written] = written.public,
        upload_url: str = "",
    ) -> None:
        self.upload_url = upload_url
        self.errors: dict[str, list[str]] = {}
        self.html = {
            code: _posted(data, code, clean) if data is not None else kept.get(code, "") for code in ORDER
        }
        if data is not None:
            self._check(slip)

    def __iter__(self) -> Iterator[Text]:
        return (self.of(code) for code in ORDER)

    def of(self, code: str) -> Text:
        html = self.html[Language(code)]
        return Text(
            id=f"text-{code}",
            name=f"html_{code}",
            label=str(Language(code).label),
            lang=str(code),
            html=html,
            text=written.text_of(html),
            errors=self.errors.get(code, []),
            upload_url=self.upload_url,
        )

    @property
    def is_valid(self) -> bool:
        return not self.errors

    @property
    def given(self) -> dict[str, str]:
        return {str(code): html for code, html in self.html.items() if html}

    def _check(self, slip: Callable[[str], str]) -> None:
        for code, html in self.html.items():
            wrong = _("The text is too long.") if len(html) > LONGEST else slip(html)
            if wrong:
                self.errors[code] = [wrong]


def _posted(data: Any, code: str, clean: Callable[[str], Written]) -> str:
    given = str(data.get(f"html_{code}", ""))[: LONGEST * 2]
    html = given if data.get(f"html_{code}_format") == "html" else written.html_of(given)
    words = clean(html)
    return "" if words.is_empty else words.html
