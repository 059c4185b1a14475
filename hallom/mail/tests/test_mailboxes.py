"""The administration of mailboxes: secrets never come back, and the mailer hears of every change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from hallom.mail import connection_check
from hallom.mail.connection_check import Finding
from hallom.mail.mailbox_state import state_lines
from hallom.mail.models import Mailbox, MailboxState
from hallom.mail.problems import Problem
from hallom.mail.tests.test_oauth import Service
from hallom.staff.models import Role, User
from hallom.staff.permissions import RULES
from hallom.staff.tests.cast import person
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
PAGES = ["", "new/", "{m}/"]
ACTS = ["{m}/trial/", "{m}/removal/"]


def fields(**facts: Any) -> dict[str, Any]:
    return {
        "name": "Help", "address": "help@example.com", "language": "hu", "is_active": "on", "provider": "password",
        "intake": "imap", "imap_host": "imap.example.com", "imap_port": "993", "imap_security": "tls",
        "imap_folder": "INBOX", "smtp_host": "smtp.example.com", "smtp_port": "587", "smtp_security": "starttls",
        "subject_tag": "#", "follow_up_days": "30", **facts,
    }  # fmt: skip


@pytest.fixture
def desk(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox.objects.create(
        name="Help", address="help@example.com", imap_host="imap.example.com", imap_password="imap-secret-1",
        smtp_host="smtp.example.com", smtp_password="smtp-secret-2", oauth_secret="oauth-secret-3",
        oauth_refresh_token="refresh-4",
    )  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators(role: Role, mailbox: Mailbox, client: Client) -> None:
    client.force_login(person("user", "Uma User", role))
    allowed = bool(RULES["settings.mail"].get(role))
    for page in PAGES:
        answer = client.get(f"/settings/mailboxes/{page.format(m=mailbox.pk)}")
        assert answer.status_code == (200 if allowed else 403)
    for act in ACTS:
        answer = client.post(f"/settings/mailboxes/{act.format(m=mailbox.pk)}")
        assert answer.status_code == (302 if allowed else 403)
    assert client.get("/settings/mail/consent/").status_code == (302 if allowed else 403)


def test_secrets_are_kept_and_never_shown(desk: Client, mailbox: Mailbox) -> None:
    page = desk.get(f"/settings/mailboxes/{mailbox.pk}/").content.decode()
    for secret in ("imap-secret-1", "smtp-secret-2", "oauth-secret-3", "refresh-4"):
        assert secret not in page
    refused = desk.post(f"/settings/mailboxes/{mailbox.pk}/", fields(name="", imap_password="typed-anew"))
    assert refused.status_code == 422
    assert "typed-anew" not in refused.content.decode()
    assert (
        desk.post(f"/settings/mailboxes/{mailbox.pk}/", fields(smtp_password="a-new-secret-5")).status_code
        == 302
    )
    mailbox.refresh_from_db()
    assert (mailbox.imap_password, mailbox.smtp_password, mailbox.oauth_secret) == (
        "imap-secret-1",
        "a-new-secret-5",
        "oauth-secret-3",
    )
    assert "a-new-secret-5" not in repr(list(Event.objects.values_list("data", flat=True)))


def test_a_new_one_begins_with_what_is_usual(desk: Client) -> None:
    for provider, host in (("microsoft", "outlook.office365.com"), ("google", "imap.gmail.com")):
        assert host in desk.get(f"/settings/mailboxes/new/?provider={provider}").content.decode()
    assert desk.post("/settings/mailboxes/new/", fields()).status_code == 302
    mailbox = Mailbox.objects.get()
    assert mailbox.imap_folder == "INBOX"
    assert Event.objects.get(kind="mail.mailbox_changed").data == {"mailbox": mailbox.pk, "act": "added"}


def test_what_only_some_mailboxes_need_is_said_with_the_field(desk: Client) -> None:
    page = desk.get("/settings/mailboxes/new/").content.decode()
    said = dict(re.findall(r'for="id_(\w+)">[^<]*<span class="optional">\((needed[^)]*)\)', page))
    assert said == {"oauth_client": "needed for Microsoft and Google", "imap_host": "needed to fetch mail"}


@pytest.mark.django_db(transaction=True)
def test_the_mailer_hears_of_a_change(desk: Client) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("LISTEN mail_config")
    desk.post("/settings/mailboxes/new/", fields())
    assert connection.connection is not None
    heard = [note.channel for note in connection.connection.notifies(timeout=5, stop_after=1)]
    assert heard == ["mail_config"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"imap_host": ""},
        {"imap_host": "https://imap.example.com/"},
        {"imap_port": "70000"},
        {"aliases": "not an address"},
        {"address": "other@example.com"},
        {"address": "Alias@Example.com"},
        {"provider": "google"},
        {"is_default": "on", "is_active": ""},
    ],
)
def test_what_cannot_work_is_refused(desk: Client, wrong: dict[str, str]) -> None:
    Mailbox.objects.create(name="Other", address="other@example.com", aliases="alias@example.com")
    assert desk.post("/settings/mailboxes/new/", fields(**wrong)).status_code == 422
    assert Mailbox.objects.count() == 1


def test_another_application_needs_a_new_permission(desk: Client, mailbox: Mailbox) -> None:
    Mailbox.objects.update(provider="google", oauth_client="one")
    url = f"/settings/mailboxes/{mailbox.pk}/"
    desk.post(url, fields(provider="google", oauth_client="one", display_name="x"))
    mailbox.refresh_from_db()
    assert mailbox.oauth_refresh_token == "refresh-4"
    desk.post(url, fields(provider="google", oauth_client="two"))
    mailbox.refresh_from_db()
    assert mailbox.oauth_refresh_token == ""


def test_how_it_fares_is_said_in_words(desk: Client, mailbox: Mailbox) -> None:
    MailboxState.objects.create(
        mailbox=mailbox, fetch_problem=f"{Problem.PASSWORD.value}: bad login",
        fetch_problem_since=datetime(2026, 7, 16, tzinfo=UTC), sent_at=datetime(2026, 7, 16, tzinfo=UTC),
    )  # fmt: skip
    page = desk.get("/settings/mailboxes/").content.decode()
    assert str(Problem.PASSWORD.label) in page
    assert [line.tone for line in state_lines(mailbox)] == ["cherry", "pine"]
    mailbox.is_active = False
    assert [line.label for line in state_lines(mailbox)] == ["not in use"]


def test_the_trial_is_made_by_the_worker_and_its_outcome_fetched(
    desk: Client, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = desk.post(f"/settings/mailboxes/{mailbox.pk}/trial/")
    url = answer["Location"]
    page = desk.get(url).content.decode()
    assert 'hx-trigger="every 1s"' in page
    job = ProcrastinateJob.objects.get(task_name="mail.try_out")
    found = [Finding("incoming", Problem.FOLDER.value, folders=("INBOX", "Sent")), Finding("outgoing")]
    monkeypatch.setattr(connection_check, "try_out", lambda _mailbox: found)
    connection_check.carry_out(job.args["mailbox"], job.args["token"])
    page = desk.get(url).content.decode()
    assert "every 1s" not in page
    assert "INBOX, Sent" in page
    assert "works" in page
    assert desk.get(f"/settings/mailboxes/{mailbox.pk}/trial/unknown/").status_code == 404


def test_a_mailbox_with_mail_stays(desk: Client, mailbox: Mailbox) -> None:
    from hallom.mail.tests.arriving import arrive, letter

    arrive(letter(), datetime(2026, 7, 16, tzinfo=UTC), to=mailbox)
    desk.post(f"/settings/mailboxes/{mailbox.pk}/removal/")
    assert Mailbox.objects.exists()


@pytest.fixture
def provider(settings: Any) -> Iterator[Service]:
    service = Service()
    settings.HALLOM_MAIL_TOKEN_URL = service.url
    yield service
    service.server.shutdown()
    service.server.server_close()


def begun(desk: Client, mailbox: Mailbox) -> str:
    """The state the consent page was sent to with."""
    away = desk.get(f"/settings/mailboxes/{mailbox.pk}/consent/")["Location"]
    assert away.startswith("https://login.microsoftonline.com/house/oauth2/v2.0/authorize?")
    return str(parse_qs(urlsplit(away).query)["state"][0])


def test_consent_goes_out_with_a_state_and_comes_back_with_it(
    desk: Client, mailbox: Mailbox, provider: Service
) -> None:
    Mailbox.objects.update(
        provider="microsoft", oauth_client="app-1", oauth_tenant="house", oauth_refresh_token=""
    )
    state = begun(desk, mailbox)
    desk.get("/settings/mail/consent/?code=abc&state=made-up")
    desk.get(f"/settings/mail/consent/?code=abc&state={state}")
    assert provider.asked == [], "a state is good for one return, whoever makes it"
    provider.answers = [(200, {"access_token": "a", "refresh_token": "refresh-5", "expires_in": 3600})]
    desk.get(f"/settings/mail/consent/?code=abc&state={begun(desk, mailbox)}")
    ((path, form),) = provider.asked
    assert path == "/house/token"
    assert (form["code"], form["redirect_uri"]) == ("abc", "http://testserver/settings/mail/consent/")
    mailbox.refresh_from_db()
    assert mailbox.oauth_refresh_token == "refresh-5"


def test_a_refusal_of_the_provider_is_said(desk: Client, mailbox: Mailbox, provider: Service) -> None:
    Mailbox.objects.update(provider="microsoft", oauth_client="app-1", oauth_tenant="house")
    provider.answers = [(400, {"error": "invalid_client"})]
    answer = desk.get(f"/settings/mail/consent/?code=abc&state={begun(desk, mailbox)}", follow=True)
    assert str(Problem.CLIENT.label) in answer.content.decode()
    answer = desk.get(
        f"/settings/mail/consent/?error=access_denied&state={begun(desk, mailbox)}", follow=True
    )
    assert "did not grant" in answer.content.decode()
