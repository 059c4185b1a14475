"""The post is killed again and again: no mail is lost, and only those that are flagged may have gone twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from hallom.mail.models import OutgoingMail, SendState
from hallom.tickets.models import Message, Ticket
from tests.mail.postbox import Postbox, until
from tests.mail.posting import OPEN, mailbox_at, posted

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("HALLOM_CRASH_ROUNDS", "60"))
MAILS_A_ROUND = 4
SEED = 20260716
# Long enough that a good part of the kills falls into the handing over.
LONGEST_ANSWER_SECONDS = 0.03
LONGEST_LIFE_SECONDS = 0.25


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_posts_lose_nothing_and_double_only_what_they_flag() -> None:
    chance = random.Random(SEED)
    box = Postbox(answer_after=lambda: chance.uniform(0, LONGEST_ANSWER_SECONDS)).open()
    mailbox_at(box)
    ticket = Ticket.open("No internet", by=None, now=timezone.now())
    found = {SendState.SENDING: 0, SendState.HANDING_OVER: 0}
    with _nursery() as nursery:
        for round_number in range(ROUNDS):
            for number in range(MAILS_A_ROUND):
                posted(f"c{round_number}-{number}@example.org", ticket=ticket)
            before = box.connections
            child = nursery.post()
            until(lambda before=before: box.connections > before, what="the post has begun")
            # Not waited for anything: the moment of the kill is the point.
            sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
            os.kill(child, signal.SIGKILL)
            nursery.gone(child)
            for state in found:
                found[state] += OutgoingMail.objects.filter(state=state).count()
        last = nursery.post()
        until(
            lambda: not OutgoingMail.objects.filter(state__in=OPEN).exists(), seconds=60, what="all is sent"
        )
        os.kill(last, signal.SIGKILL)
        nursery.gone(last)
    box.close()
    _check(box)
    assert all(found.values()), f"no kill hit anything: {found}"


def _check(box: Postbox) -> None:
    mails = list(OutgoingMail.objects.all())
    taken = box.count()
    assert len(mails) == ROUNDS * MAILS_A_ROUND
    assert {mail.state for mail in mails} == {SendState.SENT}
    assert set(taken) == {mail.identifier for mail in mails}
    twice = {mail.identifier for mail in mails if taken[mail.identifier] > 1}
    flagged = {mail.identifier for mail in mails if mail.maybe_twice}
    assert twice <= flagged
    assert flagged, "no kill fell into the handing over"
    assert set(Message.objects.values_list("delivery", flat=True)) == {"sent"}


class Nursery:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def post(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("post\n")
        self._process.stdin.flush()
        return int(self._line())

    def gone(self, child: int) -> None:
        """The nursery does not wait for its children: a killed one stays as a zombie, with nothing open any more."""
        until(lambda: _is_zombie(child), what="the killed post is gone")

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _is_zombie(child: int) -> bool:
    try:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@contextmanager
def _nursery() -> Iterator[Nursery]:
    given = connection.get_connection_params()
    conninfo = " ".join(
        f"{key}='{given[key]}'" for key in ("host", "port", "user", "password", "dbname") if given.get(key)
    )
    environment = {**os.environ, "DATABASE_URL": conninfo, "HALLOM_DATA": str(settings.HALLOM_DATA)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mail.post_process"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        nursery = Nursery(process)
        assert nursery._line() == "ready"
        yield nursery
    finally:
        process.kill()
        process.communicate()
