"""HTML that costs too much is ended and reduced to its text, and nobody else waits or dies with it."""

import os
import signal
import sys

import pytest

from hallom.mail import clean_apart
from hallom.mail.clean import Clean, clean
from hallom.mail.parse import apart

MANY = "<p>Jó <b>napot</b><script>x</script></p>" * clean_apart.FEW_TAGS
ENDLESS = """
from hallom.mail import clean_apart
def clean(html, cid):
    while True:
        pass
clean_apart.clean = clean
clean_apart.CPU_SECONDS = 1
clean_apart.serve()
"""


def test_apart_or_here_makes_no_difference() -> None:
    html = (
        MANY
        + '<img src="cid:a@b"><img src="https://x.example/1.gif" width="1"><img src="https://x.example/2">'
    )
    urls = {"a@b": "/attachments/1/a.png"}
    apart = clean_apart.clean_bounded(html, urls)
    assert apart == clean(html, urls.get)
    assert (apart.remote_images, apart.trackers) == (1, 1)
    assert 'src="/attachments/1/a.png"' in apart.html


def test_html_of_a_few_tags_is_cleaned_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_apart.CLEANER, "clean", None)
    assert clean_apart.clean_bounded("<p>x<script>y</script></p>", {}) == Clean("<p>x</p>")


def test_what_does_not_end_is_ended_and_its_text_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    child = clean_apart.Cleaner()
    monkeypatch.setattr(clean_apart.Cleaner, "command", [sys.executable, "-c", ENDLESS])
    try:
        done = child.clean("<p>the words</p>", {})
        assert (done.is_reduced, "the words" in done.html, "<script" in done.html) == (True, True, False)
    finally:
        child.close()


def test_a_process_that_was_killed_is_replaced() -> None:
    child = clean_apart.Cleaner()
    try:
        assert not child.clean(MANY, {}).is_reduced
        assert child.process is not None
        first = child.process
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert not child.clean(MANY, {}).is_reduced
        assert child.process is not first
    finally:
        child.close()


def test_reading_and_making_harmless_together_cost_a_mail_5_seconds_at_most() -> None:
    assert apart.CPU_SECONDS + clean_apart.CPU_SECONDS <= 5
