"""Finding a customer by what the caller shows or says."""

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet

from hallom.customers import phone_number
from hallom.customers.folding import fold
from hallom.customers.models import ContactKind, ContactPoint, Customer
from hallom.customers.region import default_region

MOST = 20


def by_phone(raw: str) -> list[Customer]:
    """Customers of this number: 06 30…, +36 30…, 0036 30…, a SIP address; a local number without its area by its end.

    Empty for hidden numbers and for extensions of the house. Several customers may share a number.
    """
    if phone_number.is_hidden(raw):
        return []
    whole = phone_number.e164(raw, default_region())
    if whole:
        found = _owners(Q(normalised=whole))
        if found:
            return found
    digits = phone_number.digits_of(phone_number.without_scheme(raw)).lstrip("0")
    if len(digits) < phone_number.SHORTEST:
        return []
    return _owners(Q(reversed_digits__startswith=digits[::-1]))


def by_email(address: str) -> list[Customer]:
    point = ContactPoint.objects.filter(kind=ContactKind.EMAIL, normalised=address.strip().casefold())
    return list(Customer.objects.filter(pk__in=point.values("customer"))[:MOST])


def by_text(text: str) -> QuerySet[Customer]:
    """Customers whose name, code, number or address is like the text; best first, accents and small slips forgiven."""
    folded = fold(text)
    digits = phone_number.digits_of(text)
    if not folded:
        return Customer.objects.all()
    found = Q(name_folded__contains=folded) | Q(name_folded__trigram_word_similar=folded)
    if "@" in text:
        found |= Q(contact_points__normalised__startswith=folded)
    if len(digits) >= phone_number.SHORTEST:
        found |= Q(code=f"U-{digits[:-3]} {digits[-3:]}")
        ending = digits.removeprefix("00").removeprefix("06").lstrip("0")[::-1]
        found |= Q(contact_points__reversed_digits__startswith=ending)
    matching = Customer.objects.filter(pk__in=Customer.objects.filter(found).values("pk"))
    return matching.annotate(likeness=TrigramWordSimilarity(folded, "name_folded")).order_by(
        "-likeness", "name_folded", "id"
    )


def _owners(which: Q) -> list[Customer]:
    points = ContactPoint.objects.filter(which, kind=ContactKind.PHONE)
    return list(Customer.objects.filter(pk__in=points.values("customer"))[:MOST])
