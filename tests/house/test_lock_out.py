import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.test import Client

from hallom.staff.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _password(alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()


def log_in(client: Client, password: str, address: str = "192.0.2.1") -> Client:
    client.post("/accounts/login/", {"login": "alice", "password": password}, REMOTE_ADDR=address)
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_lets_in() -> None:
    assert is_in(log_in(Client(), PASSWORD))


def test_after_five_wrong_passwords_not_even_the_right_one_lets_in_from_there() -> None:
    for _ in range(5):
        log_in(Client(), "a guess")
    assert not is_in(log_in(Client(), PASSWORD))
    assert is_in(log_in(Client(), PASSWORD, address="192.0.2.2"))


def test_who_is_locked_out_is_told_on_a_page_of_ours() -> None:
    for _ in range(5):
        log_in(Client(), "a guess")
    answer = Client().post("/accounts/login/", {"login": "alice", "password": "x"}, REMOTE_ADDR="192.0.2.1")
    assert answer.status_code == 429
    assert "account/lockout.html" in [template.name for template in answer.templates]
    page = answer.content.decode()
    assert "The password was wrong too many times. Wait a quarter of an hour" in page
    assert "ask an administrator for a log-in link" in page
    assert 'href="/accounts/login/"' in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("hu", "Átmenetileg zárolva"), ("pl", "Chwilowa blokada"), ("en", "Locked for a while")],
)
def test_who_is_locked_out_is_told_in_their_own_language(language: str, words: str) -> None:
    for _ in range(5):
        log_in(Client(), "a guess")
    answer = Client(HTTP_ACCEPT_LANGUAGE=language).post(
        "/accounts/login/", {"login": "alice", "password": "x"}, REMOTE_ADDR="192.0.2.1"
    )
    assert words in answer.content.decode()


def test_wrong_passwords_are_counted_in_the_database_for_all_processes() -> None:
    log_in(Client(), "a guess")
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.ip_address) == ("alice", "192.0.2.1")
    assert "a guess" not in attempt.post_data


def test_guesses_by_name_and_by_mail_address_count_together(alice: User) -> None:
    for login in ("alice", "ALICE", alice.email, "alice", alice.email.upper()):
        Client().post("/accounts/login/", {"login": login, "password": "a guess"}, REMOTE_ADDR="192.0.2.1")
    assert not is_in(log_in(Client(), PASSWORD))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_are_believed_about_the_address(
    settings: LazySettings, proxies: int, forwarded: str, address: str
) -> None:
    settings.HALLOM_PROXIES = proxies
    Client().post(
        "/accounts/login/",
        {"login": "alice", "password": "a guess"},
        REMOTE_ADDR="192.0.2.1",
        HTTP_X_FORWARDED_FOR=forwarded,
    )
    assert AccessAttempt.objects.get().ip_address == address


def test_a_stranger_who_guesses_a_colleague_s_password_does_not_lock_the_colleague_out() -> None:
    for number in range(30):
        log_in(Client(), "a guess", address=f"198.51.100.{number}")
    assert is_in(log_in(Client(), PASSWORD))


def test_a_new_password_by_mail_is_offered_only_where_mail_can_be_sent(settings: LazySettings) -> None:
    assert b"/accounts/password/reset/" not in Client().get("/accounts/login/").content
    assert Client().get("/accounts/password/reset/").status_code == 404
    settings.EMAIL_HOST = "mail.example.com"
    assert b"/accounts/password/reset/" in Client().get("/accounts/login/").content
