"""The people of the demo organisation, Pannonháló, an internet provider. Nobody has a password: they come by log-in links."""

from datetime import datetime

from django.db import transaction

from hallom.staff.models import Language, Membership, Role, Skill, Team, User, UserLanguage, UserSkill

TECHNICAL, BILLING, SALES, NETWORK = "Műszaki", "Számlázás", "Értékesítés", "Hálózatépítés"
SKILLS = {
    TECHNICAL: ("Internet", "Modem és router"),
    BILLING: ("Számla", "Szerződés"),
    SALES: ("Értékesítés",),
}

AGENT, SUPERVISOR = Role.AGENT, Role.SUPERVISOR
# user name, full name, team, roles, languages spoken, level of the team's skills
PEOPLE = (
    ("nora", "Bíró Nóra", TECHNICAL, (AGENT,), "hu en", 4),
    ("gergo", "Farkas Gergő", TECHNICAL, (AGENT,), "hu", 3),
    ("petra", "Juhász Petra", TECHNICAL, (AGENT,), "hu pl", 3),
    ("adam", "Szűcs Ádám", TECHNICAL, (AGENT,), "hu en", 5),
    ("denes", "Lakatos Dénes", TECHNICAL, (AGENT,), "hu", 2),
    ("dora", "Fekete Dóra", BILLING, (AGENT,), "hu en", 4),
    ("orsolya", "Rácz Orsolya", BILLING, (AGENT,), "hu", 5),
    ("mate", "Gulyás Máté", BILLING, (AGENT,), "hu pl", 3),
    ("zoltan", "Antal Zoltán", SALES, (AGENT,), "hu en", 4),
    ("viktoria", "Soós Viktória", SALES, (AGENT,), "hu pl en", 4),
    ("marta", "Takács Márta", TECHNICAL, (SUPERVISOR, AGENT), "hu en", 5),
    ("erzsebet", "Veszprémi Erzsébet", "", (Role.ATTENDANT,), "hu", 0),
    ("zsolt", "Balla Zsolt", NETWORK, (Role.DISPATCHER,), "hu", 0),
    ("akos", "Szabó Ákos", "", (Role.ADMINISTRATOR,), "hu en", 0),
)


@transaction.atomic
def load(now: datetime) -> None:
    """Make what is missing; what is there already stays as it is."""
    teams = {name: _team(name) for name in (TECHNICAL, BILLING, SALES, NETWORK)}
    for username, full_name, team, roles, languages, level in PEOPLE:
        if User.objects.filter(username=username).exists():
            continue
        user = User.objects.create_user(
            username, f"{username}@pannonhalo.pelda.hu", full_name=full_name, language=Language.HUNGARIAN
        )
        user.set_roles(roles, by=None, now=now)
        UserLanguage.objects.bulk_create(UserLanguage(user=user, language=code) for code in languages.split())
        if team:
            Membership.objects.create(user=user, team=teams[team])
            _give_skills(user, team, level)


def _team(name: str) -> Team:
    return Team.objects.get_or_create(name=name)[0]


def _give_skills(user: User, team: str, level: int) -> None:
    for name in SKILLS.get(team, ()):
        skill, _made = Skill.objects.get_or_create(name=name)
        UserSkill.objects.create(user=user, skill=skill, level=level)
