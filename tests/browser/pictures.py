"""Makes the pictures of the guides, docs/screenshots/, from a fresh demo house: `python -m tests.browser.pictures [name …]`.

Needs what the browser tests need (Chromium) and takes some minutes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import browsers, telephone_pictures
from tests.browser.running import Running

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SIZE = (1280, 720)
# Few enough for 200 kB, enough for the page's quiet colours.
COLOURS = 200
COMES_MS = 15_000
AGENT, SUPERVISOR = "nora", "marta"
PARCEL, TWICE, TO_MERGE = (
    "Nem érkezett meg a cserekészülék", "Dupla levonás a júliusi számlán", "Számlát kérek új címre",
)  # fmt: skip
ANSWER = "Kedves Bence! A visszautalást ma elindítottuk, három munkanapon belül megérkezik."
NOTE_BY_COLLEAGUE = "A bank visszaigazolta: a kereskedőnek már nincs dolga vele."


class Studio:
    def __init__(self, running: Running, browser: Browser) -> None:
        self.running, self.browser = running, browser

    def page(
        self, name: str, *, language: str = "en", theme: str = "light", size: tuple[int, int] = SIZE
    ) -> Page:
        """Signed in, at the desk."""
        self.running.query(
            "UPDATE staff_user SET language = %s, theme = %s WHERE username = %s", language, theme, name
        )
        page = browsers.person(self.browser, language=language, theme=theme, size=size).new_page()
        page.goto(self.running.login_url(name))
        page.locator("form.form button.go").click()
        page.wait_for_url(f"{self.running.url}/**")
        return page

    def ticket(self, page: Page, subject: str, rest: str = "") -> None:
        number = self.running.query("SELECT number FROM tickets_ticket WHERE subject = %s", subject)[0][
            "number"
        ]
        page.goto(f"{self.running.url}/tickets/{number}/{rest}")
        page.wait_for_load_state("networkidle")

    def keep(self, page: Page, name: str) -> None:
        page.mouse.move(0, 0)
        # The telephone and the queues come after the page.
        if page.locator("#strip").count():
            expect(page.locator("#strip .q").first).to_be_attached(timeout=COMES_MS)
        page.wait_for_timeout(400)
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)
        print(f"{name}.png {(FOLDER / f'{name}.png').stat().st_size // 1000} kB")
        page.context.close()
        # What was being written in one picture does not stand in the next.
        self.running.query("DELETE FROM tickets_draft")


def editor(page: Page) -> None:
    page.locator("#composer .ProseMirror").first.click()


def ticket(studio: Studio) -> None:
    page = studio.page(AGENT)
    studio.ticket(page, PARCEL)
    studio.keep(page, "ticket")


def listing(studio: Studio) -> None:
    page = studio.page(AGENT)
    page.goto(f"{studio.running.url}/tickets/")
    page.locator("#views span").first.wait_for()
    for place in (0, 2):
        page.locator("#rows input[type=checkbox]").nth(place).check()
    page.locator("#bulk").wait_for()
    studio.keep(page, "ticket-list")


def macro(studio: Studio) -> None:
    page = studio.page(AGENT)
    studio.ticket(page, PARCEL)
    editor(page)
    page.keyboard.type("/kiszáll")
    page.get_by_role("option").filter(has_text="Új kiszállítás").last.click()
    page.locator("[data-macros] *").first.wait_for()
    studio.keep(page, "macro")


def note(studio: Studio) -> None:
    page = studio.page(AGENT)
    studio.ticket(page, PARCEL)
    page.keyboard.press("n")
    page.locator("form.composer.noting .ProseMirror").click()
    page.keyboard.type("A futár a szomszédnál hagyta a csomagot. ")
    page.keyboard.type("@Tak")
    page.get_by_role("option").first.click()
    page.keyboard.type(" kérlek, nézz rá a futár számlájára.")
    studio.keep(page, "internal-note")


def newer(studio: Studio) -> None:
    page, colleague = studio.page(AGENT), studio.page(SUPERVISOR)
    for one in (page, colleague):
        studio.ticket(one, TWICE)
    editor(page)
    page.keyboard.type(ANSWER)
    colleague.keyboard.press("n")
    colleague.locator("form.composer.noting .ProseMirror").click()
    colleague.keyboard.type(NOTE_BY_COLLEAGUE)
    colleague.keyboard.press("Control+Enter")
    colleague.get_by_text(NOTE_BY_COLLEAGUE).first.wait_for()
    colleague.context.close()
    page.get_by_text(NOTE_BY_COLLEAGUE).first.wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("#composer .newer").wait_for()
    studio.keep(page, "newer")


def undo(studio: Studio) -> None:
    page = studio.page(AGENT)
    studio.ticket(page, "Technikus időpontja nem jó")
    editor(page)
    page.keyboard.type("Kedves Éva! Csütörtök délutánra tettük át a technikust ")
    page.keyboard.type("<3")
    page.keyboard.press("Control+Enter")
    page.locator("form.undo").wait_for()
    studio.keep(page, "undo")


def merge(studio: Studio) -> None:
    page = studio.page(SUPERVISOR)
    numbers = [
        studio.running.query("SELECT number FROM tickets_ticket WHERE subject = %s", subject)[0]["number"]
        for subject in (TO_MERGE, TWICE)
    ]
    page.goto(f"{studio.running.url}/tickets/{numbers[0]}/merge/?target={numbers[1]}")
    studio.keep(page, "merge")


def mailbox(studio: Studio) -> None:
    page = studio.page(telephone_pictures.ADMINISTRATOR)
    page.goto(f"{studio.running.url}/settings/mailboxes/")
    page.locator("a.main[href^='/settings/mailboxes/']").first.click()
    page.get_by_role("button", name="Test connection").wait_for()
    studio.keep(page, "mailbox")


def knowledge(studio: Studio) -> None:
    page = studio.page(SUPERVISOR)
    page.goto(f"{studio.running.url}/knowledge/")
    page.locator("#rows a.main").first.wait_for()
    studio.keep(page, "knowledge")


PICTURES: dict[str, Callable[[Studio], None]] = {
    "ticket": ticket, "ticket-list": listing, "macro": macro, "internal-note": note, "newer": newer, "undo": undo,
    "merge": merge, "mailbox": mailbox, "knowledge": knowledge, **telephone_pictures.PICTURES,
}  # fmt: skip


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="hallom-pictures-") as folder, sync_playwright() as playwright:
        running = Running(Path(folder))
        try:
            running.open()
            sound = browsers.microphone(Path(folder) / "microphone.wav", 700.0)
            studio = Studio(running, browsers.launch(playwright, sound))
            for name in names or list(PICTURES):
                PICTURES[name](studio)
        finally:
            running.close()


if __name__ == "__main__":
    main(sys.argv[1:])
