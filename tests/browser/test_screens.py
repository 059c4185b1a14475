"""Every screen in three languages and two themes: axe finds nothing, nothing spills over, a picture is kept."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser import browsers
from tests.browser.conftest import SCREENSHOTS
from tests.browser.running import Running
from tests.browser.walking import Look, Theme, Walker, log_in, look_at, page_in, traffic_of

LANGUAGES = ("en", "hu", "pl")
THEMES: tuple[Theme, ...] = ("light", "dark")
LOCALES = {"en": "en-GB", "hu": "hu-HU", "pl": "pl-PL"}
State = tuple[str, Callable[[Page], None]]
NONE: Mapping[str, State] = MappingProxyType({})

EDITABLE = (
    *("users", "teams", "skills", "hours", "categories", "queues", "numbers", "greetings", "extensions"),
    *("pauses", "dispositions", "phones", "trunks", "templates", "macros", "mailboxes"),
    *("statuses", "fields", "checklists", "ticket-templates", "recurring-tickets"),
)
ADMINISTRATOR, SUPERVISOR, AGENT, ATTENDANT = "akos", "marta", "nora", "erzsebet"
# Subjects of the demo organisation.
PARCEL, OTHER = "Nem érkezett meg a cserekészülék", "Esténként akadozik az internet"


def first(running: Running, table: str, column: str = "id", where: str = "true") -> object:
    """A row of the demo organisation to open."""
    return running.query(f"SELECT {column} FROM {table} WHERE {where} ORDER BY id LIMIT 1")[0][column]


def screens_of_administrator(running: Running) -> dict[str, str]:
    """Name → path."""
    return {
        "settings": "/settings/",
        "settings-outside-contacts": "/settings/outside-contacts/",
        "settings-switchboard": "/settings/switchboard/",
        "settings-alarms": "/settings/alarms/",
        "settings-bans": "/settings/bans/",
        **{f"settings-{name}": f"/settings/{name}/" for name in (*EDITABLE, "audit")},
        **{f"settings-{name}-new": f"/settings/{name}/new/" for name in EDITABLE},
        "settings-user": f"/settings/users/{first(running, 'staff_user')}/",
        "settings-calendar": f"/settings/hours/{first(running, 'hours_calendar')}/",
        "settings-queue": f"/settings/queues/{first(running, 'calls_queue')}/",
        "settings-queue-members": f"/settings/queues/{first(running, 'calls_queue')}/members/",
        "settings-number": f"/settings/numbers/{first(running, 'calls_number')}/",
        **{f"settings-{name}": f"/settings/{name}/" for name in ("signatures", "acknowledgements")},
        "settings-template": f"/settings/templates/{first(running, 'automation_texttemplate')}/",
        "settings-macro": f"/settings/macros/{first(running, 'automation_macro')}/",
        "settings-signature": "/settings/signatures/0/",
        **{
            f"settings-{name}-one": f"/settings/{name}/{first(running, table)}/"
            for name, table in {
                "statuses": "tickets_statusname",
                "fields": "tickets_field",
                "checklists": "tickets_checklist",
                "ticket-templates": "tickets_tickettemplate",
                "recurring-tickets": "tickets_recurrence",
                "mailboxes": "mail_mailbox",
            }.items()
        },
        "settings-greeting": f"/settings/greetings/{first(running, 'calls_greeting')}/",
        **{
            f"settings-{name}-one": f"/settings/{name}/{first(running, table)}/"
            for name, table in {
                "teams": "staff_team",
                "skills": "staff_skill",
                "categories": "tickets_category",
                "extensions": "calls_extension",
                "outside-contacts": "calls_outsidecontact",
                "pauses": "calls_pausereason",
                "dispositions": "calls_disposition",
                "trunks": "calls_trunk",
            }.items()
        },
        "settings-outside-contacts-new": "/settings/outside-contacts/new/",
        "profile": "/profile/",
        "second-factor": "/accounts/2fa/",
        "second-factor-setting-up": "/accounts/2fa/totp/activate/",
        "password": "/accounts/password/set/",
        "log-out": "/accounts/logout/",
        "not-found": "/nothing/here/",
    }


def screens_of_supervisor(running: Running) -> dict[str, str]:
    """What administrators do not see: conversations are for those who answer for them."""
    call = first(running, "calls_call", where="ended_at IS NOT NULL AND bridged_at IS NOT NULL")
    return {
        "calls": "/calls/",
        "call": f"/calls/{call}/",
        "recordings": "/calls/recordings/",
        "wallboard": "/wallboard/",
        "wallboard-on-the-wall": "/wallboard/?screen=whole",
        "supervisor": "/supervisor/",
        "article-new": "/knowledge/new/",
        "article-edit": f"/knowledge/{first(running, 'knowledge_article')}/edit/",
    }


def screens_of_attendant(running: Running) -> dict[str, str]:
    promise = first(running, "calls_promise")
    return {"switchboard": "/switchboard/", "promise": f"/promises/{promise}/"}


def screens_of_agent(running: Running) -> dict[str, str]:
    ticket = first(running, "tickets_ticket", "number", f"subject = '{PARCEL}'")
    other = first(running, "tickets_ticket", "number", f"subject = '{OTHER}'")
    mail = running.query(
        "SELECT m.id FROM tickets_message m JOIN tickets_ticket t ON t.id = m.ticket_id"
        " WHERE t.number = %s AND m.direction = 'in' ORDER BY m.id LIMIT 1",
        ticket,
    )[0]["id"]
    customer = first(running, "customers_customer")
    return {
        "desk": "/",
        "ticket": f"/tickets/{ticket}/",
        "ticket-macro": f"/tickets/{ticket}/macros/{first(running, 'automation_macro')}/",
        "undelivered": "/settings/mail/undelivered/",
        "ticket-facts": f"/tickets/{ticket}/facts/",
        "ticket-assignment": f"/tickets/{ticket}/assignment/",
        "ticket-aside": f"/tickets/{ticket}/steps/",
        "ticket-links": f"/tickets/{ticket}/links/",
        "ticket-fields": f"/tickets/{ticket}/fields/",
        "ticket-time": f"/tickets/{ticket}/time/",
        "ticket-history": f"/tickets/{ticket}/history/",
        "ticket-merge": f"/tickets/{ticket}/merge/",
        "ticket-merge-what": f"/tickets/{ticket}/merge/?target={other}",
        "ticket-split": f"/tickets/{ticket}/split/{mail}/",
        "ticket-snooze": f"/tickets/{ticket}/snooze/",
        "notices": "/notices/",
        "mail-aside": "/mail/aside/",
        "tickets": "/tickets/",
        "tickets-filtered": "/tickets/?due=week&priority=3",
        "ticket-new": "/tickets/new/",
        "customers": "/customers/",
        "customer": f"/customers/{customer}/",
        "customer-edit": f"/customers/{customer}/edit/",
        "customer-new": "/customers/new/",
        "articles": "/knowledge/",
        "article": f"/knowledge/{first(running, 'knowledge_article')}/",
        "not-allowed": "/settings/users/",
    }


def write_note(page: Page) -> None:
    page.locator("#composer .ProseMirror").wait_for()
    page.keyboard.press("n")
    page.locator("#composer form.noting .ProseMirror").wait_for()
    page.keyboard.type("Belső megjegyzés @")
    page.locator(".choices-popup").wait_for()


def open_aside(page: Page) -> None:
    page.locator("#more-about summary").click()
    page.locator("#ticket-aside").wait_for()


def choose_macro(page: Page) -> None:
    page.locator("#composer .ProseMirror").click()
    page.keyboard.type("/")
    page.locator(".choices-popup [role=option]").first.wait_for()


def unfold_people(page: Page) -> None:
    page.locator("#composer [data-unfold]").click()
    page.locator("#composer [data-do=format]").click()


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("dialog.palette[open] [role=option]").first.wait_for()


def choose_tickets(page: Page) -> None:
    for box in page.locator("#rows tbody input[type=checkbox]").all()[:2]:
        box.check()
    page.locator("#bulk").wait_for()


def ask_macro(page: Page) -> None:
    choose_tickets(page)
    page.locator("#bulk select").select_option(label="Új kiszállítás")
    page.locator("#bulk button").click()
    page.locator("main .acts").first.wait_for()


def open_menu(name: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(f"[popovertarget={name}]").first.click()
        page.locator(f"#{name}").wait_for()

    return act


def states_of_agent(running: Running) -> dict[str, tuple[str, Callable[[Page], None]]]:
    """Name → path and what is done there before one looks."""
    ticket = first(running, "tickets_ticket", "number", f"subject = '{PARCEL}'")
    return {
        "state-note": (f"/tickets/{ticket}/?write=note", write_note),
        "state-macros": (f"/tickets/{ticket}/?write=public", choose_macro),
        "state-people": (f"/tickets/{ticket}/?write=public", unfold_people),
        "state-aside": (f"/tickets/{ticket}/", open_aside),
        "state-more": (f"/tickets/{ticket}/", open_menu("menu-ticket")),
        "state-later": (f"/tickets/{ticket}/?write=public", open_menu("send-later")),
        "state-palette": ("/", open_palette),
        "state-bulk": ("/tickets/", choose_tickets),
        "state-many": ("/tickets/", ask_macro),
    }


STRANGERS = {"log-in": "/accounts/login/", "log-in-link": "/login/used-up/"}
OTHER_ANSWERS: dict[str, tuple[int, ...]] = {
    "not-found": (404,),
    "not-allowed": (403,),
    "log-in-link": (200, 403, 404, 410),
}


def pictures(language: str, name: str) -> dict[Theme, Path]:
    """Where those of a page go; the folders are made."""
    found: dict[Theme, Path] = {
        theme: SCREENSHOTS / f"{language}-{theme}" / f"{name}.png" for theme in THEMES
    }
    for picture in found.values():
        picture.parent.mkdir(parents=True, exist_ok=True)
    return found


@pytest.fixture(scope="module")
def walkers(playwright: Playwright) -> Iterator[tuple[Walker, Walker]]:
    """Two, on the machine's two cores; the fixture they need says what is missing when there is no browser."""
    pair = Walker(), Walker()
    yield pair
    for walker in pair:
        walker.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(language: str, running: Running, walkers: tuple[Walker, Walker]) -> None:
    walk = Walk(running, language)
    rounds = [walkers[0].walk(walk.of_administrator), walkers[1].walk(walk.of_the_others)]
    problems = [problem for one in rounds for problem in one.result()]
    assert not problems, "\n".join(problems)


@dataclass(frozen=True)
class Walk:
    running: Running
    language: str

    def of_administrator(self, browser: Browser) -> list[str]:
        return self.as_somebody(browser, ADMINISTRATOR, screens_of_administrator(self.running))

    def of_the_others(self, browser: Browser) -> list[str]:
        """Those that see customers' conversations, and who is not known."""
        screens, states = screens_of_agent(self.running), states_of_agent(self.running)
        return [
            *self.as_somebody(browser, SUPERVISOR, screens_of_supervisor(self.running)),
            *self.as_somebody(browser, ATTENDANT, screens_of_attendant(self.running)),
            *self.as_somebody(browser, AGENT, screens, states),
            *self.as_nobody(browser),
        ]

    def as_somebody(
        self, browser: Browser, username: str, screens: Mapping[str, str], states: Mapping[str, State] = NONE
    ) -> list[str]:
        problems: list[str] = []
        self.running.query("UPDATE staff_user SET language = %s WHERE username = %s", self.language, username)
        with page_in(browsers.person(browser, language=self.language)) as page:
            log_in(page, self.running, username)
            traffic = traffic_of(page)
            for name, path in screens.items():
                problems += look_at(page, traffic, self.running.url + path, self._look(name))
            for name, (path, act) in states.items():
                self.running.query("DELETE FROM tickets_draft")
                problems += look_at(page, traffic, self.running.url + path, self._look(name, act))
        return problems

    def as_nobody(self, browser: Browser) -> list[str]:
        problems: list[str] = []
        context = browser.new_context(locale=LOCALES[self.language])
        with page_in(context) as page:
            traffic = traffic_of(page)
            for name, path in STRANGERS.items():
                problems += look_at(page, traffic, self.running.url + path, self._look(name))
        return problems

    def _look(self, name: str, act: Callable[[Page], None] | None = None) -> Look:
        return Look(name, pictures(self.language, name), self.language, OTHER_ANSWERS.get(name, (200,)), act)
