from datetime import datetime

import pytest
from django.test import Client

from hallom.staff.models import Role, Skill, Team, User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def test_a_new_user_comes_in_by_a_link_and_has_no_password(office: Client, technical: Team) -> None:
    skill = Skill.objects.create(name="Router")
    response = office.post(
        "/settings/users/new/",
        {
            "full_name": "Nell New",
            "username": "nell",
            "email": "nell@example.org",
            "language": "pl",
            "roles": ["agent"],
            "teams": [technical.pk],
            "languages": ["pl", "en"],
            f"skill-{skill.pk}": "4",
        },
    )
    nell = User.objects.get(username="nell")
    assert "/login/" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert not nell.has_usable_password()
    assert nell.role_names == {Role.AGENT}
    assert nell.team_ids == {technical.pk}
    assert {one.language for one in nell.languages.all()} == {"pl", "en"}
    assert nell.user_skills.get().level == 4
    assert Event.objects.filter(kind="staff.changed", data={"user": nell.pk}).exists()


def test_an_e_mail_address_belongs_to_one_user_whatever_its_case(office: Client, alice: User) -> None:
    response = office.post(
        "/settings/users/new/",
        {"full_name": "Other", "username": "other", "email": "ALICE@example.org", "language": "en"},
    )
    assert not User.objects.filter(username="other").exists()
    assert "already has this e-mail" in response.content.decode()


def test_taking_a_role_away_leaves_the_others_dates_alone(office: Client, bruno: User, now: datetime) -> None:
    bruno.set_roles([Role.SUPERVISOR, Role.AGENT], by=None, now=now)
    given_at = bruno.roles.get(role=Role.SUPERVISOR).granted_at
    bruno.set_roles([Role.SUPERVISOR], by=None, now=now.replace(year=2027))
    assert bruno.roles.get().granted_at == given_at


def test_nobody_shuts_himself_out(office: Client, ada: User) -> None:
    office.post(f"/settings/users/{ada.pk}/deactivation/")
    ada.refresh_from_db()
    assert ada.is_active


def test_deactivating_and_letting_in_again(office: Client, alice: User) -> None:
    office.post(f"/settings/users/{alice.pk}/deactivation/")
    alice.refresh_from_db()
    assert not alice.is_active
    office.delete(f"/settings/users/{alice.pk}/deactivation/")
    alice.refresh_from_db()
    assert alice.is_active


def test_a_user_cannot_change_more_than_his_language_and_theme(alice: User, client: Client) -> None:
    client.force_login(alice)
    client.post("/profile/", {"language": "hu", "theme": "dark", "full_name": "Boss", "is_superuser": "on"})
    alice.refresh_from_db()
    assert (alice.language, alice.theme) == ("hu", "dark")
    assert (alice.full_name, alice.is_superuser) == ("Alice Agent", False)


def test_members_are_put_into_a_team_and_out_of_it(
    office: Client, alice: User, amir: User, technical: Team
) -> None:
    office.post(
        f"/settings/teams/{technical.pk}/", {"name": "Technical", "is_active": "on", "members": [amir.pk]}
    )
    assert set(technical.users.all()) == {amir}


def test_a_team_name_is_taken_once(office: Client, technical: Team) -> None:
    office.post("/settings/teams/new/", {"name": "TECHNICAL", "is_active": "on"})
    assert Team.objects.count() == 1


def test_a_skill_is_made_and_renamed(office: Client) -> None:
    office.post("/settings/skills/new/", {"name": "Ruoter"})
    skill = Skill.objects.get()
    office.post(f"/settings/skills/{skill.pk}/", {"name": "Router"})
    assert Skill.objects.get().name == "Router"
