from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.customers.folding import fold
from hallom.staff.models import Language, User
from hallom.timeline.journal import record

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from hallom.customers.models.contact_point import Address, ContactPoint
    from hallom.customers.models.holding import Consent, Service


class CustomerKind(models.TextChoices):
    PERSON = "person", _("person")
    ORGANISATION = "organisation", _("organisation")


class Named(models.Model):
    """Something found by its name, also when typed without accents or with a slip."""

    name = models.CharField(pgettext_lazy("person", "name"), max_length=160)
    name_folded = models.CharField(max_length=200, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_folded = fold(self.name)
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "name_folded"}
        super().save(*args, **kwargs)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Organisation(Named):
    """A firm, office or association that customers belong to."""

    tax_number = models.CharField(_("tax number"), max_length=32, blank=True)

    customers: RelatedManager[Customer]

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name_folded"]
        indexes = [
            GinIndex(OpClass(F("name_folded"), name="gin_trgm_ops"), name="customers_organisation_trgm")
        ]


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Customer(Named):
    code = models.CharField(_("customer code"), max_length=16, unique=True)
    kind = models.CharField(
        _("kind"), max_length=12, choices=CustomerKind.choices, default=CustomerKind.PERSON
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="customers",
        verbose_name=_("organisation"),
    )
    language = models.CharField(
        _("language"), max_length=5, choices=Language.choices, default=Language.HUNGARIAN
    )
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    manner = models.TextField(
        _("how to treat the customer"),
        blank=True,
        help_text=_("Nature and wishes, noted with tact: the customer has the right to read this."),
    )
    since = models.DateField(_("customer since"), null=True, blank=True)
    is_verified = models.BooleanField(_("verified"), default=False)
    created_at = models.DateTimeField()

    contact_points: RelatedManager[ContactPoint]
    addresses: RelatedManager[Address]
    services: RelatedManager[Service]
    consents: RelatedManager[Consent]

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name_folded", "id"]
        indexes = [
            GinIndex(OpClass(F("name_folded"), name="gin_trgm_ops"), name="customers_customer_trgm"),
            models.Index(fields=["name_folded", "id"], name="customers_by_name"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("customers:customer", args=[self.pk])

    @property
    def topic(self) -> str:
        return f"customer-{self.pk}"

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @classmethod
    @transaction.atomic
    def register(cls, *, name: str, by: User | None, now: datetime, **facts: Any) -> Customer:
        """A new customer with the next customer code; ``facts`` are further fields."""
        facts.setdefault("code", next_code())
        customer = cls.objects.create(name=name, created_at=now, **facts)
        record("customer.registered", now=now, actor=by, customer=customer, topics=[customer.topic])
        return customer

    @transaction.atomic
    def change(self, *, by: User, now: datetime, **facts: Any) -> None:
        """Set fields; the timeline keeps the names of those that changed, the audit keeps old and new."""
        changed = sorted(field for field, value in facts.items() if getattr(self, field) != value)
        if not changed:
            return
        for field in changed:
            setattr(self, field, facts[field])
        self.save(update_fields=changed)
        self.tell("customer.changed", by=by, now=now, fields=changed)

    def tell(self, kind: str, *, by: User | None, now: datetime, fields: Iterable[str]) -> None:
        record(kind, now=now, actor=by, customer=self, data={"fields": list(fields)}, topics=[self.topic])

    def birth_date_masked(self) -> str:
        """Enough for the agent to hear a right answer, too little to give one away: the year only."""
        return mask_date(self.birth_date)


def mask_date(day: date | None) -> str:
    return f"{day.year}-••-••" if day else ""


def next_code() -> str:
    """U-104 882: a letter and six digits, read out in threes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('customers_code')")
        number = f"{cursor.fetchone()[0]:06d}"
    return f"U-{number[:-3]} {number[-3:]}"
