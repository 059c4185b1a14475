from __future__ import annotations

from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.customers import phone_number
from hallom.customers.models.customer import Customer
from hallom.customers.region import default_region


class ContactKind(models.TextChoices):
    PHONE = "phone", _("telephone")
    EMAIL = "email", _("e-mail")
    OTHER = "other", _("other")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ContactPoint(models.Model):
    """A way to reach a customer. ``normalised`` is what is compared; ``reversed_digits`` finds a number by its end."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="contact_points", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ContactKind.choices)
    value = models.CharField(_("number or address"), max_length=200)
    label = models.CharField(_("remark"), max_length=60, blank=True)
    is_preferred = models.BooleanField(_("call back here"), default=False)
    normalised = models.CharField(max_length=200, editable=False, db_index=True)
    bounced_at = models.DateTimeField(_("mail comes back since"), null=True, blank=True)
    bounce_reason = models.CharField(max_length=200, blank=True)
    reversed_digits = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering = ["-is_preferred", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "normalised"],
                name="customers_point_once",
                violation_error_message=_("The customer already has this number or address."),
            )
        ]
        indexes = [
            models.Index(
                fields=["reversed_digits"],
                opclasses=["varchar_pattern_ops"],
                condition=~Q(reversed_digits=""),
                name="customers_by_phone",
            )
        ]

    def __str__(self) -> str:
        return self.value

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if self.kind == ContactKind.EMAIL:
            validate_email(self.value)
        if self.kind == ContactKind.PHONE and phone_number.e164(self.value, default_region()) is None:
            raise ValidationError({"value": _("This is not a complete telephone number.")})

    def normalise(self) -> None:
        self.value = self.value.strip()
        self.normalised, self.reversed_digits = self.value.casefold(), ""
        if self.kind == ContactKind.PHONE:
            self.normalised = phone_number.e164(self.value, default_region()) or self.value
            self.reversed_digits = phone_number.digits_of(self.normalised)[::-1]

    @property
    def shown(self) -> str:
        return phone_number.shown(self.normalised) if self.kind == ContactKind.PHONE else self.value


class AddressKind(models.TextChoices):
    HOME = "home", _("home")
    BILLING = "billing", _("billing")
    DELIVERY = "delivery", pgettext_lazy("address", "delivery")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Address(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(_("kind"), max_length=8, choices=AddressKind.choices, default=AddressKind.HOME)
    country = models.CharField(_("country"), max_length=2, default="HU")
    postcode = models.CharField(_("postcode"), max_length=12)
    town = models.CharField(_("town"), max_length=80)
    street = models.CharField(_("street, number, floor, door"), max_length=160)
    remark = models.CharField(_("remark"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.postcode} {self.town}, {self.street}"
