"""Who may do what: roles x acts x objects, decided here and nowhere else.

The table says how far a role's right to an act reaches: objects of one's own, of one's teams, or all.
Somebody with several roles has the widest reach of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet

from hallom.staff.models import Role, User

M = TypeVar("M", bound=Model)


class Reach(IntEnum):
    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


OWN, TEAM, ALL = Reach.OWN, Reach.TEAM, Reach.ALL
AGENT, ATTENDANT, SUPERVISOR, DISPATCHER, ADMINISTRATOR = Role

RULES: dict[str, Mapping[str, Reach]] = {
    # tickets: an object without a team is everybody's until somebody takes it
    "ticket.view": {AGENT: TEAM, ATTENDANT: TEAM, DISPATCHER: TEAM, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.open": {AGENT: ALL, ATTENDANT: ALL, DISPATCHER: ALL, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.change": {AGENT: TEAM, DISPATCHER: TEAM, SUPERVISOR: TEAM, ADMINISTRATOR: ALL},
    "ticket.note": {AGENT: TEAM, ATTENDANT: TEAM, DISPATCHER: TEAM, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.assign": {AGENT: TEAM, DISPATCHER: TEAM, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.merge": {AGENT: TEAM, DISPATCHER: TEAM, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.merge_across": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.spam": {AGENT: TEAM, DISPATCHER: TEAM, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.delete": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.bulk": {AGENT: TEAM, DISPATCHER: TEAM, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "ticket.export": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    # customers belong to the whole house: whoever answers must know who calls
    "customer.view": {AGENT: ALL, ATTENDANT: ALL, DISPATCHER: ALL, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "customer.change": {AGENT: ALL, DISPATCHER: ALL, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    # what the house knows; an article without a team is everybody's
    "article.view": {AGENT: TEAM, ATTENDANT: TEAM, DISPATCHER: TEAM, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "article.change": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    # calls
    "call.view": {AGENT: OWN, ATTENDANT: OWN, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "call.export": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "recording.listen": {AGENT: OWN, SUPERVISOR: ALL},
    "phone.use": {AGENT: ALL, ATTENDANT: ALL, SUPERVISOR: ALL},
    "wallboard.view": {AGENT: ALL, ATTENDANT: ALL, SUPERVISOR: ALL, DISPATCHER: ALL, ADMINISTRATOR: ALL},
    "agent.force": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    # listening, whispering, talking along, taking over, forcing a state: a colleague, his call, a queue
    "calls.supervise": {SUPERVISOR: TEAM, ADMINISTRATOR: ALL},
    # the attendant's console; an agent of a small firm is made an attendant, too
    "switchboard.use": {ATTENDANT: ALL},
    # promises: whoever owes or gave one
    "promise.settle": {AGENT: OWN, ATTENDANT: OWN, DISPATCHER: OWN, SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    # the house
    "settings.staff": {ADMINISTRATOR: ALL},
    "settings.hours": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "settings.calls": {ADMINISTRATOR: ALL},
    "settings.tickets": {SUPERVISOR: ALL, ADMINISTRATOR: ALL},
    "settings.mail": {ADMINISTRATOR: ALL},
    "audit.view": {ADMINISTRATOR: ALL},
}


@dataclass(frozen=True, slots=True)
class Part:
    """Rows by which somebody took part: the look-up from the object to him, and which of them count."""

    user: str
    where: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Belonging:
    """Where an object says whose it is: look-ups from the object to users and to a team.

    `circles` are look-ups to the teams of the people it concerns; the first that leads to any team decides.
    """

    owners: tuple[str, ...] = ()
    team: str = ""
    circles: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


# Whoever took part finds it again. To hear what was said when he had left is another matter.
OPEN_TO_PARTICIPANTS = frozenset({"call.view"})
BELONGINGS: dict[str, Belonging] = {
    "tickets.ticket": Belonging(owners=("owner",), team="team"),
    "knowledge.article": Belonging(team="team"),
    "calls.promise": Belonging(owners=("owner", "maker")),
    "calls.call": Belonging(
        owners=("agent",),
        circles=("agent__memberships__team", "queue__memberships__agent__memberships__team"),
        parts=(
            # Handed on, asked, or calling a colleague; not who only heard it ring, nor who listened.
            Part(
                "legs__agent",
                {"legs__answered_at__isnull": False, "legs__role__in": ("agent", "asked", "customer")},
            ),
        ),
    ),
    "calls.recording": Belonging(owners=("call__agent",)),
    "calls.queue": Belonging(circles=("memberships__agent__memberships__team",)),
    "staff.user": Belonging(circles=("memberships__team",)),
}
NOBODYS = Belonging()


def reach(user: User | AnonymousUser, act: str) -> Reach:
    rule = RULES[act]
    if not isinstance(user, User) or not user.is_active:
        return Reach.NONE
    return max((rule.get(role, Reach.NONE) for role in user.role_names), default=Reach.NONE)


def can(user: User | AnonymousUser, act: str, obj: Model | None = None) -> bool:
    """Whether the user may do the act, and to this object if one is given. KeyError for an act not in the table."""
    far = reach(user, act)
    if obj is None or not isinstance(user, User) or far in (Reach.NONE, Reach.ALL):
        return far is not Reach.NONE
    belonging = BELONGINGS.get(obj._meta.label_lower, NOBODYS)
    if any(_follow(obj, f"{path}_id") == user.pk for path in belonging.owners):
        return True
    if act in OPEN_TO_PARTICIPANTS and _took_part(user, type(obj), belonging).filter(pk=obj.pk).exists():
        return True
    if far is Reach.OWN:
        return False
    if belonging.circles:
        return _in_circle(user, obj, belonging.circles)
    if not belonging.team:
        return False
    team_id = _follow(obj, f"{belonging.team}_id")
    return team_id is None or team_id in user.team_ids


def require(user: User | AnonymousUser, act: str, obj: Model | None = None) -> None:
    if not can(user, act, obj):
        raise PermissionDenied(act)


def visible(user: User | AnonymousUser, queryset: QuerySet[M], act: str = "") -> QuerySet[M]:
    """The rows of the queryset on which ``can(user, act, row)`` holds; the act is ``<model>.view`` unless given."""
    model = queryset.model
    act = act or f"{model._meta.model_name}.view"
    far = reach(user, act)
    if far is Reach.ALL:
        return queryset
    belonging = BELONGINGS.get(model._meta.label_lower, NOBODYS)
    if far is Reach.NONE or not isinstance(user, User) or belonging is NOBODYS:
        return queryset.none()
    mine = _mine(user, belonging, far)
    if act in OPEN_TO_PARTICIPANTS:
        mine |= Q(pk__in=_took_part(user, model, belonging).values("pk"))
    if far is Reach.TEAM and belonging.circles:
        mine |= Q(pk__in=_circle(user, model, belonging.circles))
    return queryset.filter(mine)


def owned(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the rows that are the user's own, whatever he may do to others."""
    return rows.filter(_mine(user, BELONGINGS[rows.model._meta.label_lower], Reach.OWN))


def by_part(user: User, model: type[Model], rows: QuerySet[M]) -> QuerySet[M]:
    """Of the rows by which one takes part in objects of `model`, as in a call by a leg, those by which the user did."""
    mine = Q(pk__in=())
    for part in BELONGINGS[model._meta.label_lower].parts:
        relation = f"{part.user.partition('__')[0]}__"
        where = {path.removeprefix(relation): value for path, value in part.where.items()}
        mine |= Q(**{part.user.removeprefix(relation): user.pk}, **where)
    return rows.filter(mine)


def _mine(user: User, belonging: Belonging, far: Reach) -> Q:
    mine = Q(pk__in=())
    for path in belonging.owners:
        mine |= Q(**{path: user.pk})
    if far is Reach.TEAM and belonging.team:
        mine |= Q(**{f"{belonging.team}__in": user.team_ids}) | Q(**{f"{belonging.team}__isnull": True})
    return mine


def _took_part(user: User, model: type[M], belonging: Belonging) -> QuerySet[M]:
    mine = Q(pk__in=())
    for part in belonging.parts:
        mine |= Q(**{part.user: user.pk}, **part.where)
    return model._default_manager.filter(mine)


def _in_circle(user: User, obj: Model, circles: tuple[str, ...]) -> bool:
    return bool(_circle(user, type(obj), circles).filter(pk=obj.pk).exists())


def _circle(user: User, model: type[M], circles: tuple[str, ...]) -> QuerySet[M]:
    """Objects of the user's teams, and those that no team leads to: they are everybody's."""
    mine, nobodys = Q(), Q()
    for path in circles:
        mine |= nobodys & Q(**{f"{path}__in": user.team_ids})
        nobodys &= Q(**{f"{path}__isnull": True})
    return model._default_manager.filter(mine | nobodys)


def _follow(obj: Any, path: str) -> Any:
    for step in path.split("__"):
        if obj is None:
            return None
        obj = getattr(obj, step)
    return obj
