"""What a start does inside the database: tables, the demo organisation, log-in links."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone, translation

from hallom.config import schema
from hallom.staff import login_link
from hallom.staff.models import Role, User

LINK_ROLES = (Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR)


def migrate(_arguments: Sequence[str]) -> None:
    call_command("migrate", interactive=False, verbosity=1)
    schema.note()


def demo(_arguments: Sequence[str]) -> None:
    """Load the demo organisation, once: never into a database that already knows anybody."""
    if User.objects.exists():
        print("There are users already; the demo organisation was not loaded.")
        return
    now = timezone.now()
    with transaction.atomic():
        for room in settings.ROOMS:
            if find_spec(f"hallom.{room}.demo"):
                import_module(f"hallom.{room}.demo").load(now)
    print("The demo organisation is loaded.")


def links(_arguments: Sequence[str]) -> None:
    """One link for each role; the first administrator is made when there is nobody yet."""
    if not User.objects.exists():
        _first_administrator()
    base = (
        settings.HALLOM_PUBLIC_URL.rstrip("/") or f"http://{settings.HALLOM_HOST}:{settings.HALLOM_WEB_PORT}"
    )
    print(f"\nOpen {base}/")
    for role in LINK_ROLES:
        user = User.objects.filter(roles__role=role, is_active=True).order_by("pk").first()
        if user:
            token = login_link.make(user, timezone.now())
            with translation.override("en"):
                print(f"  {role.label!s:<14} {user.full_name:<24} {base}/login/{token}/")


def _first_administrator() -> None:
    with transaction.atomic():
        user = User(username="administrator", full_name="Administrator", language=settings.LANGUAGE_CODE)
        user.set_unusable_password()
        user.save()
        user.set_roles([Role.ADMINISTRATOR], by=None, now=timezone.now())
