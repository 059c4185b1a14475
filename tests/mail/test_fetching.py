"""Mail fetched from a real server, through everything that can happen to a connection."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from django.utils import timezone

from hallom.mail import intake, problems
from hallom.mail.fetcher import Fetcher, pause_seconds
from hallom.mail.models import IncomingMail, Mailbox, MailboxState, Progress, Security
from hallom.mail.problems import Problem
from hallom.storage import blobs
from tests.mail.dovecot import PASSWORD, Dovecot, until

pytestmark = pytest.mark.django_db(transaction=True)


def letter(number: int, *, size: int = 0) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Carla <carla@example.org>", "help@example.com"
    mail["Subject"], mail["Message-ID"] = f"mail {number}", f"<{number}@example.org>"
    mail.set_content(f"This is number {number}.\n" + "x" * 70 * 0 + "filler\n" * (size // 7))
    return mail.as_bytes()


@pytest.fixture
def mailbox(dovecot: Dovecot, settings: object, tmp_path: object) -> Mailbox:
    settings.HALLOM_DATA = tmp_path  # type: ignore[attr-defined]
    return Mailbox.objects.create(
        name="Help",
        address="help@example.com",
        imap_host="127.0.0.1",
        imap_port=dovecot.port,
        imap_security=Security.NONE,
        imap_user="help",
        imap_password=PASSWORD,
    )


@pytest.fixture
def fetch(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Fetcher]]:
    started: list[Fetcher] = []
    monkeypatch.setattr("hallom.mail.fetcher.FIRST_PAUSE_SECONDS", 0.05)

    def start() -> Fetcher:
        fetcher = Fetcher(Mailbox.objects.get(pk=mailbox.pk), lambda: None)
        started.append(fetcher)
        fetcher.start()
        return fetcher

    yield start
    for fetcher in started:
        end(fetcher)


def end(fetcher: Fetcher) -> None:
    fetcher.stop()
    fetcher.join(20)
    assert not fetcher.is_alive()


def stored() -> int:
    return IncomingMail.objects.count()


def state() -> MailboxState:
    return MailboxState.objects.first() or MailboxState()


def is_well() -> bool:
    return bool(state().fetched_at and not state().fetch_problem)


def test_what_is_unread_at_first_and_what_arrives_later_is_fetched(
    dovecot: Dovecot, fetch: Callable[[], Fetcher]
) -> None:
    dovecot.deliver("help", letter(1), flags=r"(\Seen)")
    dovecot.deliver("help", letter(2))
    fetch()
    until(lambda: stored() == 1, what="the unread one")
    until(is_well)
    began = timezone.now()
    dovecot.deliver("help", letter(3))
    until(lambda: stored() == 2, what="the new one, by IDLE")
    assert (timezone.now() - began).total_seconds() < 2
    texts = [blobs.read(row.raw) for row in IncomingMail.objects.order_by("uid").select_related("raw")]
    assert [b"number 2" in texts[0], b"number 3" in texts[1]] == [True, True]
    until(lambda: dovecot.count("help", "UNSEEN") == 0, what="the server was told")


def test_mail_of_the_time_while_nobody_fetched_comes_once(
    dovecot: Dovecot, fetch: Callable[[], Fetcher]
) -> None:
    first = fetch()
    until(is_well)
    end(first)
    dovecot.deliver("help", letter(1))
    # Somebody looked at it in another program: it is new to us all the same.
    dovecot.deliver("help", letter(2), flags=r"(\Seen)")
    second = fetch()
    until(lambda: stored() == 2)
    end(second)
    third = fetch()
    dovecot.deliver("help", letter(3))
    until(lambda: stored() == 3)
    end(third)
    assert stored() == 3


def test_a_mail_stored_but_not_told_to_the_server_is_not_stored_again(
    dovecot: Dovecot, mailbox: Mailbox, fetch: Callable[[], Fetcher]
) -> None:
    dovecot.deliver("help", letter(1))
    client = dovecot.session("help")
    client.select("INBOX", readonly=True)
    uid_validity = int(client.response("UIDVALIDITY")[1][0])
    client.logout()
    intake.store(letter(1), mailbox, uid_validity=uid_validity, uid=1, now=timezone.now())
    fetch()
    until(lambda: dovecot.count("help", "UNSEEN") == 0)
    assert stored() == 1


def test_after_the_server_numbered_its_mails_anew_nothing_is_fetched_twice_and_nothing_missed(
    dovecot: Dovecot, fetch: Callable[[], Fetcher]
) -> None:
    dovecot.deliver_all("help", [letter(number) for number in range(3)])
    first = fetch()
    until(lambda: stored() == 3 and dovecot.count("help", "UNSEEN") == 0)
    end(first)
    before = state().uid_validity
    for row in IncomingMail.objects.all():
        number = blobs.read(row.raw).partition(b"This is number ")[2][:1].decode()
        row.identifier, row.progress = f"{number}@example.org", Progress.IMPORTED
        row.save()
    dovecot.deliver("help", letter(7), flags=r"(\Seen)")
    dovecot.number_anew("help")
    fetch()
    until(lambda: stored() == 4)
    until(lambda: state().uid_validity not in (0, before))
    assert state().last_uid == 4


def test_a_killed_server_is_found_again(dovecot: Dovecot, fetch: Callable[[], Fetcher]) -> None:
    fetch()
    until(is_well)
    dovecot.stop(how=signal.SIGKILL)
    until(lambda: state().fetch_problem, seconds=20)
    assert Problem(state().fetch_problem) in (Problem.REFUSED, Problem.LOST)
    since = state().fetch_problem_since
    assert since is not None
    dovecot.start()
    dovecot.deliver("help", letter(1))
    until(lambda: stored() == 1, seconds=20)
    until(is_well)
    assert state().fetch_problem_since is None


def test_a_wrong_password_is_told_in_plain_words_and_not_tried_again_quickly(
    dovecot: Dovecot, mailbox: Mailbox, fetch: Callable[[], Fetcher]
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(imap_user="nobody-here")
    fetch()
    until(lambda: state().fetch_problem)
    assert problems.in_words(state().fetch_problem).startswith(
        "The server does not accept this user name and password."
    )
    assert PASSWORD not in state().fetch_problem
    assert 30 <= pause_seconds(1, is_refused=True) <= 60
    assert pause_seconds(1, is_refused=False) <= 1
    assert pause_seconds(50, is_refused=False) <= 300


def test_a_folder_that_is_not_there_is_told(mailbox: Mailbox, fetch: Callable[[], Fetcher]) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(imap_folder="Nirgendwo")
    fetch()
    until(lambda: state().fetch_problem)
    assert state().fetch_problem.startswith(Problem.FOLDER.value)


def test_a_big_mailbox_comes_in_batches(dovecot: Dovecot, fetch: Callable[[], Fetcher]) -> None:
    dovecot.deliver_all("help", [letter(number) for number in range(230)])
    fetch()
    until(lambda: stored() == 230, seconds=60)
    until(lambda: dovecot.count("help", "UNSEEN") == 0)


def test_of_a_mail_that_is_too_large_the_beginning_is_kept(
    dovecot: Dovecot, fetch: Callable[[], Fetcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallom.mail.fetcher.MAX_FETCHED", 4000)
    dovecot.deliver("help", letter(1, size=9000))
    dovecot.deliver("help", letter(2))
    fetch()
    until(lambda: stored() == 2)
    large = IncomingMail.objects.select_related("raw").get(raw__size=4000)
    assert large.reason == intake.CUT
    assert blobs.read(large.raw) == letter(1, size=9000).replace(b"\n", b"\r\n")[:4000]


def test_a_server_without_idle_is_asked_now_and_then(
    dovecot: Dovecot, fetch: Callable[[], Fetcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallom.mail.fetcher.POLL_SECONDS", 0.1)
    dovecot.capability = "IMAP4rev1 UIDPLUS"
    dovecot.restart()
    fetch()
    until(is_well)
    dovecot.deliver("help", letter(1))
    until(lambda: stored() == 1)
