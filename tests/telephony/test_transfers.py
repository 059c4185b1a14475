"""Every kind of transfer with every outcome: who talks to whom in the end is heard, not read."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ClassVar

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.telephony.desk_phone import DeskPhone
from tests.telephony.house import Agent, Desk, House, until
from tests.telephony.phone import Phone, PhoneCall
from tests.telephony.story import go_to_work, hears_anything, hears_music, hears_tone

# Ringing is 425 Hz, and music has notes near 440.
CUSTOMER_HERTZ, SENDER_HERTZ, COLLEAGUE_HERTZ = 620.0, 1000.0, 1400.0
# At once; two cores carry so many telephones with sound without a gap.
AT_ONCE = 5
PATIENCE = 20.0

KINDS = ("blind", "attended", "attended_ringing", "refer", "refer_replaces")
OUTCOMES = ("answered", "busy", "no_answer", "rejected", "unreachable", "sender_gone")
STATUS = {"busy": 486, "rejected": 603, "unreachable": 480, "sender_gone": 603}
REASONS = {
    "busy": ("busy", "declined"),
    "no_answer": ("no_answer",),
    "rejected": ("declined",),
    "unreachable": ("unreachable",),
    "sender_gone": ("declined",),
}
# Many telephones say busy for their reject key too: one that takes longer than a machine would has declined.
TOLD = {
    "answered": {"200"},
    "busy": {"486", "603"},
    "no_answer": {"408"},
    "rejected": {"603"},
    "unreachable": {"480"},
}


@dataclass
class Cell:
    """One caller, whom `sender` sends to `colleague`."""

    house: House
    desk: Desk
    kind: str
    outcome: str
    phones: list[Phone] = field(default_factory=list)
    call: str = ""

    colleague_hertz = COLLEAGUE_HERTZ
    queues_before = 1
    reasons: ClassVar[dict[str, tuple[str, ...]]] = REASONS
    told: ClassVar[dict[str, set[str]]] = TOLD

    @property
    def colleague(self) -> Agent:
        return self.desk.agents[1]

    @property
    def to(self) -> str:
        """Where the caller is sent by an order."""
        return f"agent:{self.colleague.id}"

    @property
    def user(self) -> str:
        """Where he is sent by the keys of a telephone."""
        return f"agent-{self.colleague.id}"

    def play(self) -> None:
        with psycopg.connect(self.house.database, autocommit=True, row_factory=dict_row) as self.journal:
            try:
                self._play()
            finally:
                for phone in self.phones:
                    phone.close()

    def _play(self) -> None:
        sender = self.desk.agents[0]
        self.customers_phone = self._add(Phone(self.house.sip_port, hertz=CUSTOMER_HERTZ))
        self.senders_phone = self._add(DeskPhone(self.house.sip_port, sender, hertz=SENDER_HERTZ).enter())
        self.colleagues_phone = self._colleagues_phone()
        go_to_work(self.house, sender)
        self.customer = self.customers_phone.call(self.desk.number).wait_up(PATIENCE)
        self.call = str(until(lambda: self.house.calls_to(self.desk.number), seconds=PATIENCE)[0])
        self.sent_from = self.senders_phone.talking(PATIENCE)
        self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)
        getattr(self, f"_{self.kind}")(sender)
        self.customer.hang_up()
        self._entry("call.ended")

    def _colleagues_phone(self) -> Any:
        phone = self._add(
            DeskPhone(self.house.sip_port, self.colleague, hertz=COLLEAGUE_HERTZ, on_ring=self._manner())
        )
        phone.reject_status = STATUS.get(self.outcome, 486)
        if self.outcome != "unreachable" or self.kind == "attended_ringing":
            phone.enter()
        return phone

    def _add(self, phone: Any) -> Any:
        self.phones.append(phone)
        return phone

    def _manner(self) -> str:
        """What the colleague's telephone does by itself when it rings."""
        if self.kind == "attended_ringing" or self.outcome == "no_answer" or self._declines_later:
            return "ring"
        return "answer" if self.outcome == "answered" or self._is_consult else "reject"

    @property
    def _is_consult(self) -> bool:
        return self.kind in ("attended", "refer_replaces") and self.outcome == "sender_gone"

    @property
    def _declines_later(self) -> bool:
        """Whoever declines at once may do so before the sender is gone, who then has the caller back."""
        return self.kind in ("blind", "refer") and self.outcome == "sender_gone"

    # The kinds

    def _blind(self, sender: Agent) -> None:
        self._order(sender, "transfer", to=self.to)
        self._sent_on(sender)

    def _refer(self, sender: Agent) -> None:
        answer = self.senders_phone.refer(self.sent_from, self.user)
        assert answer.startswith("SIP/2.0 202"), answer
        self._sent_on(sender)
        if self.outcome in self.told:
            self._telephone_is_told(self.told[self.outcome])

    def _attended_ringing(self, sender: Agent) -> None:
        self._order(sender, "consult", to=self.to)
        ringing = self.colleagues_phone.ringing(PATIENCE)
        self._order(sender, "complete")
        self._is_sounding()
        if self.outcome == "answered":
            ringing.answer()
        elif self.outcome != "no_answer":
            if self.outcome == "sender_gone":
                self._leave(sender)
            ringing.reject(STATUS[self.outcome])
        self._came_to(sender)

    def _attended(self, sender: Agent) -> None:
        self._order(sender, "consult", to=self.to)
        if self.outcome not in ("answered", "sender_gone"):
            self._entry("consult.ended")
            self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)
            return
        self._entry("consult.answered")
        asked = time.time()
        hears_tone(self.sent_from, self.colleague_hertz, seconds=PATIENCE, since=asked)
        hears_music(self.customer, seconds=PATIENCE, since=asked)
        if self.outcome == "answered":
            self._order(sender, "complete")
        else:
            self.sent_from.hang_up()
        self._is_with(self.colleagues_phone, self.colleague_hertz)

    def _refer_replaces(self, sender: Agent) -> None:
        """By the telephone's keys alone: hold, the second call, transfer."""
        self.senders_phone.hold(self.sent_from)
        self._entry("call.held")
        second = self.senders_phone.dial(self.user)
        if self.outcome not in ("answered", "sender_gone"):
            second.wait_over(PATIENCE)
            assert str(second.status) in self.told[self.outcome]
            self.senders_phone.resume(self.sent_from)
            self._is_with(self.senders_phone, SENDER_HERTZ, answered=self.sent_from)
            return
        second.wait_up(PATIENCE)
        hears_tone(second, self.colleague_hertz, seconds=PATIENCE)
        if self.outcome == "answered":
            answer = self.senders_phone.refer(self.sent_from, self.user, over=second)
            assert answer.startswith("SIP/2.0 202"), answer
            self._telephone_is_told(self.told["answered"])
        else:
            self.sent_from.hang_up()
        second.wait_over(PATIENCE)
        self._is_with(self.colleagues_phone, self.colleague_hertz)

    # What comes of them

    def _sent_on(self, sender: Agent) -> None:
        if self.outcome == "sender_gone":
            self._leave(sender)
            self.colleagues_phone.ringing(PATIENCE).reject(STATUS[self.outcome])
        if self.outcome == "no_answer":
            self.colleagues_phone.ringing(PATIENCE)
            self._is_sounding()
        self._came_to(sender)

    def _came_to(self, sender: Agent) -> None:
        if self.outcome == "answered":
            self._is_with(self.colleagues_phone, self.colleague_hertz)
            return
        returned = self._entry("call.returned")
        assert returned["reason"] in self.reasons[self.outcome], returned
        assert returned["from"] == sender.id
        if self.outcome == "sender_gone":
            assert self._entry("queue.entered", nth=self.queues_before)["reason"] == "returned"
            hears_music(self.customer, seconds=PATIENCE)
        else:
            self._is_with(self.senders_phone, SENDER_HERTZ, besides=self.sent_from)
            self.sent_from.wait_over(PATIENCE)

    def _leave(self, sender: Agent) -> None:
        assert self.house.order(sender, "sign_out")["ok"]

    def _is_with(
        self, phone: Any, hertz: float, *, answered: PhoneCall | None = None, besides: PhoneCall | None = None
    ) -> None:
        """On this very call, or on the newest; one that ought to be over is `besides` it."""
        since = time.time()
        answered = phone.talking(PATIENCE, besides=besides) if answered is None else answered
        hears_tone(self.customer, hertz, seconds=PATIENCE, since=since)
        hears_tone(answered, CUSTOMER_HERTZ, seconds=PATIENCE, since=since)

    def _telephone_is_told(self, of: set[str]) -> None:
        until(lambda: of & set(self.senders_phone.told), seconds=PATIENCE, what=f"a NOTIFY of {of}")
        assert self.senders_phone.told[0] == "100", self.senders_phone.told
        self.sent_from.wait_over(PATIENCE)

    def _is_sounding(self) -> None:
        hears_anything(self.customer, seconds=PATIENCE)

    def _order(self, agent: Agent, verb: str, **args: str) -> None:
        answer = self.house.order(agent, verb, call=self.call, **args)
        assert answer["ok"], (verb, answer)

    def _entry(self, kind: str, *, nth: int = 0) -> dict[str, Any]:
        """The data of the nth entry of a kind, waited for."""

        def found() -> list[dict[str, Any]]:
            text = "SELECT data FROM switch_journal WHERE call = %s AND kind = %s ORDER BY id"
            return self.journal.execute(text, (self.call, kind)).fetchall()[nth:]

        return dict(until(found, seconds=PATIENCE, what=f"{kind} in the journal")[0]["data"])


@pytest.fixture(scope="module")
def table(quick_house: House) -> Iterator[Callable[[str, str], "Future[None]"]]:
    """All cells are played from the start, several at once; each test waits for its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        cells = {
            (kind, outcome): pool.submit(Cell(quick_house, next(quick_house.desks), kind, outcome).play)
            for outcome in OUTCOMES
            for kind in KINDS
        }
        yield lambda kind, outcome: cells[kind, outcome]
        for cell in cells.values():
            cell.cancel()


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_caller_ends_up_with_somebody_whom_he_hears(
    table: Callable[[str, str], "Future[None]"], kind: str, outcome: str
) -> None:
    table(kind, outcome).result(240)
