"""What somebody types to look for people stands in no address, and so in no log: it goes by POST. What is chosen from a
list stays in the address, so that it can be kept and sent on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

# The fields somebody writes into.
TYPED = ("q", "tag")
# And those of fields that a house has thought of itself begin so.
OWN_TYPED = "typed."
_FORMS_OWN = "csrfmiddlewaretoken"
_KEPT = "typed"

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Asked:
    chosen: dict[str, str]
    typed: dict[str, str]

    @property
    def values(self) -> dict[str, str]:
        return self.chosen | self.typed

    def besides(self, values: Mapping[str, str]) -> "Asked":
        """The same, and of `values` what is not asked already."""
        return _parted({**values, **self.values})

    def address(self, path: str) -> str:
        """Where what is chosen is found again."""
        return address_of(path, self.chosen)


def typed_search(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """A view that is asked by POST: nobody on the way keeps its answer."""

    @wraps(view)
    def unkept(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = view(*args, **kwargs)
        request: Any = args[0]
        if request.method == "POST":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    return unkept


def asked(request: HttpRequest) -> Asked:
    """What is looked for: text that stands in the address all the same counts for nothing."""
    inside = {name: value for name, value in request.GET.items() if not is_typed(name)}
    return _parted({**inside, **_handed_over(request), **request.POST.dict()})


def is_typed(name: str) -> bool:
    return name in TYPED or name.startswith(OWN_TYPED)


def address_of(path: str, values: Mapping[str, Any]) -> str:
    """The page `path` with what of `values` was not typed."""
    query = urlencode({name: value for name, value in values.items() if value and not is_typed(name)})
    return f"{path}?{query}" if query else path


def hand_over(request: HttpRequest, path: str, values: Mapping[str, str]) -> None:
    """What was typed is there once more on the page `path` that a redirect leads to."""
    if typed := _parted(values).typed:
        request.session[_KEPT] = {"path": path, "typed": typed}


def tell_address(answer: HttpResponse, request: HttpRequest, where: str) -> HttpResponse:
    """The browser shows this address from now on, if a form of the page has asked: a list that freshens itself does not
    know where one has gone meanwhile."""
    if request.method == "POST" and request.headers.get("HX-Source", "").startswith("form#"):
        answer.headers["HX-Replace-Url"] = where
    return answer


def _handed_over(request: HttpRequest) -> dict[str, str]:
    kept = request.session.get(_KEPT) if request.method == "GET" else None
    if not kept or kept["path"] != request.path:
        return {}
    del request.session[_KEPT]
    typed: dict[str, str] = kept["typed"]
    return typed


def _parted(values: Mapping[str, Any]) -> Asked:
    given = {name: str(value) for name, value in values.items() if name != _FORMS_OWN}
    return Asked(
        {name: value for name, value in given.items() if not is_typed(name)},
        {name: value for name, value in given.items() if value and is_typed(name)},
    )
