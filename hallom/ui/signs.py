"""The sign NUL in what a browser sends: nobody types it, and no text of the database can hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

NUL = "\0"


class SignsMiddleware:
    """Forms and addresses arrive without it, so that no view has to think of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    # Only now: whoever may not get as far is refused before his form is read.
    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> None:
        given: Any = request
        if "%00" in request.META.get("QUERY_STRING", ""):
            given.GET = without_nul(request.GET)
        if request.method == "POST":
            given.POST = without_nul(request.POST)


def without_nul(given: QueryDict) -> QueryDict:
    if not any(NUL in value for _name, values in given.lists() for value in values):
        return given
    clean = QueryDict(mutable=True, encoding=given.encoding)
    for name, values in given.lists():
        clean.setlist(name, [str(value).replace(NUL, "") for value in values])
    return clean
