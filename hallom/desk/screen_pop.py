"""Who probably calls and what it may be about, told before the call is answered."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.calls import linking
from hallom.calls.models import Call
from hallom.customers.card import Card, card
from hallom.customers.models import Customer
from hallom.staff.models import User

# A customer's call counts as one more contact until its own ticket is known; from then on the timeline tells of it.
ON_THE_LINE = Exists(Call.objects.filter(customer=OuterRef("pk"), ticket=None, ended_at=None))

# One page of the list.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Tag:
    icon: str
    label: str
    warn: bool = False


@dataclass(frozen=True, slots=True)
class ScreenPop:
    """`url` is the page to open: the matter the customer keeps coming back about, else the customer."""

    name: str
    tags: tuple[Tag, ...] = ()
    url: str = ""


def screen_pop(call: Call, user: User, now: datetime) -> ScreenPop:
    if call.customer is not None:
        return _known(card(call.customer, user, now=now))
    probable = linking.probable_customers(call.caller)
    if len(probable) > 1:
        return _ambiguous(call, probable)
    return ScreenPop(linking.caller_name(call), (Tag("user-x", _("unknown number")),))


def _known(shown: Card) -> ScreenPop:
    tags: list[Tag] = []
    url = shown.customer.get_absolute_url()
    if shown.repeat is not None:
        contact = _("contact no. %(count)s about this") % {"count": shown.repeat.count}
        tags.append(Tag("repeat-2", contact, warn=True))
        tags.append(Tag("ticket", shown.repeat.matter.title))
        url = shown.repeat.matter.url
    elif shown.matters:
        tags.append(Tag("ticket", shown.matters[0].title))
    more = len(shown.matters) - 1
    if more > 0:
        tags.append(Tag("layers", ngettext("%(n)s more open", "%(n)s more open", more) % {"n": more}))
    return ScreenPop(shown.customer.name, tuple(tags), url)


def _ambiguous(call: Call, probable: list[Customer]) -> ScreenPop:
    names = ", ".join(customer.name for customer in probable[:3])
    who = ngettext("%(n)s customer has this number", "%(n)s customers have this number", len(probable))
    tags = (Tag("users", who % {"n": len(probable)}), Tag("user", names))
    # Not by the number: addresses of pages stand in histories and in the logs of proxies.
    only = "-".join(str(customer.pk) for customer in probable[:MOST_SHOWN])
    return ScreenPop(linking.caller_name(call), tags, f"{reverse('customers:customers')}?only={only}")
