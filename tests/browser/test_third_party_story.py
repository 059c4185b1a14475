"""Somebody who is not the customer is asked: his answer comes to the ticket, and neither of the two ever reads the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.post import Post, letter, opened
from tests.browser.running import Running
from tests.browser.test_mail_story import (
    AGENT,
    CANARY,
    DISTURBED_AFTER_MS,
    ORGANISATION,
    TAMARA,
    TEAM,
    editor,
    open_ticket,
    stream,
    ticket_of,
    write_note,
)
from tests.mail.conftest import need_dovecot

SUPPLIER = "szerviz@beszallito.pelda.hu"
ASKED, TOLD = "Kérjük a modem bevizsgálását.", "A tápegysége hibás, belső ár 2100 forint."
ANSWERED = "Kedves Tamara, kicseréljük a tápegységet."


@pytest.fixture(scope="module")
def post(running: Running) -> Iterator[Post]:
    need_dovecot()
    with opened(running) as post:
        post.set_up(team=TEAM, organisation=ORGANISATION, people=[("Kőris Tamara", TAMARA)])
        yield post


def words(mail: EmailMessage) -> str:
    return "".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")


def test_a_third_partys_answer_stays_apart(
    running: Running, post: Post, sign_in: Callable[..., Page]
) -> None:
    subject = f"Recseg a vonal {uuid4().hex[:6]}"
    mail = letter(f"Kőris Tamara <{TAMARA}>", subject, "Jó napot! Recseg a modem.\n")
    post.arrive(mail)
    ticket = ticket_of(post, mail)
    page = sign_in(AGENT)
    page.wait_for_load_state("networkidle")
    open_ticket(page, ticket)
    write_note(page)
    to_supplier = forward(page, post)
    assert ASKED in words(to_supplier)
    assert "Recseg a modem" in words(to_supplier)
    assert CANARY not in words(to_supplier)

    reply = letter(
        f"Szerviz <{SUPPLIER}>", f"Re: {to_supplier['Subject']}", TOLD, answers=to_supplier["Message-ID"]
    )
    post.arrive(reply)
    shown = stream(page, TOLD)
    expect(shown).to_be_visible(timeout=DISTURBED_AFTER_MS)
    expect(shown).to_contain_text(SUPPLIER)
    assert post.fate(reply["Message-ID"])["ticket_id"] == ticket["id"]
    page.screenshot(path=str(SCREENSHOTS / "third-party.png"))

    to_customer = answer(page, post)
    assert ANSWERED in words(to_customer)
    assert "Recseg a modem" in words(to_customer)
    for secret in (TOLD, ASKED, SUPPLIER, CANARY):
        assert secret not in to_customer.as_string()
        assert secret not in words(to_customer)
    assert reply["Message-ID"] not in str(to_customer["References"])


def forward(page: Page, post: Post) -> EmailMessage:
    before = len(post.box.taken)
    stream(page, "Recseg a modem").get_by_role("button", name="Forward").click()
    to = page.locator("#composer input[name=to]")
    expect(page.locator("#composer .aside-hint")).to_be_visible()
    page.locator("#composer .to input:not([type=hidden])").last.press_sequentially(f"{SUPPLIER},")
    expect(to).to_have_value(re.compile(re.escape(SUPPLIER)))
    editor(page).click()
    page.keyboard.type(ASKED)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer .undo")).to_be_visible()
    return post.sent_to(SUPPLIER, after=before).mail


def answer(page: Page, post: Post) -> EmailMessage:
    before = len(post.box.taken)
    page.keyboard.press("Tab")
    page.keyboard.press("r")
    to = page.locator("#composer input[name=to]")
    expect(to).to_have_value(re.compile(re.escape(TAMARA)))
    expect(to).not_to_have_value(re.compile(re.escape(SUPPLIER)))
    page.keyboard.type(ANSWERED)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer .undo")).to_be_visible()
    return post.sent_to(TAMARA, after=before).mail
