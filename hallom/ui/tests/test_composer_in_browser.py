"""The composer, in Chromium: writing, choosing, files, drafts, and what the form then posts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from hallom.ui.tests.composer_stage import STAGE as COMPOSER
from hallom.ui.tests.conftest import Desk, wait_until

SHOTS = Path(__file__).parents[3] / "var" / "screenshots" / "composer"
# Listened to from before the first script of the page runs.
WATCH = """window.violated = []; addEventListener('securitypolicyviolation',
  event => window.violated.push(event.violatedDirective + ' ' + event.sourceFile + ' ' + event.sample), true);"""
FILES = """([target, kind, files, html]) => {
  const data = new DataTransfer();
  for (const [name, type, text] of files) data.items.add(new File([text], name, {type}));
  if (html) data.setData('text/html', html);
  const element = document.querySelector(target), at = element.getBoundingClientRect();
  const given = {bubbles: true, cancelable: true};
  element.dispatchEvent(kind === 'paste' ? new ClipboardEvent('paste', {...given, clipboardData: data})
    : new DragEvent('drop', {...given, dataTransfer: data, clientX: at.left + 20, clientY: at.top + 20}));
}"""


@pytest.fixture
def writing(desk: Desk) -> Iterator[Page]:
    desk.page.add_init_script(WATCH)
    page = desk.open("/compose/")
    expect(text_of(page)).to_be_visible()
    yield page
    assert page.evaluate("window.violated") == []


def text_of(page: Page) -> Locator:
    """The editor; before its script has come there is a plain textarea of the same name."""
    return page.get_by_role("textbox", name="Answer").and_(page.locator("[contenteditable]"))


def value_of(page: Page) -> str:
    return str(page.evaluate("document.querySelector('hallom-composer').value"))


def send(page: Page) -> dict[str, list[str]]:
    before = len(COMPOSER.answered)
    page.keyboard.press("Control+Enter")
    for _ in range(100):
        if len(COMPOSER.answered) > before:
            return COMPOSER.answered[-1]
        page.wait_for_timeout(50)
    raise AssertionError("nothing was sent")


def paste(
    page: Page, *files: tuple[str, str, str], html: str = "", kind: str = "paste", into: str = ".ProseMirror"
) -> None:
    page.evaluate(FILES, [into, kind, list(files), html])


def test_its_stylesheet_stays_when_it_is_exchanged(writing: Page) -> None:
    expect(writing.locator("head link[data-stays]")).to_have_count(1)
    writing.evaluate("document.querySelector('body link[data-stays]').remove()")
    expect(writing.locator("form.composer")).to_have_css("opacity", "1")
    expect(writing.locator(".ProseMirror")).to_have_css("white-space-collapse", "break-spaces")


def test_what_is_typed_is_posted_as_html(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Dear ")
    writing.keyboard.press("Control+b")
    writing.keyboard.type("Carla")
    writing.keyboard.press("Control+b")
    writing.keyboard.press("Enter")
    writing.keyboard.type("- one")
    writing.keyboard.press("Enter")
    writing.keyboard.type("two")
    writing.keyboard.press("Enter")
    writing.keyboard.press("Enter")
    writing.keyboard.type("> quoted")
    posted = send(writing)
    assert posted["body"] == [
        "<p>Dear <strong>Carla</strong></p><ul><li><p>one</p></li><li><p>two</p></li></ul>"
        "<blockquote><p>quoted</p></blockquote>"
    ]
    assert posted["body_format"] == ["html"]
    assert posted["kind"] == ["public"]
    assert "body_missing" not in posted


def test_the_toolbar_formats_and_says_what_holds(writing: Page) -> None:
    text_of(writing).click()
    writing.get_by_role("button", name="Formatting").click()
    writing.keyboard.type("now ")
    bold = writing.get_by_role("button", name="Bold")
    bold.click()
    expect(bold).to_have_attribute("aria-pressed", "true")
    writing.keyboard.type("bold")
    writing.get_by_role("button", name="Numbered list").click()
    assert value_of(writing) == "<ol><li><p>now <strong>bold</strong></p></li></ol>"


def test_a_link_is_set_by_keyboard_and_dangerous_ones_are_refused(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("see here")
    writing.keyboard.press("Control+Shift+ArrowLeft")
    writing.keyboard.press("Control+Shift+K")
    address = writing.get_by_role("textbox", name="Address")
    expect(address).to_be_focused()
    writing.keyboard.type("javascript:alert(1)")
    writing.keyboard.press("Enter")
    expect(address).to_have_attribute("aria-invalid", "true")
    address.fill("example.com/track")
    writing.keyboard.press("Enter")
    expect(text_of(writing)).to_be_focused()
    assert value_of(writing) == '<p>see <a href="https://example.com/track">here</a></p>'


def test_a_heart_takes_one_key(writing: Page) -> None:
    writing.locator("#main").focus()
    writing.keyboard.press("h")
    expect(text_of(writing)).to_be_focused()
    assert value_of(writing) == "<p>❤️</p>"
    writing.keyboard.type(" hh <3")
    writing.get_by_role("button", name="Heart").click()
    assert value_of(writing) == "<p>❤️ hh ❤️❤️</p>"
    text_of(writing).fill("Thanks")
    writing.locator(".stream").focus()
    writing.keyboard.press("h")
    assert value_of(writing) == "<p>Thanks ❤️</p>"


def test_less_than_thirty_is_no_heart(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("in <30 minutes, a<3b, <3 3")
    assert value_of(writing) == "<p>in &lt;30 minutes, a&lt;3b, ❤️ 3</p>"


def test_a_slash_between_words_offers_nothing(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Delivery / ")
    writing.wait_for_timeout(400)
    expect(writing.get_by_role("listbox")).to_have_count(0)
    writing.keyboard.type("new")
    writing.wait_for_timeout(400)
    expect(writing.get_by_role("listbox")).to_have_count(0)


def test_a_colleague_is_chosen_by_arrow_keys(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("@")
    choices = writing.get_by_role("listbox", name="Colleagues")
    expect(choices.get_by_role("option")).to_have_count(3)
    writing.keyboard.press("ArrowDown")
    chosen = choices.get_by_role("option", name="Farkas Gergő")
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert text_of(writing).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    expect(writing.locator("#announcer")).to_have_text("Choices: 3")
    writing.keyboard.press("Enter")
    writing.keyboard.type("look")
    assert value_of(writing) == '<p><span data-mention="2">@Farkas Gergő</span> look</p>'
    assert text_of(writing).get_attribute("aria-activedescendant") is None


def test_escape_closes_the_choices_and_keeps_what_was_typed(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("/")
    expect(writing.get_by_role("listbox")).to_be_visible()
    writing.keyboard.press("Escape")
    expect(writing.get_by_role("listbox")).not_to_be_visible()
    assert value_of(writing) == "<p>/</p>"


def test_a_macro_says_before_sending_what_it_will_do(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("/del")
    options = writing.get_by_role("option")
    expect(options).to_have_count(2)
    writing.keyboard.press("ArrowDown")
    writing.keyboard.press("Enter")
    chip = writing.locator(".macro")
    expect(chip).to_contain_text(
        "New delivery – on sending: tell the courier, 1 month's credit, status → Waiting"
    )
    assert value_of(writing) == "<p>A new device is on its way.</p>"
    posted = send(writing)
    assert posted["macro"] == ["m1"]


def test_a_macro_can_be_dropped_again(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("/new d")
    expect(writing.get_by_role("option")).to_have_count(1)
    writing.get_by_role("option").click()
    writing.get_by_role("button", name="Drop the macro New delivery").click()
    expect(writing.locator(".macro")).to_have_count(0)
    text_of(writing).click()
    assert "macro" not in send(writing)


def test_whoever_takes_something_away_goes_on_writing(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("/new d")
    writing.get_by_role("option").click()
    writing.get_by_role("button", name="Drop the macro New delivery").click()
    expect(text_of(writing)).to_be_focused()
    paste(writing, ("a.pdf", "application/pdf", "x"), ("b.pdf", "application/pdf", "y"), kind="drop")
    expect(writing.locator(".files li button")).to_have_count(2)
    writing.get_by_role("button", name="Remove a.pdf").click()
    expect(writing.get_by_role("button", name="Remove b.pdf")).to_be_focused()
    writing.keyboard.press("Enter")
    expect(text_of(writing)).to_be_focused()
    writing.keyboard.type(" cheers")
    expect(text_of(writing)).to_contain_text("cheers")
    expect(writing.locator("#keys")).to_be_hidden()


def test_a_missing_variable_stops_the_sending_until_it_is_filled_in(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("/delivery date")
    expect(writing.get_by_role("option")).to_have_count(1)
    writing.keyboard.press("Enter")
    expect(text_of(writing).locator("mark")).to_have_text("date of delivery")
    writing.keyboard.press("Control+Enter")
    expect(writing.locator("[data-banner]")).to_contain_text("Still missing: date of delivery.")
    assert COMPOSER.answered == []
    # The gap is selected: typing fills it in.
    writing.keyboard.type("Monday")
    posted = send(writing)
    assert posted["body"] == ["<p>We deliver on Monday.</p>"]
    assert "body_missing" not in posted


def test_a_missing_variable_may_be_sent_when_one_says_so(writing: Page) -> None:
    writing.get_by_role("button", name="Insert").click()
    text_of(writing).click()
    writing.keyboard.press("Control+End")
    writing.keyboard.type(" /delivery date")
    expect(writing.get_by_role("option")).to_have_count(1)
    writing.keyboard.press("Enter")
    expect(text_of(writing).locator("mark")).to_be_visible()
    writing.keyboard.press("Control+Enter")
    writing.get_by_role("button", name="Send anyway").click()
    wait_until(writing, "!document.querySelector('mark')")
    posted = COMPOSER.answered[-1]
    assert posted["body_missing"] == ["confirmed"]
    assert posted["body"][0].startswith("<p>Dear Carla,</p><p>thank you for your patience.")


def test_a_pasted_image_is_uploaded_and_stands_in_the_text(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("before after")
    for _ in range(5):
        writing.keyboard.press("ArrowLeft")
    wait_until(writing, "document.querySelector('hallom-composer').editor.state.selection.from === 8")
    paste(writing, ("shot.png", "image/png", "bytes"))
    expect(text_of(writing).locator("img[src]")).to_be_visible()
    assert COMPOSER.uploads == [("shot.png", "image/png", 5)]
    writing.keyboard.press("ArrowLeft")
    writing.keyboard.press("Enter")
    describe = writing.get_by_role("textbox", name="Describe the image")
    expect(describe).to_be_focused()
    writing.keyboard.type("A red light")
    writing.keyboard.press("Enter")
    expect(text_of(writing)).to_be_focused()
    assert value_of(writing) == (
        '<p>before <img data-attachment="1" src="/composer/files/1/" alt="A red light">after</p>'
    )
    assert "attachment" not in send(writing)


def test_a_dropped_image_stands_in_the_text(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Here: ")
    paste(writing, ("shot.png", "image/png", "bytes"), kind="drop")
    expect(text_of(writing).locator("img[src]")).to_be_visible()
    expect(writing.locator(".files li")).to_have_count(0)
    assert "attachment" not in send(writing)


def test_a_dropped_file_is_listed_and_can_be_removed(writing: Page) -> None:
    paste(writing, ("a.pdf", "application/pdf", "x" * 2000), ("b.txt", "text/plain", "y"), kind="drop")
    rows = writing.locator(".files li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("2 kB")
    writing.get_by_role("button", name="Remove b.txt").click()
    expect(rows).to_have_count(1)
    text_of(writing).click()
    writing.keyboard.type("Attached.")
    assert send(writing)["attachment"] == [
        str(COMPOSER.uploads.index(("a.pdf", "application/pdf", 2000)) + 1)
    ]


def test_a_file_dropped_beside_the_text_is_taken_too(writing: Page) -> None:
    paste(writing, ("a.pdf", "application/pdf", "x"), kind="drop", into="hallom-composer .tools:not(.format)")
    expect(writing.locator(".files li")).to_contain_text("a.pdf")


def test_a_file_chosen_by_button_is_attached(writing: Page) -> None:
    with writing.expect_file_chooser() as chooser:
        writing.get_by_role("button", name="Attach files").click()
    chooser.value.set_files({"name": "terms.pdf", "mimeType": "application/pdf", "buffer": b"terms"})
    expect(writing.locator(".files li")).to_contain_text("terms.pdf")


def test_a_refused_file_says_why_and_does_not_stop_the_answer(desk: Desk, writing: Page) -> None:
    COMPOSER.is_refusing = True
    text_of(writing).click()
    writing.keyboard.type("No file.")
    paste(writing, ("film.mp4", "video/mp4", "x"))
    expect(writing.locator(".files .refused")).to_contain_text("The file is larger than 25 MB.")
    assert "attachment" not in send(writing)
    desk.complaints.clear()


def test_an_answer_waits_for_its_files(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("See the file.")
    writing.route("**/composer/files/", lambda route: None)
    paste(writing, ("slow.pdf", "application/pdf", "x"))
    expect(writing.locator(".files progress")).to_be_visible()
    writing.keyboard.press("Control+Enter")
    expect(writing.locator("[data-banner]")).to_contain_text("A file is still on its way.")
    assert COMPOSER.answered == []
    writing.keyboard.type(" Now.")
    expect(writing.locator("[data-banner]")).to_be_hidden()
    writing.get_by_role("button", name="Remove slow.pdf").click()
    text_of(writing).click()
    assert send(writing)["body"] == ["<p>See the file. Now.</p>"]


def test_pasted_pages_keep_their_structure_and_lose_their_dress(writing: Page) -> None:
    text_of(writing).click()
    paste(
        writing,
        html='<style>p{color:red}</style><h1 style="color:red">Title</h1><p style=\'margin:0\' onclick="x()">Text'
        ' <b style="font-size:99px">bold</b><img src="https://tracker.example/x.gif"></p><script>bad()</script>',
    )
    assert value_of(writing) == "<p>Title</p><p>Text <strong>bold</strong></p>"


def test_an_emoji_is_found_in_any_of_the_three_languages(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Hi ")
    writing.get_by_role("button", name="Emoji").click()
    search = writing.get_by_role("searchbox", name="Search emoji")
    expect(search).to_be_focused()
    assert writing.locator(".emoji-grid button").count() > 200
    for asked, name in (("dziekuje", "folded hands"), ("köszö", ""), ("rocket", "rocket")):
        search.fill(asked)
        if name:
            expect(writing.get_by_role("button", name=name, exact=True)).to_be_visible()
    writing.keyboard.press("ArrowDown")
    expect(writing.get_by_role("button", name="rocket", exact=True)).to_be_focused()
    writing.keyboard.press("Enter")
    expect(text_of(writing)).to_be_focused()
    assert value_of(writing) == "<p>Hi 🚀</p>"
    assert COMPOSER.answered == []


def test_what_is_written_is_kept_on_the_server(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Half an answ")
    expect(writing.locator("[data-saved]")).to_have_text("Saved 10:49", timeout=5000)
    kept = COMPOSER.drafts[-1]
    assert kept["body"] == ["<p>Half an answ</p>"]
    assert (kept["revision"], kept["kind"]) == (["0"], ["public"])
    writing.keyboard.type("er")
    wait_until(writing, "document.querySelector('[name=revision]').value === '2'")
    assert [one["revision"] for one in COMPOSER.drafts] == [["0"], ["1"]]


def test_leaving_the_page_keeps_the_last_words_too(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Quickly")
    writing.click("#elsewhere")
    expect(writing.locator("h1")).to_have_text("Page 2")
    for _ in range(60):
        if COMPOSER.drafts:
            break
        writing.wait_for_timeout(50)
    assert COMPOSER.drafts[-1]["body"] == ["<p>Quickly</p>"]
    writing.wait_for_timeout(1000)
    assert len(COMPOSER.drafts) == 1


def test_a_sent_answer_is_not_kept_as_a_draft_behind_it(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Gone")
    send(writing)
    writing.wait_for_timeout(1500)
    assert COMPOSER.drafts == []


def test_an_answer_that_did_not_arrive_is_still_kept(desk: Desk, writing: Page) -> None:
    writing.route("**/answered/", lambda route: route.fulfill(status=503, body="busy"))
    text_of(writing).click()
    writing.keyboard.type("Hard work")
    writing.keyboard.press("Control+Enter")
    wait_until(writing, "document.querySelector('[name=revision]').value === '1'")
    assert COMPOSER.drafts[-1]["body"] == ["<p>Hard work</p>"]
    assert value_of(writing) == "<p>Hard work</p>"
    desk.complaints.clear()


def test_a_newer_text_of_another_device_is_offered_and_can_be_loaded(desk: Desk, writing: Page) -> None:
    COMPOSER.newer = {
        "revision": 7,
        "saved_at": "2026-07-18T11:02:00+02:00",
        "kind": "note",
        "html": "<p>From the <strong>telephone</strong></p>",
        "attachments": [{"id": "4", "name": "photo.jpg", "size": 100, "url": "/composer/files/4/"}],
    }
    text_of(writing).click()
    writing.keyboard.type("Mine")
    banner = writing.locator("[data-banner]")
    expect(banner).to_contain_text("A newer text was saved on another device at", timeout=5000)
    writing.get_by_role("button", name="Load it").click()
    assert value_of(writing) == "<p>From the <strong>telephone</strong></p>"
    expect(writing.locator(".files li")).to_contain_text("photo.jpg")
    text_of(writing).click()
    posted = send(writing)
    assert (posted["revision"], posted["attachment"]) == (["7"], ["4"])
    # A note over there must not become an answer here.
    assert posted["kind"] == ["note"]
    desk.complaints.clear()


def test_ones_own_text_can_be_kept_over_a_newer_one(desk: Desk, writing: Page) -> None:
    COMPOSER.newer = {"revision": 7, "saved_at": "2026-07-18T11:02:00+02:00", "html": "<p>Other</p>"}
    text_of(writing).click()
    writing.keyboard.type("Mine")
    expect(writing.locator("[data-banner]")).to_be_visible(timeout=5000)
    writing.keyboard.type(" still")
    writing.wait_for_timeout(1000)
    assert COMPOSER.drafts == []
    writing.get_by_role("button", name="Keep mine").click()
    wait_until(writing, "document.querySelector('[name=revision]').value === '8'")
    assert COMPOSER.drafts[-1]["body"] == ["<p>Mine still</p>"]
    desk.complaints.clear()


def test_a_server_that_is_away_is_tried_again(desk: Desk, writing: Page) -> None:
    COMPOSER.is_down = True
    text_of(writing).click()
    writing.keyboard.type("Patience")
    expect(writing.locator("[data-saved]")).to_have_text("Not saved, trying again…", timeout=5000)
    COMPOSER.is_down = False
    expect(writing.locator("[data-saved]")).to_have_text("Saved 10:49", timeout=12_000)
    assert COMPOSER.drafts[-1]["body"] == ["<p>Patience</p>"]
    desk.complaints.clear()


def test_letters_are_letters_while_writing_and_keys_outside(writing: Page) -> None:
    writing.locator(".stream").focus()
    writing.keyboard.press("n")
    expect(text_of(writing)).to_be_focused()
    assert writing.is_checked("[name=kind][value=note]")
    writing.keyboard.type("rjkh?n")
    assert value_of(writing) == "<p>rjkh?n</p>"
    assert not writing.locator("#keys").is_visible()
    expect(writing.get_by_text("Internal note – the customer does not see it")).to_be_visible()
    expect(writing.get_by_role("button", name="Keep note")).to_be_visible()
    expect(writing.get_by_role("button", name="Send", exact=False)).to_have_count(0)
    assert writing.evaluate("getComputedStyle(document.querySelector('.editor')).borderTopStyle") == "dashed"
    assert send(writing)["kind"] == ["note"]


def test_a_form_that_is_reset_begins_anew(desk: Desk) -> None:
    COMPOSER.composer = {
        "html": "<p>As it was</p>",
        "text": "As it was",
        "macros": [{"id": "m1", "label": "New delivery", "acts": ["one", "two"]}],
        "attachments": [{"id": "9", "name": "old.pdf", "size": 1}],
    }
    page = desk.open("/compose/")
    expect(text_of(page)).to_have_text("As it was")
    text_of(page).fill("Other")
    page.get_by_role("button", name="Remove old.pdf").click()
    page.evaluate("document.querySelector('form.composer').reset()")
    assert value_of(page) == "<p>As it was</p>"
    text_of(page).click()
    posted = send(page)
    assert (posted["macro"], posted["attachment"]) == (["m1"], ["9"])


def test_swapped_in_again_it_starts_afresh(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("First")
    writing.click("#elsewhere")
    expect(writing.locator("h1")).to_have_text("Page 2")
    writing.go_back()
    expect(text_of(writing)).to_be_visible()
    assert writing.locator(".ProseMirror").count() == 1
    text_of(writing).click()
    writing.keyboard.type("Second")
    assert send(writing)["body"] == ["<p>Second</p>"]


def test_after_sending_without_a_new_page_one_can_write_on_at_once(desk: Desk) -> None:
    # As a ticket's page does: the answer to the form brings a fresh one.
    COMPOSER.is_swapping = True
    page = desk.open("/compose/")
    text_of(page).click()
    page.keyboard.type("First")
    page.evaluate("document.querySelector('form.composer').marked = true")
    send(page)
    wait_until(page, "!document.querySelector('form.composer').marked")
    expect(text_of(page)).to_be_focused()
    assert value_of(page) == ""
    page.keyboard.type("Second")
    assert value_of(page) == "<p>Second</p>"
    assert page.locator(".ProseMirror").count() == 1


def test_moved_within_the_page_it_keeps_its_text(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("Stays")
    writing.evaluate("const f = document.querySelector('form.composer'); f.parentElement.prepend(f)")
    writing.wait_for_timeout(50)
    assert value_of(writing) == "<p>Stays</p>"
    assert writing.locator(".ProseMirror").count() == 1


def test_enter_waits_for_what_is_being_looked_for(writing: Page) -> None:
    """The list still shows what fewer letters have found: neither that nor nothing is meant."""
    text_of(writing).click()
    writing.keyboard.type("/")
    expect(writing.get_by_role("option").first).to_be_visible()
    held: list[Route] = []
    writing.route("**/composer/snippets/", lambda route: held.append(route))
    with writing.expect_request("**/composer/snippets/"):
        writing.keyboard.type("new d")
        writing.keyboard.press("Enter")
    expect(text_of(writing)).to_contain_text("/new d")
    expect(writing.locator(".macro")).to_have_count(0)
    held[-1].continue_()
    expect(writing.locator(".macro")).to_be_visible()
    expect(text_of(writing)).not_to_contain_text("/new d")


@pytest.mark.parametrize("is_late", [False, True])
def test_what_the_arrow_keys_have_chosen_stays_chosen_when_the_list_is_found_anew(
    writing: Page, is_late: bool
) -> None:
    """Between the key and Enter the answer to the last letters may come, or still be on its way."""
    text_of(writing).click()
    writing.keyboard.type("@")
    expect(writing.get_by_role("option")).to_have_count(3)
    held: list[Route] = []
    writing.route("**/composer/people/", lambda route: held.append(route))
    with writing.expect_request("**/composer/people/"):
        writing.keyboard.type("r")
    writing.keyboard.press("ArrowDown")
    if is_late:
        writing.keyboard.press("Enter")
    writing.get_by_role("option").first.evaluate("option => { option.dataset.old = '' }")
    held[-1].continue_()
    expect(writing.get_by_role("option").and_(writing.locator("[data-old]"))).to_have_count(0)
    if not is_late:
        expect(writing.get_by_role("option", selected=True)).to_contain_text("Farkas Gergő")
        writing.keyboard.press("Enter")
    expect(text_of(writing).locator("[data-mention]")).to_have_text("@Farkas Gergő")
    expect(writing.get_by_role("listbox")).to_have_count(0)


def test_put_aside_for_a_while_it_keeps_text_files_macros_and_revision(writing: Page) -> None:
    text_of(writing).click()
    writing.keyboard.type("/new d")
    expect(writing.get_by_role("option")).to_have_count(1)
    writing.keyboard.press("Enter")
    expect(writing.locator(".macro")).to_be_visible()
    paste(writing, ("a.pdf", "application/pdf", "x"))
    expect(writing.locator(".files small")).to_be_visible()
    # As the ticket's page does when one goes from the answer to a note and comes back.
    writing.evaluate(
        "window.aside = document.querySelector('form.composer'); window.place = aside.parentElement; aside.remove()"
    )
    for _ in range(60):
        # An autosave may have come between the macro and the file.
        if COMPOSER.drafts and {"macro", "attachment"} <= COMPOSER.drafts[-1].keys():
            break
        writing.wait_for_timeout(50)
    kept = COMPOSER.drafts[-1]
    assert (kept["body"], kept["macro"], kept["attachment"]) == (
        ["<p>A new device is on its way.</p>"],
        ["m1"],
        ["1"],
    )
    revision = int(kept["revision"][0]) + 1
    wait_until(writing, f"aside.elements.revision.value === '{revision}'")
    writing.evaluate("place.append(aside)")
    expect(writing.locator(".macro")).to_have_count(1)
    expect(writing.locator(".files li")).to_have_count(1)
    text_of(writing).click()
    writing.keyboard.press("Control+End")
    writing.keyboard.type(" Really.")
    posted = send(writing)
    assert posted["body"] == ["<p>A new device is on its way. Really.</p>"]
    assert (posted["macro"], posted["attachment"], posted["revision"]) == (["m1"], ["1"], [str(revision)])


def test_a_file_that_arrives_while_the_form_is_put_aside_is_not_lost(writing: Page) -> None:
    held: list[Route] = []
    writing.route("**/composer/files/", lambda route: held.append(route))
    text_of(writing).click()
    paste(writing, ("shot.png", "image/png", "x"))
    expect(writing.locator(".files progress")).to_be_visible()
    writing.evaluate(
        "window.aside = document.querySelector('form.composer'); window.place = aside.parentElement; aside.remove()"
    )
    writing.wait_for_timeout(50)
    held[0].continue_()
    wait_until(writing, "aside.elements.attachment?.value === '1'")
    writing.evaluate("place.append(aside)")
    expect(writing.locator(".files li")).to_contain_text("shot.png")
    text_of(writing).click()
    assert send(writing)["attachment"] == ["1"]


def test_an_empty_answer_is_not_sent_where_one_is_required(desk: Desk) -> None:
    COMPOSER.composer = {"required": True}
    page = desk.open("/compose/")
    text_of(page).click()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    assert COMPOSER.answered == []
    page.keyboard.type("x")
    assert send(page)["body"] == ["<p>x</p>"]


def test_without_script_the_textarea_stays_and_is_posted(desk: Desk) -> None:
    context = desk.page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    context.add_cookies(desk.page.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(desk.url + "/compose/")
    page.get_by_role("textbox", name="Answer").fill("Plain words")
    page.get_by_role("button", name="Send").click()
    page.wait_for_load_state()
    posted = COMPOSER.answered[-1]
    assert posted["body"] == ["Plain words"]
    assert "body_format" not in posted
    context.close()


def test_what_was_typed_before_the_script_came_goes_on_in_the_editor(desk: Desk) -> None:
    COMPOSER.composer = {"html": "<p>Kept</p>", "text": "Kept"}
    held: list[Route] = []
    desk.page.route("**/dist/composer-*.js", lambda route: held.append(route))
    page = desk.open("/compose/")
    page.locator("textarea").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and more")
    held[0].continue_()
    expect(text_of(page)).to_be_focused()
    assert value_of(page) == "<p>Kept and more</p>"


def test_pages_without_a_composer_do_not_load_it(desk: Desk) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    page = desk.open("/")
    page.wait_for_timeout(300)
    assert not [url for url in asked if "/composer-" in url]
    page.goto(desk.url + "/compose/")
    expect(text_of(page)).to_be_visible()
    assert [url for url in asked if "/composer-" in url]
    assert not [url for url in asked if "emoji" in url]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["public", "note"])
def test_the_composer_is_accessible(desk: Desk, theme: str, kind: str) -> None:
    desk.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    COMPOSER.kind = kind
    COMPOSER.composer = {
        "html": "<p>Dear Carla! Thank you for your patience ❤️ We bring the new device <strong>tomorrow between 8"
        ' and 10</strong> to <mark data-missing="address">address</mark>. <span data-mention="1">@Bíró Nóra</span></p>',
        "attachments": [{"id": "9", "name": "courier.pdf", "size": 48_200}],
        "macros": [{"id": "m1", "label": "New delivery", "acts": ["tell the courier", "1 month's credit"]}],
    }
    page = desk.open("/compose/")
    expect(text_of(page)).to_be_visible()
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{kind}-{theme}.png")
    assert desk.violations() == []
    page.get_by_role("button", name="Formatting").click()
    text_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" /")
    expect(page.get_by_role("option")).to_have_count(3)
    page.screenshot(path=SHOTS / f"{kind}-{theme}-snippets.png")
    assert desk.violations() == []
    page.keyboard.press("Escape")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-banner]")).to_be_visible()
    page.get_by_role("button", name="Emoji").click()
    expect(page.get_by_role("searchbox", name="Search emoji")).to_be_focused()
    page.screenshot(path=SHOTS / f"{kind}-{theme}-emoji.png")
    assert desk.violations() == []
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
    )
