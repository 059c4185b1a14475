from typing import Any

from django import template

from hallom.customers.card import Card
from hallom.customers.card_view import card_for_page

register = template.Library()


@register.simple_tag(takes_context=True)
def card_words(context: template.Context, card: Card) -> dict[str, Any]:
    """The card as the customer card component shows it to the user of the page."""
    return card_for_page(card, context["request"].user)
