"""Where the built front end lies."""

import json
from functools import cache
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

HERE = Path(__file__).parent
DIST = HERE / "static" / "ui" / "dist"


@cache
def icons() -> frozenset[str]:
    return frozenset((HERE / "icons.txt").read_text(encoding="utf-8").split())


def asset_url(name: str) -> str:
    """URL of a built file by its plain name (`app.js`), which is hashed on disk."""
    manifest = _fresh_manifest() if settings.DEBUG else _manifest()
    try:
        return f"{settings.STATIC_URL}ui/dist/{manifest[name]}"
    except KeyError:
        raise ImproperlyConfigured(f"{name} is not built: run npm ci && npm run build in frontend/") from None


@cache
def _manifest() -> dict[str, str]:
    return _fresh_manifest()


def _fresh_manifest() -> dict[str, str]:
    try:
        return cast(dict[str, str], json.loads((DIST / "manifest.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ImproperlyConfigured(
            "the front end is not built: run npm ci && npm run build in frontend/"
        ) from None
