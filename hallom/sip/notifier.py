from collections.abc import Callable

from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs
from hallom.sip.message import Headers, Response
from hallom.sip.wire import Wire

# RFC 6665 4.2.2: these end a subscription, others leave it to the next NOTIFY.
FATAL = frozenset((404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604))


class Notifier:
    """The NOTIFYs of one subscription, one at a time; of those that wait only the newest goes out (RFC 6665 4.2)."""

    __slots__ = ("_dialogs", "_event", "_is_busy", "_on_gone", "_waiting", "_wire", "dialog")

    def __init__(
        self, wire: Wire, dialogs: Dialogs, dialog: Dialog, event: str, *, on_gone: Callable[[int], None]
    ) -> None:
        self._wire = wire
        self._dialogs = dialogs
        self._event = event
        self._on_gone = on_gone
        self._is_busy = False
        self._waiting: tuple[str, str, bytes] | None = None
        self.dialog = dialog

    def send(self, state: str, content_type: str = "", body: bytes = b"") -> None:
        """Tell `state`, a value of Subscription-State, with this body."""
        if self._is_busy:
            self._waiting = (state, content_type, body)
            return
        self._is_busy = True
        headers: Headers = {
            "event": [self._event],
            "subscription-state": [state],
            "contact": [self._wire.settings.contact(self.dialog.flow)],
        }
        if body:
            headers["content-type"] = [content_type]
        self._dialogs.request(self.dialog, "NOTIFY", headers, body, verdict=self._on_verdict)

    def _on_verdict(self, response: Response | None, status: int) -> None:
        self._is_busy = False
        if response is None or status in FATAL:
            self._waiting = None
            self._on_gone(status)
        elif self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.send(*waiting)
