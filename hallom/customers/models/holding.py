import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hallom.customers.models.customer import Customer


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Service(models.Model):
    """A product or service the customer has with us."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="services")
    name = models.CharField(_("product or service"), max_length=120)
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["since", "id"]

    def __str__(self) -> str:
        return self.name


class ConsentPurpose(models.TextChoices):
    MARKETING = "marketing", _("offers and news")
    SURVEY = "survey", _("surveys")
    RECORDING = "recording", _("recording of calls")


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Consent(models.Model):
    """A permission the customer gave, and when it was taken back; never edited, a new one is a new row."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=12, choices=ConsentPurpose.choices)
    source = models.CharField(_("how it was given"), max_length=120, blank=True)
    given_at = models.DateTimeField(_("given"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "purpose"], condition=Q(withdrawn_at=None), name="customers_consent_once"
            )
        ]

    def __str__(self) -> str:
        return self.get_purpose_display()
