"""A telephone company for many calls at once: the last digit of a number says what becomes of a call to it."""

import time
from dataclasses import dataclass

from hallom.sip import events, sdp
from tests.telephony.house import until
from tests.telephony.phone import Phone, PhoneCall

ANSWERS, RINGS, BUSY, DECLINES, NO_LINE, PLAYS, SAYS_NOTHING = "1", "2", "3", "4", "5", "6", "7"
_STATUS = {BUSY: 486, DECLINES: 603, NO_LINE: 503}


class Carrier(Phone):
    """Of calls to PLAYS its tone is heard before anybody answers; SAYS_NOTHING promises that and is silent."""

    def line(self, number: str) -> "Line":
        return Line(self, number)

    def numbered(self, number: str) -> list[PhoneCall]:
        return [call for call in list(self.calls) if number in _dialled(call)]

    def _ring(self, event: events.InviteReceived) -> None:
        call = self._new_call(event.invite, is_incoming=True)
        call.offer = event.sdp
        call.seen.append((time.time(), event))
        digit = _dialled(call)[-1:]
        if digit in _STATUS:
            self.endpoint.reject(event.invite, _STATUS[digit], time.time())
            self.finish(call, by_peer=False)
        elif digit in (PLAYS, SAYS_NOTHING):
            self._play(call, digit)
        else:
            self.endpoint.progress(event.invite, 180, time.time())
            if digit == ANSWERS:
                self.answer(call)

    def _play(self, call: PhoneCall, digit: str) -> None:
        offer = sdp.parse(call.offer or "")
        answer = str(sdp.answer_to(offer, self._session(call)))
        self.endpoint.progress(call.invite, 183, time.time(), sdp=answer)
        if digit == PLAYS:
            call.voice.connect(offer.host, offer.port, self.law)


@dataclass
class Line:
    """One number of the company, as if it had a telephone of its own."""

    carrier: Carrier
    number: str

    @property
    def calls(self) -> list[PhoneCall]:
        return self.carrier.numbered(self.number)

    def talking(self, seconds: float, *, besides: PhoneCall | None = None) -> PhoneCall:
        def up() -> list[PhoneCall]:
            return [call for call in self.calls if call.is_up and call is not besides]

        call: PhoneCall = until(up, seconds=seconds, what=f"a call to {self.number} up")[-1]
        return call

    def ringing(self, seconds: float) -> PhoneCall:
        def waiting() -> list[PhoneCall]:
            return [call for call in self.calls if not call.answered_at and not call.is_over]

        call: PhoneCall = until(waiting, seconds=seconds, what=f"{self.number} to ring")[-1]
        return call


def _dialled(call: PhoneCall) -> str:
    # A call is in the list before what came with it.
    invites = [event for _, event in list(call.seen) if isinstance(event, events.InviteReceived)]
    return invites[0].request_uri.partition("@")[0] if invites else ""
