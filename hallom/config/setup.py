"""What a start does inside the database: tables, the demo organisation, log-in links."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import pre_migrate
from django.utils import timezone, translation

from hallom.config import schema
from hallom.staff import login_link
from hallom.staff.models import Role, User

GC_THRESHOLDS = (50_000, 20, 1000)
LINK_ROLES = (Role.AGENT, Role.ATTENDANT, Role.SUPERVISOR, Role.ADMINISTRATOR)


def migrate(_arguments: Sequence[str]) -> None:
    # Each step makes models anew that hang together in cycles: collecting them as often as usual took a quarter of it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    pre_migrate.connect(_say_how_many, sender=apps.get_app_config("staff"))
    call_command("migrate", interactive=False, verbosity=1)
    schema.note()


def _say_how_many(*, plan: Sequence[object], **_given: object) -> None:
    print(f"{schema.TO_APPLY}{len(plan)}", flush=True)


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


def links(arguments: Sequence[str]) -> None:
    """One link for each role; the first administrator is made when there is nobody yet.

    With `--start` only what a start may write into a log: all in the demo, else the link of an administrator who has
    no other way in yet.
    """
    parser = argparse.ArgumentParser(prog="hallom links")
    parser.add_argument(
        "--start", action="store_true", help="only for who has no password yet, but in the demo"
    )
    is_for_all = settings.HALLOM_DEMO or not parser.parse_args(arguments).start
    if not User.objects.exists():
        _first_administrator()
    base = (
        settings.HALLOM_PUBLIC_URL.rstrip("/") or f"http://{settings.HALLOM_HOST}:{settings.HALLOM_WEB_PORT}"
    )
    print(f"\nOpen {base}/")
    for role in LINK_ROLES if is_for_all else _without_a_way_in():
        user = _first_of(role)
        if user:
            token = login_link.make(user, timezone.now())
            with translation.override("en"):
                print(f"  {role.label!s:<14} {user.full_name:<24} {base}/login/{token}/")


def _first_of(role: Role) -> User | None:
    return User.objects.filter(roles__role=role, is_active=True).order_by("pk").first()


def _without_a_way_in() -> tuple[Role, ...]:
    """Who came once sets a password; colleagues get their links from an administrator, which a new one would end."""
    administrators = User.objects.filter(roles__role=Role.ADMINISTRATOR, is_active=True)
    has_one_come = any(one.has_usable_password() for one in administrators)
    return () if has_one_come else (Role.ADMINISTRATOR,)


def _first_administrator() -> None:
    with transaction.atomic():
        user = User(username="administrator", full_name="Administrator", language=settings.LANGUAGE_CODE)
        user.set_unusable_password()
        user.save()
        user.set_roles([Role.ADMINISTRATOR], by=None, now=timezone.now())
