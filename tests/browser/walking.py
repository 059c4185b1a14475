"""Walks through many pages and looks at each; two people walk at once, each in a browser of its own."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests import priority
from tests.browser import browsers
from tests.browser.running import Running

USUAL, SMALLEST = (1440, 900), (1280, 720)
SPILLS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Bars of a pane that are squeezed until their words cannot be read.
SQUEEZED = """() => [...document.querySelectorAll('.pane > *')].filter(one =>
    getComputedStyle(one).overflowY === 'hidden' && one.scrollHeight > one.clientHeight + 1).map(one => one.className)"""
# Fonts are there, pictures are drawn, and what a page asks for once it stands has been asked for.
SETTLED = "() => document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => setTimeout(done))))"
# What changes its colour slowly has changed it.
RECOLOURED = """() => Promise.all(document.getAnimations().filter(one => one instanceof CSSTransition)
    .map(one => one.finished.catch(() => null))).then(() => null)"""
# All that there is to a page but its colours; axe leaves empty styles behind.
SHAPE = """() => [...document.querySelectorAll('*')].map(one => {
    const {x, y, width, height} = one.getBoundingClientRect(), {display, visibility, opacity} = getComputedStyle(one);
    return [one.outerHTML.replaceAll(' style=""', '').length, x, y, width, height, display, visibility, opacity];
}).join(';')"""
# What axe-core finds by colours; all else is the same in each theme as long as the shape is.
BY_COLOUR = ("color-contrast", "link-in-text-block")
# A page asks for more within a few milliseconds of what came before; one that never stops asking is looked at as it is.
QUIET_SECONDS, LOOK_MS, LONGEST_SECONDS = 0.12, 20, 10.0


Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Look:
    """What a page must be besides what all must: its answer, its language. It is looked at in each theme that has a picture."""

    name: str
    pictures: Mapping[Theme, Path]
    language: str
    answers: tuple[int, ...] = (200,)
    act: Callable[[Page], None] | None = None


@dataclass
class Traffic:
    """What a page has asked for and not got yet."""

    open: set[Request] = field(default_factory=set)
    last: float = field(default_factory=time.monotonic)

    def begins(self, request: Request) -> None:
        self.open.add(request)
        self.last = time.monotonic()

    def ends(self, request: Request) -> None:
        self.open.discard(request)
        self.last = time.monotonic()

    def settle(self, page: Page) -> None:
        """Waits until nothing has been under way for a moment, less long than `networkidle` does."""
        page.evaluate(SETTLED)
        until = time.monotonic() + LONGEST_SECONDS
        while self.open or time.monotonic() - self.last < QUIET_SECONDS:
            if time.monotonic() > until:
                break
            page.wait_for_timeout(LOOK_MS)
        page.evaluate(SETTLED)


def traffic_of(page: Page) -> Traffic:
    traffic = Traffic()
    page.on("request", traffic.begins)
    page.on("requestfinished", traffic.ends)
    page.on("requestfailed", traffic.ends)
    return traffic


def look_at(page: Page, traffic: Traffic, url: str, look: Look) -> list[str]:
    """What is wrong with the page; its pictures are kept."""
    traffic.open.clear()
    response = page.goto(url)
    traffic.settle(page)
    problems = []
    if look.act is not None:
        try:
            look.act(page)
        except PlaywrightError as error:
            problems.append(f"{look.name}: {str(error)[:300]}")
    if response is None or response.status not in look.answers:
        problems.append(f"{look.name}: answered {response and response.status}")
    if page.locator("html").get_attribute("lang") != look.language:
        problems.append(f"{look.name}: not in {look.language}")
    known = ""
    for theme, picture in look.pictures.items():
        page.emulate_media(color_scheme=theme)
        page.evaluate(RECOLOURED)
        name, shape = f"{look.name}, {theme}", page.evaluate(SHAPE)
        found = browsers.violations(page, only=BY_COLOUR if shape == known else ())
        problems += [f"{name}: {one['id']} {one['help']} {one['nodes']}" for one in found]
        page.screenshot(path=str(picture))
        known = shape
    # A theme changes colours and no size: what has room in one has room in all.
    return problems + fitted(page, look.name, next(iter(look.pictures.values())))


def fitted(page: Page, name: str, picture: Path) -> list[str]:
    """Made as small as may be: what has no room then; a picture of it is kept."""
    problems = []
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    if (spill := page.evaluate(SPILLS)) > 0:
        problems.append(f"{name}: {spill} px wider than {SMALLEST[0]}")
    if squeezed := page.evaluate(SQUEEZED):
        problems.append(f"{name}: squeezed at {SMALLEST[0]} × {SMALLEST[1]}: {squeezed}")
    page.screenshot(path=str(picture.with_name(f"{picture.stem}-small.png")))
    page.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
    return problems


class Walker:
    """A thread with a browser of its own: Playwright's objects belong to the thread that made them."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="walker")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def walk(self, steps: Callable[[Browser], list[str]]) -> "Future[list[str]]":
        return self._thread.submit(lambda: steps(self._opened()))

    def close(self) -> None:
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _opened(self) -> Browser:
        if self._browser is None:
            self._playwright = sync_playwright().start()
            self._browser = browsers.launch(self._playwright)
            priority.give_way()
        return self._browser

    def _close(self) -> None:
        with suppress(PlaywrightError):
            if self._browser is not None:
                self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()


@contextmanager
def page_in(context: BrowserContext) -> Iterator[Page]:
    try:
        yield context.new_page()
    finally:
        context.close()


def log_in(page: Page, running: Running, username: str) -> None:
    page.goto(running.login_url(username))
    page.locator("form.form button.go").click()
    page.wait_for_url(f"{running.url}/**")
