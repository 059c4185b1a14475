"""The country whose numbers people write without a country code."""

from django.conf import settings

COUNTRY_OF_LANGUAGE = {"hu": "HU", "pl": "PL"}


def default_region() -> str:
    return COUNTRY_OF_LANGUAGE.get(settings.LANGUAGE_CODE[:2], "HU")
