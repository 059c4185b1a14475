"""Destinations of the switch, said to people."""

from django.utils.translation import gettext as _

from hallom.calls.models import Extension, Number, OutsideContact, Queue
from hallom.customers import phone_number
from hallom.customers.region import default_region
from hallom.staff.names import name_of


def destination_words(to: str) -> str:
    """`agent:8` as the colleague's name, `place:3` as "place 3"; a number outside as people write it."""
    kind, _colon, value = to.partition(":")
    if kind == "agent" and value.isdecimal():
        return name_of(int(value))
    if kind == "extension":
        return _extension(value)
    if kind == "queue" and value.isdecimal():
        queue = Queue.objects.filter(pk=value).values_list("name", flat=True).first()
        return queue or _("a queue")
    if kind == "greeting":
        name = Number.objects.filter(dialled=value).values_list("name", flat=True).first()
        return name or value
    if kind == "place":
        return _("place %(place)s") % {"place": value} if value else _("a parking place")
    return _outside(value or to)


def is_queue(to: str) -> bool:
    """Whether whoever is sent or announced there waits for the next who is free."""
    return to.startswith(("queue:", "greeting:"))


def _extension(number: str) -> str:
    line = Extension.objects.filter(number=number).select_related("queue").first()
    if line is None:
        return number
    return name_of(line.user_id) if line.user_id else str(line.queue)


def _outside(number: str) -> str:
    contact = OutsideContact.objects.filter(dialled=number).values_list("name", flat=True).first()
    whole = phone_number.e164(number, default_region())
    return contact or phone_number.shown(whole or number)
