"""What a start may tell of log-in links: its output is kept in the logs of the machine."""

import pytest
from django.conf import LazySettings
from django.utils import timezone

from hallom.config import setup
from hallom.staff.models import LoginLink, Role, User

pytestmark = pytest.mark.django_db


def told_by(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    setup.links(arguments)
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def _no_demo(settings: LazySettings) -> None:
    settings.HALLOM_DEMO = False


def test_the_first_start_lets_the_first_administrator_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert told_by(capsys, "--start").count("/login/") == 1
    assert told_by(capsys, "--start").count("/login/") == 1


def test_a_start_prints_no_link_once_an_administrator_has_a_password(
    capsys: pytest.CaptureFixture[str], ada: User, alice: User
) -> None:
    ada.set_password("correct horse battery staple")
    ada.save()
    told = told_by(capsys, "--start")
    assert "Open http" in told
    assert "/login/" not in told
    assert not LoginLink.objects.exists()


def test_the_switchboards_attendant_has_a_link_too(
    capsys: pytest.CaptureFixture[str], ada: User, alice: User
) -> None:
    alice.set_roles([Role.ATTENDANT], by=None, now=timezone.now())
    assert "attendant      Alice Agent" in told_by(capsys)


def test_by_hand_and_in_the_demo_there_is_one_for_each_role(
    capsys: pytest.CaptureFixture[str], settings: LazySettings, ada: User, alice: User, bruno: User
) -> None:
    ada.set_password("correct horse battery staple")
    ada.save()
    assert told_by(capsys).count("/login/") == 3
    settings.HALLOM_DEMO = True
    assert told_by(capsys, "--start").count("/login/") == 3
