"""How often a customer has come to us about one ticket."""

from django.db.models import Case, CharField, Count, F, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from hallom.timeline.models import Event


def contacts_about(ticket: str = "pk") -> Coalesce:
    """An expression for a query of tickets: incoming contacts; several events of one call are one contact."""
    once = Case(
        When(call="", then=Concat(Value("e"), Cast("id", CharField()))),
        default=F("call"),
        output_field=CharField(),
    )
    about = Event.objects.filter(ticket_id=OuterRef(ticket), data__has_key="contact", data__direction="in")
    times = about.order_by().values("ticket_id").annotate(times=Count(once, distinct=True)).values("times")
    return Coalesce(Subquery(times, output_field=IntegerField()), 0)
