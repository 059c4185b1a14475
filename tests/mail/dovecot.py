"""A real IMAP server of one's own: Dovecot without privileges, on a free port of loopback, with its state in one folder."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PASSWORD = "right-password"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
ssl = {ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
{certificate}
{extra}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
imap_capability = {capability}
"""


class Dovecot:
    def __init__(
        self, folder: Path, port: int, *, tls_port: int = 0, certificate: tuple[Path, Path] | None = None
    ) -> None:
        self.folder, self.port, self.tls_port = folder, port, tls_port
        self._certificate = certificate
        self.capability = ""
        self.extra = ""
        who = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._user, self._uid, self._gid = who.pw_name, who.pw_uid, who.pw_gid
        self._popen: subprocess.Popen[bytes] | None = None
        self.users: dict[str, str] = {}

    def add_user(self, name: str, password: str = PASSWORD) -> None:
        self.users[name] = password
        lines = "".join(f"{user}:{secret}::::::\n" for user, secret in self.users.items())
        (self.folder / "passwd").write_text(lines)

    def start(self) -> None:
        group = subprocess.run(
            ["id", "-gn", self._user], capture_output=True, text=True, check=True
        ).stdout.strip()
        ssl = "yes" if self._certificate else "no"
        files = self._certificate or (Path(), Path())
        certificate = f"ssl_cert = <{files[0]}\nssl_key = <{files[1]}" if self._certificate else ""
        (self.folder / "passwd").touch()
        (self.folder / "dovecot.conf").write_text(
            CONFIG.format(
                folder=self.folder, user=self._user, group=group, uid=self._uid, gid=self._gid, port=self.port,
                tls_port=self.tls_port, ssl=ssl, certificate=certificate, capability=self.capability, extra=self.extra,
            )
        )  # fmt: skip
        if os.geteuid() == 0:
            shutil.chown(self.folder, self._uid, self._gid)
            for path in self.folder.rglob("*"):
                shutil.chown(path, self._uid, self._gid)
        privileges: dict[str, Any] = (
            {"user": self._uid, "group": self._gid, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        with open(self.folder / "dovecot.err", "ab") as errors:
            self._popen = subprocess.Popen(
                [program, "-F", "-c", str(self.folder / "dovecot.conf")],
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                **privileges,
            )
        until(self._answers, seconds=20, what=self.log)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """SIGKILL takes its sessions with it, as when the machine goes down."""
        if self._popen is None:
            return
        if how == signal.SIGKILL:
            os.killpg(self._popen.pid, how)
        else:
            self._popen.send_signal(how)
        self._popen.wait(20)
        self._popen = None
        (self.folder / "run" / "master.pid").unlink(missing_ok=True)

    def restart(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        self.stop(how=how)
        self.start()

    def number_anew(self, user: str) -> None:
        """The server loses its index: UIDVALIDITY and all UIDs change, the mails stay."""
        self.stop()
        for path in (self.folder / "mail" / user).rglob("dovecot*"):
            if path.is_file():
                path.unlink()
        # UIDVALIDITY is the second in which the index is made.
        began = int(time.time())
        until(lambda: int(time.time()) > began, seconds=3)
        self.start()

    def session(self, user: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login(user, self.users[user])
        return client

    def deliver(self, user: str, raw: bytes, *, flags: str = "", folder: str = "INBOX") -> None:
        client = self.session(user)
        try:
            done, said = client.append(folder, flags, "", raw)  # type: ignore[arg-type]
            assert done == "OK", said
        finally:
            client.logout()

    def deliver_all(self, user: str, mails: list[bytes]) -> None:
        client = self.session(user)
        try:
            for raw in mails:
                assert client.append("INBOX", "", "", raw)[0] == "OK"  # type: ignore[arg-type]
        finally:
            client.logout()

    def count(self, user: str, criterion: str) -> int:
        client = self.session(user)
        try:
            client.select("INBOX", readonly=True)
            return len(client.search(None, criterion)[1][0].split())
        finally:
            client.logout()

    def log(self) -> str:
        paths = (self.folder / "dovecot.err", self.folder / "dovecot.log")
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in paths if path.exists())

    def _answers(self) -> bool:
        assert self._popen is not None
        assert self._popen.poll() is None, self.log()
        try:
            imaplib.IMAP4("127.0.0.1", self.port, timeout=5).logout()
        except OSError:
            return False
        return True


def until(condition: Callable[[], Any], *, seconds: float = 15.0, what: str | Callable[[], str] = "") -> Any:
    """The first true value of the condition; looked at every 10 ms."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what or condition}")
        time.sleep(0.01)
    return value
