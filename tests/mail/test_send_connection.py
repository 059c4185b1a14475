"""“Test connection” against real servers that have every fault a mailbox can have; and sending over real TLS."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hallom.mail import connection_check
from hallom.mail.connection_check import Finding, try_out
from hallom.mail.models import Intake, Mailbox, MailboxState, OutgoingMail, Security, SendState
from hallom.mail.problems import Problem
from tests.mail.certificates import Authority
from tests.mail.dovecot import PASSWORD, Dovecot
from tests.mail.postbox import Postbox, server_context, until
from tests.mail.posting import mailbox_at, post, posted, settled

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Trusted by this process, as OpenSSL reads the variable whenever a context is made."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


@pytest.fixture
def box() -> Iterator[Postbox]:
    box = Postbox()
    yield box
    box.close()


def outgoing(box: Postbox, **facts: Any) -> Finding:
    mailbox = Mailbox.objects.filter(name="Help").first() or mailbox_at(box, intake=Intake.NONE, **facts)
    (found,) = try_out(mailbox)
    return found


def test_all_is_well_and_nothing_is_sent(box: Postbox, authority: Authority) -> None:
    certificate = authority.issue("localhost")
    box.open(tls_context=server_context(*certificate), require_starttls=True)
    found = outgoing(box, smtp_host="localhost", smtp_security=Security.STARTTLS)
    assert found.is_fine
    assert found.words == "works"
    assert box.taken == []


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("localhost", {"ended": True}, "out of date"),
        ("localhost", {"by_itself": True}, "made by itself"),
        ("mail.example.com", {}, "for another name"),
    ],
)
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_certificates(
    box: Postbox, authority: Authority, name: str, options: dict[str, bool], words: str, security: str
) -> None:
    context = server_context(*authority.issue(name, **options))
    box.open(**({"ssl_context": context} if security == Security.TLS else {"tls_context": context}))
    found = outgoing(box, smtp_host="localhost", smtp_security=security)
    assert found.problem.startswith(Problem.CERTIFICATE.value)
    assert words in found.words


def test_an_unknown_authority(box: Postbox, tmp_path: Path) -> None:
    box.open(ssl_context=server_context(*Authority(tmp_path).issue("localhost")))
    found = outgoing(box, smtp_host="localhost", smtp_security=Security.TLS)
    assert "an authority that nobody here knows" in found.words


def test_a_name_nobody_has(box: Postbox) -> None:
    found = outgoing(box, smtp_host="no-such-host.invalid", smtp_port=587)
    assert found.problem == Problem.NO_SUCH_HOST.value


def test_a_closed_port(box: Postbox) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = outgoing(box, smtp_port=taken.getsockname()[1])
    assert found.problem == Problem.REFUSED.value


def test_tls_where_there_is_none(box: Postbox) -> None:
    box.open()
    found = outgoing(box, smtp_security=Security.STARTTLS)
    assert found.problem == Problem.NO_TLS.value
    Mailbox.objects.update(smtp_security=Security.TLS)
    found = outgoing(box)
    assert found.problem == Problem.NO_TLS.value


def test_a_wrong_password(box: Postbox) -> None:
    box.open(authenticator=box.check_login, auth_require_tls=False, auth_required=True)
    found = outgoing(box, smtp_user="help", smtp_password="wrong")
    assert found.problem.startswith(Problem.PASSWORD.value)
    Mailbox.objects.all().delete()
    assert outgoing(box, smtp_user="help", smtp_password="right").is_fine


def test_a_sender_that_is_not_let_through(box: Postbox) -> None:
    box.sender = "help@example.com|553 5.7.1 not owned by user"
    box.open()
    found = outgoing(box)
    assert found.problem.startswith(f"{Problem.SENDER.value}: 553")
    assert "not owned by user" in found.words


def test_a_server_that_is_none(box: Postbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        mailbox_at(box, intake=Intake.NONE, smtp_port=server.getsockname()[1])
        hurry = connection_check.HURRY
        try:
            connection_check.HURRY = type(hurry)(connect_seconds=0.3, command_seconds=0.3)
            found = outgoing(box)
        finally:
            connection_check.HURRY = hurry
    assert found.problem == Problem.NO_ANSWER.value


def test_a_folder_that_is_not_there_lists_those_that_are(dovecot: Dovecot) -> None:
    mailbox = Mailbox.objects.create(
        name="Help", address="help@example.com", imap_host="127.0.0.1", imap_port=dovecot.port,
        imap_security=Security.NONE, imap_user="help", imap_password=PASSWORD, imap_folder="Inbx",
    )  # fmt: skip
    (found,) = try_out(mailbox)
    assert found.problem == Problem.FOLDER.value
    assert "INBOX" in found.words
    mailbox.imap_folder = "INBOX"
    assert [each.is_fine for each in try_out(mailbox)] == [True]
    mailbox.imap_password = "wrong"
    assert try_out(mailbox)[0].problem.startswith(Problem.PASSWORD.value)


def test_imap_certificates(authority: Authority) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hallom-dovecot-"))
    folder.chmod(0o755)
    certificate, key = (Path(path) for path in authority.issue("localhost", ended=True))
    shutil.copy(certificate, folder / "cert.pem")
    shutil.copy(key, folder / "key.pem")
    from tests.telephony.house import free_ports

    port, tls_port = free_ports(2)
    server = Dovecot(folder, port, tls_port=tls_port, certificate=(folder / "cert.pem", folder / "key.pem"))
    server.add_user("help")
    try:
        server.start()
        mailbox = Mailbox.objects.create(
            name="Help", address="help@example.com", imap_host="localhost", imap_port=tls_port,
            imap_security=Security.TLS, imap_user="help", imap_password=PASSWORD,
        )  # fmt: skip
        assert "out of date" in try_out(mailbox)[0].words
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_mail_goes_over_tls(box: Postbox, authority: Authority, security: str) -> None:
    context = server_context(*authority.issue("localhost"))
    box.open(
        **(
            {"ssl_context": context}
            if security == Security.TLS
            else {"tls_context": context, "require_starttls": True}
        )
    )
    mailbox_at(box, smtp_host="localhost", smtp_security=security)
    message = posted("carla@example.org")
    with post():
        assert settled(message).state == SendState.SENT
    assert box.count().total() == 1


def test_no_mail_goes_to_a_server_that_cannot_prove_who_it_is(box: Postbox, authority: Authority) -> None:
    box.open(tls_context=server_context(*authority.issue("mail.example.com")))
    mailbox = mailbox_at(
        box, smtp_host="localhost", smtp_security=Security.STARTTLS, smtp_user="help", smtp_password="right"
    )
    message = posted("carla@example.org")
    with post():
        state = until(lambda: MailboxState.objects.filter(mailbox=mailbox).exclude(send_problem="").first())
    assert state.send_problem.startswith(Problem.CERTIFICATE.value)
    assert OutgoingMail.objects.get(message=message).state == SendState.WAITING
    assert box.taken == []
    assert box.users == []
