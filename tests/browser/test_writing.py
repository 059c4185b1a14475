"""An agent writes: a note, an answer that is called back, a draft on two devices, and something newer in between."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.conftest import SCREENSHOTS
from tests.browser.running import Running

AGENT = "nora"
COLLEAGUE = "gergo"
SUBJECT = "Nem érkezett meg a cserekészülék"
# A mailbox that sends, to a port where nobody listens: what is sent here waits or is called back.
MAILBOX = (
    "import django; django.setup()\n"
    "from hallom.mail.models import Mailbox\n"
    "box = Mailbox.objects.first() or Mailbox(name='Help', address='help@example.com')\n"
    "box.smtp_host, box.smtp_port, box.is_active = '127.0.0.1', 1, True\n"
    "box.save()\n"
)


@pytest.fixture
def number(running: Running) -> int:
    rows: list[dict[str, Any]] = running.query(
        "SELECT number, id FROM tickets_ticket WHERE subject = %s", SUBJECT
    )
    running.command("-c", MAILBOX)
    running.query("DELETE FROM tickets_draft WHERE ticket_id = %s", rows[0]["id"])
    return int(rows[0]["number"])


def opened(page: Page, running: Running, number: int, query: str = "") -> Page:
    page.goto(f"{running.url}/tickets/{number}/{query}")
    expect(page.locator("#composer .ProseMirror")).to_be_visible(timeout=15_000)
    return page


def editor(page: Page) -> Any:
    return page.locator("#composer .ProseMirror")


def test_a_note_is_written_by_key(running: Running, sign_in: Callable[..., Page], number: int) -> None:
    page = opened(sign_in(AGENT), running, number)
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator("#composer form.noting")).to_be_visible()
    words = f"The courier stood in the next street {time.time_ns()}"
    page.keyboard.type(words)
    page.screenshot(path=str(SCREENSHOTS / "ticket-note.png"))
    assert not browsers.violations(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#stream .msg.note", has_text=words)).to_be_visible()
    expect(editor(page)).to_have_text("")


def test_an_answer_is_called_back(running: Running, sign_in: Callable[..., Page], number: int) -> None:
    page = opened(sign_in(AGENT), running, number, "?write=public")
    expect(page.locator("#composer input[name=to]")).not_to_have_value("")
    editor(page).click()
    words = f"Dear Katalin, it comes tomorrow: {time.time_ns()}"
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    bar = page.locator("#composer .undo")
    expect(bar).to_be_visible()
    expect(page.locator("#stream .msg.ours", has_text=words)).to_be_visible()
    page.screenshot(path=str(SCREENSHOTS / "ticket-undo.png"))
    assert not browsers.violations(page)
    page.locator("h1").click()
    page.keyboard.press("z")
    expect(editor(page)).to_have_text(words)
    expect(page.locator("#stream .msg.ours", has_text=words)).to_have_count(0)


def test_what_is_called_back_is_sent_again_by_key_as_it_was_wanted(
    running: Running, sign_in: Callable[..., Page], number: int
) -> None:
    page = opened(sign_in(AGENT), running, number, "?write=public")
    page.locator("#composer [data-unfold]").click()
    page.keyboard.type("cc@example.org,")
    signature = page.locator("#composer select[name=signature]")
    signature.select_option("none")
    editor(page).click()
    words = f"Dear Katalin, tomorrow more: {time.time_ns()}"
    page.keyboard.type(words)
    page.get_by_role("button", name="Send later").click()
    page.get_by_role("button", name="In an hour").click()
    undo = page.locator("#composer .undo")
    expect(undo).to_be_visible(timeout=15_000)
    page.locator("h1").click()
    page.keyboard.press("z")
    expect(undo).to_have_count(0, timeout=15_000)
    expect(editor(page)).to_have_text(words)
    expect(editor(page)).to_be_focused()
    expect(page.locator("#composer input[name=cc]")).to_have_value("cc@example.org")
    expect(signature).to_have_value("none")
    chosen = page.locator("#composer button[data-chosen]")
    expect(chosen).to_contain_text("Ctrl")
    page.screenshot(path=str(SCREENSHOTS / "ticket-undone-later.png"))
    assert not browsers.violations(page)
    page.keyboard.press("Control+Enter")
    expect(undo).to_contain_text("The answer leaves", timeout=15_000)
    rows = running.query("SELECT send_at - at AS wait, cc FROM tickets_message WHERE body = %s", words)
    assert [row["cc"][0]["address"] for row in rows] == ["cc@example.org"]
    assert rows[0]["wait"].total_seconds() > 3000


def test_an_answer_and_a_note_are_two_texts(
    running: Running, sign_in: Callable[..., Page], number: int
) -> None:
    page = opened(sign_in(AGENT), running, number, "?write=public")
    editor(page).click()
    page.keyboard.type("For the customer")
    page.locator("h1").click()
    page.keyboard.press("n")
    page.keyboard.type("For colleagues")
    expect(editor(page)).to_have_text("For colleagues")
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(editor(page)).to_have_text("For the customer")
    page.keyboard.press("n")
    expect(editor(page)).to_contain_text("For the customer")


def test_a_draft_is_there_on_another_device(
    running: Running, sign_in: Callable[..., Page], number: int
) -> None:
    page = opened(sign_in(AGENT), running, number, "?write=public")
    editor(page).click()
    page.keyboard.type("Half a sentence")
    expect(page.locator("#composer [data-saved]")).to_be_visible()
    other = opened(sign_in(AGENT), running, number)
    expect(editor(other)).to_have_text("Half a sentence")


def test_something_newer_stops_the_answer(
    running: Running, sign_in: Callable[..., Page], number: int
) -> None:
    page = opened(sign_in(AGENT), running, number, "?write=public")
    editor(page).click()
    words = f"Dear Katalin: {time.time_ns()}"
    page.keyboard.type(words)
    other = opened(sign_in(COLLEAGUE), running, number, "?write=note")
    editor(other).click()
    news = f"She has called: it has come {time.time_ns()}"
    other.keyboard.type(news)
    other.keyboard.press("Control+Enter")
    expect(page.locator("#stream .msg.note", has_text=news)).to_be_visible()
    expect(editor(page)).to_have_text(words)
    editor(page).click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer .newer")).to_contain_text("Internal note by")
    expect(editor(page)).to_have_text(words)
    page.screenshot(path=str(SCREENSHOTS / "ticket-newer.png"))
    assert not browsers.violations(page)
    page.get_by_role("button", name="Send anyway").click()
    expect(page.locator("#stream .msg.ours", has_text=words)).to_be_visible()


def test_people_are_chips_that_the_keyboard_adds_and_takes_away(
    running: Running, sign_in: Callable[..., Page], number: int
) -> None:
    page = opened(sign_in(AGENT), running, number, "?write=public")
    field, box = page.locator("#composer input[name=to]"), page.locator("#composer .to hallom-people")
    first = field.input_value()
    expect(box.locator(".chip")).to_have_count(1)
    box.get_by_role("textbox").focus()
    page.keyboard.type('dan@example.org,"Nowak, Ewa" <ewa@example.org>;')
    expect(box.locator(".chip")).to_have_text([first, "dan@example.org", "Nowak, Ewa"])
    expect(field).to_have_value(f'{first}, dan@example.org, "Nowak, Ewa" <ewa@example.org>')
    page.keyboard.press("Backspace")
    page.keyboard.press("ArrowLeft")
    expect(box.get_by_role("button", name="dan@example.org")).to_be_focused()
    page.screenshot(path=str(SCREENSHOTS / "ticket-people.png"))
    assert not browsers.violations(page)
    page.keyboard.press("Delete")
    expect(field).to_have_value(f'{first}, "Nowak, Ewa" <ewa@example.org>')
    page.locator("#composer [data-unfold]").click()
    page.keyboard.type("cc@example.org")
    page.keyboard.press("Tab")
    expect(page.locator("#composer input[name=cc]")).to_have_value("cc@example.org")
    expect(page.locator("#composer select[name=signature]")).to_be_visible()
    expect(page.locator("#composer .saved")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
