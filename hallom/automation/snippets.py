"""What the composer offers behind its slash: text templates, macros and articles, and the signature under an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.automation import macros, replies
from hallom.automation.languages import languages_of
from hallom.automation.models import Macro, TextTemplate
from hallom.automation.signatures import choosable, chosen_signature, labelled, signature_for
from hallom.automation.templates_offered import offered, usable
from hallom.automation.values import label
from hallom.automation.variables import fill
from hallom.customers.folding import fold
from hallom.knowledge import offered as articles
from hallom.staff.models import User
from hallom.tickets import composer_tools, written
from hallom.tickets.composer_tools import Offered, Picture, Snippet
from hallom.tickets.models import Ticket
from hallom.tickets.outgoing import CannotSend
from hallom.tickets.versions import version_of

TEMPLATE, MACRO, ARTICLE = "t", "m", "a"
# As many as the list under the cursor shows.
SEATS = 8
DETAIL = 90
NOTE = "note"


class Snippets:
    """Fills `hallom.tickets.composer_tools`. Keys are `t12` for a template, `m3` for a macro, `a5` for an article."""

    def offered(self, user: User, ticket: Ticket, *, q: str, kind: str, language: str) -> Sequence[Offered]:
        languages = languages_of(ticket, language)
        templates = [
            Offered(f"{TEMPLATE}{template.pk}", "template", template.name, _beginning(template, languages))
            for template in offered(user, ticket, q)[:SEATS]
        ]
        fitting = [
            Offered(
                f"{MACRO}{macro.pk}",
                "macro",
                macro.name,
                ", ".join(macros.acts(macro, ticket, user))[:DETAIL],
            )
            for macro in islice((macro for macro in _macros(user, ticket) if _fits(macro, q)), SEATS)
        ]
        return seated(templates, fitting, _articles(user, ticket, q, languages, kind))

    def snippet(self, user: User, ticket: Ticket, key: str, *, kind: str, language: str) -> Snippet | None:
        if number := _number(key, ARTICLE):
            return _article(user, ticket, number, kind=kind, language=language)
        now = timezone.now()
        if macro := _macro(user, ticket, key):
            template = _reply_of(macro) if kind != NOTE else None
            words = (
                replies.filled(template, ticket, user, now=now, language=language)[1] if template else None
            )
            return Snippet(
                words.html if words else "",
                _labels(words.missing) if words else (),
                tuple(macros.acts(macro, ticket, user, reply=False)),
                f"{MACRO}{macro.pk}",
            )
        number = _number(key, TEMPLATE)
        template = next((one for one in usable(user, ticket) if one.pk == number), None)
        if template is None:
            return None
        _language, words = replies.filled(template, ticket, user, now=now, language=language)
        return Snippet(words.html, _labels(words.missing))

    def macros(self, user: User, ticket: Ticket, keys: Sequence[str]) -> Sequence[composer_tools.Macro]:
        return [
            composer_tools.Macro(
                f"{MACRO}{macro.pk}", macro.name, tuple(macros.acts(macro, ticket, user, reply=False))
            )
            for macro in _chosen(user, ticket, keys)
        ]

    def carry_out(self, ticket: Ticket, keys: Sequence[str], *, by: User, now: datetime) -> None:
        """Raises CannotSend("macro"): the answer then stays unsent with it."""
        found = list(_chosen(by, ticket, keys))
        if len(found) != len(dict.fromkeys(keys)):
            raise CannotSend("macro")
        for macro in found:
            try:
                macros.carry_out(macro, ticket, by=by, now=now, reply=False)
            except macros.CannotCarryOut as problem:
                raise CannotSend("macro") from problem

    def signatures(self, user: User, ticket: Ticket) -> Sequence[tuple[str, str]]:
        return [(str(one.pk), labelled(one)) for one in choosable(user, ticket)]

    def signature(self, user: User, ticket: Ticket, *, language: str, chosen: str = "") -> str:
        if chosen:
            return chosen_signature(chosen, ticket, user=user, now=timezone.now())
        return signature_for(ticket, languages_of(ticket, language)[0], user=user, now=timezone.now())


def seated(*kinds: Sequence[Offered], seats: int = SEATS) -> list[Offered]:
    """The best of each kind, kind by kind: a seat each in turn, so that many of one leave none of another out."""
    taken = [0] * len(kinds)
    while sum(taken) < seats and any(place < len(kind) for place, kind in zip(taken, kinds, strict=True)):
        for number, kind in enumerate(kinds):
            if taken[number] < len(kind) and sum(taken) < seats:
                taken[number] += 1
    return [one for place, kind in zip(taken, kinds, strict=True) for one in kind[:place]]


def _articles(user: User, ticket: Ticket, q: str, languages: Sequence[str], kind: str) -> list[Offered]:
    found = articles.offered(user, ticket, q, languages, for_customer=kind != NOTE)
    return [
        Offered(f"{ARTICLE}{one.article.pk}", "article", one.version.title, _in_short(one, languages))
        for one in found
    ]


def _article(user: User, ticket: Ticket, key: int, *, kind: str, language: str) -> Snippet | None:
    """Its words for a customer, if it may be sent to one; for colleagues a link to it."""
    languages, is_note = languages_of(ticket, language), kind == NOTE
    found = articles.chosen(user, key, languages, for_customer=not is_note)
    if found is None:
        return None
    if is_note:
        return Snippet(articles.link_to(found))
    pictures = {
        source: Picture(one.blob, one.name, one.content_type)
        for source, one in articles.pictures_of(found).items()
    }
    return Snippet(found.version.html, pictures=pictures)


def _in_short(found: articles.Candidate, languages: Sequence[str]) -> str:
    words = found.version.beginning[:DETAIL]
    is_theirs = found.version.language == languages[0]
    return words if is_theirs else f"{found.version.get_language_display()}: {words}"


def _chosen(user: User, ticket: Ticket, keys: Sequence[str]) -> Iterable[Macro]:
    return [macro for key in dict.fromkeys(keys) if (macro := _macro(user, ticket, key))]


def _macros(user: User, ticket: Ticket) -> list[Macro]:
    return [macro for macro in macros.usable(user, ticket) if macros.may_use(user, macro, ticket)]


def _macro(user: User, ticket: Ticket, key: str) -> Macro | None:
    found = macros.usable(user, ticket).filter(pk=_number(key, MACRO)).first()
    return found if found is not None and macros.may_use(user, found, ticket) else None


def _reply_of(macro: Macro) -> TextTemplate | None:
    key = next((step["template"] for step in macro.steps if step["do"] == "reply"), None)
    return (
        TextTemplate.objects.prefetch_related("versions").filter(pk=key, is_active=True).first()
        if key
        else None
    )


def _number(key: str, prefix: str) -> int:
    digits = key.removeprefix(prefix)
    is_one = key.startswith(prefix) and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if is_one else 0


def _fits(macro: Macro, q: str) -> bool:
    name = fold(macro.name)
    return all(word in name for word in fold(q).split())


def _beginning(template: TextTemplate, languages: Sequence[str]) -> str:
    version = version_of(template.versions.all(), languages)
    if version is None:
        return _("no text yet")
    named = fill(version.html, {}, label=lambda name: f"‹{label(name)}›").html
    words = " ".join(written.text_of(named).split())[:DETAIL]
    return words if version.language == languages[0] else f"{version.get_language_display()}: {words}"


def _labels(missing: Iterable[str]) -> tuple[str, ...]:
    return tuple(label(name) for name in missing)
