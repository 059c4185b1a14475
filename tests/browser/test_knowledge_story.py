"""What one writes down once is found by another while he answers: by keyboard alone, with its picture, in the customer's
language; what is for colleagues only never goes to a customer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import browsers
from tests.browser.conftest import SCREENSHOTS
from tests.browser.post import Post, letter, opened
from tests.browser.running import Running
from tests.browser.test_mail_story import COPIED, ORGANISATION, TAMARA, TEAM, editor, open_ticket, ticket_of
from tests.mail.conftest import need_dovecot

AGENT, EDITOR = "nora", "marta"
WORD = f"zafírkapu{uuid4().hex[:6]}"
TITLE, TEXT = f"A {WORD} lámpája", "Ha kéken villog, nyomja meg a hátulját."
FOR_COLLEAGUES = "Elakadt csomag: kit hívunk és mit mondunk"


@pytest.fixture(scope="module")
def post(running: Running) -> Iterator[Post]:
    need_dovecot()
    with opened(running) as post:
        post.set_up(team=TEAM, organisation=ORGANISATION, people=[("Kőris Tamara", TAMARA)])
        yield post


def go_to(page: Page, key: str, wanted: Locator, most: int = 90) -> None:
    for _ in range(most):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError("cannot be reached by keyboard")


def test_an_article_is_written_and_put_into_an_answer(
    running: Running, post: Post, sign_in: Callable[..., Page]
) -> None:
    write_article(sign_in(EDITOR, language="hu", size=(1280, 720)))
    mail = letter(f"Kőris Tamara <{TAMARA}>", f"Kék fény {WORD}", "Jó napot! Kéken villog, mit tegyek?\n")
    post.arrive(mail)
    ticket = ticket_of(post, mail)
    page = sign_in(AGENT, size=(1280, 720))
    page.wait_for_load_state("networkidle")
    open_ticket(page, ticket)
    link_in_note(page)
    answer(page)
    before = len(post.box.taken)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer .undo")).to_be_visible()
    sent = post.sent_to(TAMARA, after=before)
    markup = sent.mail.get_body(("html",))
    assert markup is not None
    assert TEXT in markup.get_content()
    assert FOR_COLLEAGUES.encode() not in sent.raw
    assert "/knowledge/" not in markup.get_content()
    image = next(part for part in sent.mail.walk() if part.get_content_type() == "image/png")
    assert f"cid:{str(image['Content-ID']).strip('<>')}" in markup.get_content()
    assert image.get_content().startswith(b"\x89PNG")


def write_article(page: Page) -> None:
    """From the list, by keys; the picture comes from the clipboard."""
    page.goto(page.url.rstrip("/") + "/knowledge/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("c")
    title = page.locator("input[name=title_hu]")
    expect(title).to_be_visible()
    go_to(page, "Tab", page.locator("select[name=state]"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    go_to(page, "Tab", title)
    page.keyboard.type(TITLE)
    text = page.locator("#text-hu .ProseMirror")
    expect(text).to_be_visible()
    go_to(page, "Tab", text)
    page.keyboard.type(TEXT)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(COPIED)
    page.keyboard.press("Control+v")
    expect(text.locator(".shot img")).to_be_visible()
    assert not browsers.violations(page)
    page.screenshot(path=str(SCREENSHOTS / "knowledge-writing.png"))
    go_to(page, "Tab", page.locator(".form-actions button"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    shown = page.locator(".prose img")
    expect(shown).to_be_visible()
    assert shown.evaluate("one => one.decode().then(() => one.naturalWidth)") == 60
    assert not browsers.violations(page)
    page.screenshot(path=str(SCREENSHOTS / "knowledge-reading.png"))


def link_in_note(page: Page) -> None:
    page.keyboard.press("n")
    expect(page.locator("#composer form.noting .ProseMirror")).to_be_visible()
    page.keyboard.type("/elakadt csomag kit")
    choose(page, FOR_COLLEAGUES)
    expect(editor(page).get_by_role("link", name=FOR_COLLEAGUES)).to_be_visible()
    page.keyboard.press("Control+Enter")
    link = page.locator("#stream .msg.note").get_by_role("link", name=FOR_COLLEAGUES)
    expect(link).to_have_attribute("href", re.compile(r"/knowledge/\d+/$"))


def answer(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("r")
    expect(page.locator("#composer form[data-kind=public] .ProseMirror")).to_be_visible()
    page.keyboard.type("/elakadt csomag kit")
    expect(page.get_by_role("option", name=FOR_COLLEAGUES)).to_have_count(0)
    for _ in "/elakadt csomag kit":
        page.keyboard.press("Backspace")
    page.keyboard.type(f"/{WORD} lampaja")
    page.screenshot(path=str(SCREENSHOTS / "knowledge-offered.png"))
    choose(page, TITLE)
    expect(editor(page)).to_contain_text(TEXT)
    expect(editor(page).locator(".shot img")).to_be_visible()
    page.screenshot(path=str(SCREENSHOTS / "knowledge-answer.png"))


def choose(page: Page, title: str) -> None:
    wanted = page.get_by_role("option").filter(has_text=title)
    expect(wanted.first).to_be_visible()
    for _ in range(10):
        if wanted.first.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
