from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pghistory
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models, transaction
from django.db.models import OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hallom.staff.models.role import Role
from hallom.timeline.journal import record
from hallom.timeline.prepared import PreparedRows

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from hallom.staff.models.membership import Membership
    from hallom.staff.models.role import RoleGrant
    from hallom.staff.models.skill import UserLanguage, UserSkill


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    HUNGARIAN = "hu", "magyar"
    POLISH = "pl", "polski"


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the computer is set")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["password", "last_login"],
)
class User(AbstractUser):
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("full name"), max_length=120)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=Language.choices, default=Language.ENGLISH
    )
    theme = models.CharField(_("theme"), max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    password_changed_at = models.DateTimeField(null=True, editable=False)
    # Part of every session's hash: raising it ends the sessions that exist, for good.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    teams = models.ManyToManyField(
        "staff.Team", through="staff.Membership", related_name="users", verbose_name=_("teams")
    )
    skills = models.ManyToManyField(
        "staff.Skill", through="staff.UserSkill", related_name="users", verbose_name=_("skills")
    )

    roles: RelatedManager[RoleGrant]
    memberships: RelatedManager[Membership]
    user_skills: RelatedManager[UserSkill]
    languages: RelatedManager[UserLanguage]

    REQUIRED_FIELDS = ["full_name", "email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["full_name"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="staff_email_once",
                violation_error_message=_("Somebody already has this e-mail address."),
            ),
            models.UniqueConstraint(Lower("username"), name="staff_username_once"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split(" ")[-1]

    @property
    def initials(self) -> str:
        words = str(self).split()
        return "".join(word[0] for word in words[:2]).upper()

    @property
    def role_names(self) -> frozenset[str]:
        return self._rights[0]

    @property
    def team_ids(self) -> frozenset[int]:
        return self._rights[1]

    @cached_property
    def _rights(self) -> tuple[frozenset[str], frozenset[int]]:
        """Roles and teams in one query: every page asks for both."""
        rows = _RIGHTS(self.pk)
        roles, teams = rows[0] if rows else ((), ())
        return frozenset(roles), frozenset(teams)

    @classmethod
    def with_rights(cls, pk: int) -> User | None:
        """Found with roles and teams in one query."""
        for *values, roles, teams in _KNOWN(pk):
            user = cls.from_db(connection.alias, _COLUMNS, values)
            user.__dict__["_rights"] = frozenset(roles), frozenset(teams)
            return user
        return None

    def forget_rights(self) -> None:
        """Roles or teams were changed: ask the database again."""
        self.__dict__.pop("_rights", None)

    def has_role(self, *roles: str) -> bool:
        return not self.role_names.isdisjoint(roles)

    def can(self, act: str, obj: models.Model | None = None) -> bool:
        """See hallom.staff.permissions; here for templates and for rooms below staff."""
        from hallom.staff import permissions

        return permissions.can(self, act, obj)

    def set_password(self, raw_password: str | None) -> None:
        """Telephones that are registered with the old one's sessions end with them."""
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()
        self.session_epoch += 1

    def save(self, *args: Any, **options: Any) -> None:
        """Django saves a re-hashed password by its name alone."""
        fields = options.get("update_fields")
        if fields is not None and "password" in fields:
            options["update_fields"] = {*fields, "password_changed_at", "session_epoch"}
        super().save(*args, **options)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        return f"{super()._get_session_auth_hash(secret=secret)}{self.session_epoch}"  # type: ignore[misc]

    @transaction.atomic
    def end_sessions(self, *, by: User | None, now: datetime) -> None:
        """Every browser this user is signed in with is signed out with its next request."""
        self.session_epoch += 1
        self.save(update_fields=["session_epoch"])
        record("staff.sessions_ended", now=now, actor=by, data={"user": self.pk}, topics=[f"desk-{self.pk}"])

    @transaction.atomic
    def deactivate(self, *, by: User, now: datetime) -> None:
        self.is_active = False
        self.session_epoch += 1
        self.save(update_fields=["is_active", "session_epoch"])
        record("staff.deactivated", now=now, actor=by, data={"user": self.pk}, topics=[f"desk-{self.pk}"])

    @transaction.atomic
    def reactivate(self, *, by: User, now: datetime) -> None:
        self.is_active = True
        self.save(update_fields=["is_active"])
        record("staff.reactivated", now=now, actor=by, data={"user": self.pk})

    @transaction.atomic
    def set_roles(self, roles: Iterable[Role], *, by: User | None, now: datetime) -> None:
        """Give exactly these roles; sessions end, so that nobody goes on with rights that were taken away."""
        wanted = {str(role) for role in roles}
        held = set(self.roles.values_list("role", flat=True))
        if wanted == held:
            return
        self.roles.filter(role__in=held - wanted).delete()
        for role in sorted(wanted - held):
            self.roles.create(role=role, granted_by=by, granted_at=now)
        self.forget_rights()
        if held:
            self.end_sessions(by=by, now=now)
        record(
            "staff.roles_changed",
            now=now,
            actor=by,
            data={"user": self.pk, "old": sorted(held), "new": sorted(wanted)},
        )


def _rights_of(user: int, *columns: str) -> models.QuerySet[User, tuple[Any, ...]]:
    from hallom.staff.models.membership import Membership
    from hallom.staff.models.role import RoleGrant

    roles = RoleGrant.objects.filter(user=OuterRef("pk")).values("role")
    teams = Membership.objects.filter(user=OuterRef("pk")).values("team_id")
    mine = User.objects.filter(pk=user).order_by()
    return mine.values_list(*columns, ArraySubquery(roles), ArraySubquery(teams))


_COLUMNS = [field.attname for field in User._meta.concrete_fields]
_RIGHTS = PreparedRows(lambda user: _rights_of(user))
_KNOWN = PreparedRows(lambda user: _rights_of(user, *_COLUMNS))
