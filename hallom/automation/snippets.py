"""What the composer offers behind its slash: text templates and macros, and the signature under an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.automation import macros, replies
from hallom.automation.languages import languages_of
from hallom.automation.models import Macro, TextTemplate
from hallom.automation.signatures import choosable, chosen_signature, labelled, signature_for
from hallom.automation.templates_offered import offered, usable, version_of
from hallom.automation.values import label
from hallom.automation.variables import fill
from hallom.customers.folding import fold
from hallom.staff.models import User
from hallom.tickets import composer_tools, written
from hallom.tickets.composer_tools import Offered, Snippet
from hallom.tickets.models import Ticket
from hallom.tickets.outgoing import CannotSend

TEMPLATE, MACRO = "t", "m"
DETAIL = 90
NOTE = "note"


class Snippets:
    """Fills `hallom.tickets.composer_tools`. Keys are `t12` for a template, `m3` for a macro."""

    def offered(self, user: User, ticket: Ticket, *, q: str, kind: str, language: str) -> Sequence[Offered]:
        languages = languages_of(ticket, language)
        found = [
            Offered(f"{TEMPLATE}{template.pk}", "template", template.name, _beginning(template, languages))
            for template in offered(user, ticket, q)
        ]
        fitting = [macro for macro in _macros(user, ticket) if _fits(macro, q)]
        return [
            *found,
            *(
                Offered(
                    f"{MACRO}{macro.pk}",
                    "macro",
                    macro.name,
                    ", ".join(macros.acts(macro, ticket, user))[:DETAIL],
                )
                for macro in fitting
            ),
        ]

    def snippet(self, user: User, ticket: Ticket, key: str, *, kind: str, language: str) -> Snippet | None:
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
    version = version_of(template, languages)
    if version is None:
        return _("no text yet")
    named = fill(version.html, {}, label=lambda name: f"‹{label(name)}›").html
    words = " ".join(written.text_of(named).split())[:DETAIL]
    return words if version.language == languages[0] else f"{version.get_language_display()}: {words}"


def _labels(missing: Iterable[str]) -> tuple[str, ...]:
    return tuple(label(name) for name in missing)
