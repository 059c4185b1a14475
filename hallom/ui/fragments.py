"""When a view may answer with a part of its page."""

from django.http import HttpRequest


def wanted(request: HttpRequest) -> bool:
    """True when an element asks for its own content, not for a navigation or a step in the history."""
    asked_by_script = request.headers.get("HX-Request") == "true"
    navigation = request.headers.get("HX-Boosted") == "true"
    history = request.headers.get("HX-History-Restore-Request") == "true"
    return asked_by_script and not navigation and not history
