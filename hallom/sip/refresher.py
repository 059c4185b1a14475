from functools import partial

from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs
from hallom.sip.offers import Offers
from hallom.sip.wire import Wire


class Refresher:
    """Keeps sessions alive and ends those whose peer has gone without a BYE (RFC 4028 10)."""

    def __init__(self, wire: Wire, dialogs: Dialogs, offers: Offers) -> None:
        self._wire = wire
        self._dialogs = dialogs
        self._offers = offers
        offers.on_session = self.arm

    def arm(self, dialog: Dialog) -> None:
        self._wire.cancel(dialog.session_timer)
        dialog.session_timer = None
        if dialog.session is None or self._dialogs.get(dialog.id) is None:
            return
        session = dialog.session
        dialog.session_ends = self._wire.now + session.seconds
        if session.we_refresh:
            due = partial(self._refresh, dialog)
            dialog.session_timer = self._wire.after(session.refresh_after, due)
        else:
            due = partial(self._expire, dialog)
            dialog.session_timer = self._wire.after(session.expires_after, due)

    def _refresh(self, dialog: Dialog) -> None:
        session = dialog.session
        if session is None:
            return
        if self._wire.now >= dialog.session_ends:
            self._expire(dialog)
            return
        # A refresh that is refused but not with 408 or 481 leaves the other half of the time for another.
        dialog.session_timer = self._wire.after(session.refresh_after / 2, partial(self._refresh, dialog))
        self._offers.refresh(dialog)

    def _expire(self, dialog: Dialog) -> None:
        self._dialogs.bye(dialog, 'SIP;cause=408;text="Session expired"')
