from collections.abc import Iterable
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _
from holidays import country_holidays


class Country(models.TextChoices):
    HUNGARY = "HU", _("Hungary")
    POLAND = "PL", _("Poland")


def holidays_of(country: str, years: Iterable[int]) -> dict[date, str]:
    """Public holidays of the country; none for an empty code."""
    return dict(country_holidays(country, years=list(years))) if country else {}
