"""Many tickets of the list at once, by keyboard; and what unfolds beside a ticket comes into sight."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import browsers
from tests.browser.running import Running

SMALL = (1280, 720)


def test_tickets_are_ticked_by_key_and_what_will_happen_is_read_first(
    running: Running, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("nora", size=SMALL)
    page.goto(f"{running.url}/tickets/?order=number")
    boxes, bar = page.locator(".pick input[name=number]"), page.locator("#bulk")
    expect(bar).to_be_hidden()
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(bar.locator("output")).to_have_text("2")
    assert [box.is_checked() for box in boxes.all()[:3]] == [True, True, False]
    every = page.get_by_label("Choose all on this page")
    assert every.evaluate("box => box.indeterminate")
    # What changes meanwhile in the list takes no tick away.
    with page.expect_response("**/tickets/?order=number"):
        page.evaluate("document.getElementById('rows').dispatchEvent(new Event('live'))")
    expect(page.locator(".pick input[name=number]:checked")).to_have_count(2)
    every.check()
    expect(bar.locator("output")).to_have_text(str(boxes.count()))
    every.uncheck()
    expect(bar).to_be_hidden()
    boxes.first.check()
    bar.get_by_label("What to do", exact=True).select_option(label="Új kiszállítás")
    bar.get_by_label("all that these filters find").check()
    assert not browsers.violations(page)
    bar.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("heading", name="Új kiszállítás")).to_be_visible()
    expect(page.locator("main .acts").first).to_contain_text("answers with")
    expect(page.get_by_role("button", name="Do it")).to_be_focused()
    assert not browsers.violations(page)
    page.get_by_role("link", name="Cancel").click()
    expect(page).to_have_url(f"{running.url}/tickets/?order=number")


def test_beside_a_ticket_a_key_unfolds_what_else_there_is(
    running: Running, sign_in: Callable[..., Page]
) -> None:
    rows = running.query(
        "SELECT number FROM tickets_ticket WHERE subject = 'Nem érkezett meg a cserekészülék'"
    )
    page = sign_in("nora", size=SMALL)
    page.goto(f"{running.url}/tickets/{rows[0]['number']}/")
    page.keyboard.press("f")
    expect(page.locator("#ticket-aside h2").first).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Steps")).to_be_in_viewport()
    expect(page.locator("#more-about summary")).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator("#menu-status button").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#menu-status button").first).to_be_focused()
