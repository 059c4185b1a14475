"""The table of rights, walked act by act, role by role, for objects of one's own, one's team and another team."""

from datetime import datetime
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from hallom.staff.models import Role, Team, User
from hallom.staff.permissions import RULES, Reach, can, require, visible
from hallom.staff.tests.cast import NOW, person
from hallom.tickets.models import Ticket

pytestmark = pytest.mark.django_db

RELATIONS = ("own", "own team", "nobody's", "other team")
TICKET_ACTS = [act for act in RULES if act.startswith("ticket.")]
REACHED = {
    Reach.NONE: set(),
    Reach.OWN: {"own"},
    Reach.TEAM: {"own", "own team", "nobody's"},
    Reach.ALL: set(RELATIONS),
}


def ticket_of(relation: str, user: User, own: Team, other: Team) -> Ticket:
    colleague = person("colleague", "Colette Colleague", Role.AGENT, team=own)
    owner, team = {
        "own": (user, other),
        "own team": (colleague, own),
        "nobody's": (None, None),
        "other team": (colleague, other),
    }[relation]
    return Ticket.open("No line", by=None, now=NOW, owner=owner, team=team)


@pytest.mark.parametrize(("act", "role", "relation"), list(product(TICKET_ACTS, Role, RELATIONS)))
def test_a_right_reaches_as_far_as_the_table_says(
    act: str, role: Role, relation: str, technical: Team, billing: Team
) -> None:
    user = person("user", "Uma User", role, team=technical)
    ticket = ticket_of(relation, user, technical, billing)
    expected = relation in REACHED[RULES[act].get(role, Reach.NONE)]
    assert can(user, act, ticket) is expected
    assert visible(user, Ticket.objects.all(), act).filter(pk=ticket.pk).exists() is expected


@pytest.mark.parametrize(("act", "role"), list(product(RULES, Role)))
def test_an_act_without_an_object_needs_any_reach(act: str, role: Role, db: None) -> None:
    user = person("user", "Uma User", role)
    assert can(user, act) is (RULES[act].get(role, Reach.NONE) is not Reach.NONE)


def test_agents_never_reach_settings_or_the_audit(alice: User) -> None:
    refused = [act for act in RULES if act.startswith(("settings.", "audit.")) and can(alice, act)]
    assert refused == []


def test_the_widest_of_several_roles_counts(alice: User, billing: Team, now: datetime) -> None:
    ticket = Ticket.open("No line", by=None, now=now, team=billing)
    assert not can(alice, "ticket.view", ticket)
    alice.set_roles([Role.AGENT, Role.SUPERVISOR], by=None, now=now)
    assert can(alice, "ticket.view", ticket)


@pytest.mark.parametrize("act", list(RULES))
def test_strangers_the_roleless_and_the_deactivated_may_nothing(act: str, ada: User, now: datetime) -> None:
    nobody = person("nobody", "Nora Nobody")
    ada.deactivate(by=ada, now=now)
    assert not can(AnonymousUser(), act)
    assert not can(nobody, act)
    assert not can(ada, act)
    assert not visible(AnonymousUser(), Ticket.objects.all(), act).exists()


def test_an_act_nobody_wrote_down_is_an_error_and_no_permission(ada: User) -> None:
    with pytest.raises(KeyError):
        can(ada, "ticket.burn")


def test_requiring_what_one_may_not_do_is_refused(alice: User) -> None:
    with pytest.raises(PermissionDenied):
        require(alice, "settings.staff")
    require(alice, "ticket.open")


def test_a_supervisor_supervises_the_own_teams_and_who_is_in_none(
    bruno: User, ada: User, alice: User, amir: User
) -> None:
    loner = person("loner", "Lona Loner", Role.AGENT)
    for boss, expected in ((bruno, {alice, loner, bruno}), (ada, {alice, amir, loner, bruno, ada})):
        reached = {one for one in (alice, amir, loner, bruno, ada) if can(boss, "calls.supervise", one)}
        assert expected <= reached
        assert (amir in reached) is (amir in expected)
        seen = set(visible(boss, User.objects.all(), "calls.supervise"))
        assert seen == reached
    assert not can(alice, "calls.supervise", amir)
    assert not visible(alice, User.objects.all(), "calls.supervise").exists()


def test_somebody_in_two_teams_is_supervised_by_both(bruno: User, amir: User, technical: Team) -> None:
    amir.memberships.create(team=technical)
    assert can(bruno, "calls.supervise", amir)
    assert visible(bruno, User.objects.all(), "calls.supervise").filter(pk=amir.pk).count() == 1
