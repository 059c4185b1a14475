"""What the pages ask of rooms above them, found by the dotted paths of the settings."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def _load(path: str) -> Callable[..., Any]:
    found: Callable[..., Any] = import_string(path)
    return found


def _hook(setting: str) -> Callable[..., Any] | None:
    path = getattr(settings, setting, "")
    return _load(path) if path else None


def may(user: Any, act: str) -> bool:
    """Whether the user may do the act at all; nobody may when `HALLOM_CAN` is unset."""
    hook = _hook("HALLOM_CAN")
    return bool(hook and hook(user, act, None))


def may_watch(user: Any, topic: str) -> bool:
    """Whether push may tell the user that the topic changed; never when `HALLOM_TOPICS` is unset."""
    hook = _hook("HALLOM_TOPICS")
    return bool(hook and hook(user, topic))


def remember(user: Any, *, theme: str | None = None, language: str | None = None) -> None:
    """Keep a signed-in user's choice beyond this browser."""
    hook = _hook("HALLOM_REMEMBER")
    if hook and user.is_authenticated:
        hook(user, theme=theme, language=language)
