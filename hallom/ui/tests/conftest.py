from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Browser, Page, WebSocketRoute

from hallom.ui import navigation
from hallom.ui.tests import composer_stage
from hallom.ui.tests.browser_session import session_of
from hallom.ui.tests.stage import STAGE, Stage

AXE = Path(__file__).parents[3] / "frontend/node_modules/axe-core/axe.min.js"


@pytest.fixture
def stage(settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Stage:
    settings.ROOT_URLCONF = "hallom.ui.tests.stage"
    monkeypatch.setattr(navigation, "_rail", {})
    monkeypatch.setattr(navigation, "_settings", {})
    navigation.register_rail("Work", "desk:home", icon="inbox", count=lambda user: 8)
    STAGE.reset()
    composer_stage.STAGE.reset()
    return STAGE


def wait_until(page: Page, claim: str, seconds: float = 8) -> None:
    """Playwright's own waiting evaluates text inside the page, which the policy of the page forbids."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(f"() => Boolean({claim})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never became true: {claim}")


class Wire:
    """The server's end of a page's WebSocket."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.heard: list[str] = []
        self.answer: Callable[[str], None] = lambda text: None

    def attach(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(self._hear)

    def _hear(self, text: str | bytes) -> None:
        self.heard.append(str(text))
        self.answer(str(text))

    def send(self, text: str) -> None:
        self.sockets[-1].send(text)


class Desk:
    """A signed-in agent's tab, with both its sockets in the hands of the test."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.live, self.sip = Wire(), Wire()
        self.complaints: list[str] = []
        page.route_web_socket("**/live/", self.live.attach)
        page.route_web_socket("**:8002/**", self.sip.attach)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.url + path)
        return self.page

    def violations(self) -> list[tuple[str, list[str]]]:
        self.page.evaluate(AXE.read_text() + ";undefined")
        found = self.page.evaluate(
            "async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])"
        )
        return [(rule, nodes) for rule, nodes in found]


@pytest.fixture
def desk(chromium: Browser, stage: Stage, live_server: Any) -> Iterator[Desk]:
    user = get_user_model()._default_manager.create(username="alice")
    user.set_roles(["agent"], by=None, now=timezone.now())
    context = chromium.new_context(
        viewport={"width": 1280, "height": 720}, locale="en-GB", permissions=["microphone"]
    )
    context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
    desk = Desk(context.new_page(), live_server.url)
    desk.page.set_default_timeout(8000)
    yield desk
    context.close()
    assert desk.complaints == []
