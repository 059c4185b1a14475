"""A telephone of the house dials by itself: a colleague, a queue, a parking place, or a number outside."""

from collections.abc import Mapping
from typing import Any

from hallom.sip.events import InviteReceived
from hallom.sip.header import BadHeader
from hallom.sip.uri import user_of
from hallom.switch import (
    decide_consult,
    decide_parking,
    decide_placing,
    decide_transfer,
    description,
)
from hallom.switch.addressed import destination_at, is_for_help
from hallom.switch.decide_placing import OwnPhone, Wish
from hallom.switch.destination import LONGEST, Destination, DestinationKind
from hallom.switch.effects import SendReject
from hallom.switch.exchange import Exchange
from hallom.switch.leg import RTP, Knock
from hallom.switch.numbers import CalledNumber, without_keys
from hallom.switch.refusal import Refused

KEYS_BEHIND = "keys_behind"
# What the telephone's display makes of it: busy, not found, a loop, not acceptable, no service.
STATUS = {
    "busy": 486,
    "unknown_number": 404,
    "to_yourself": 482,
    "no_codec": 488,
    "no_media": 503,
    "no_such_call": 404,
}
# Understood, refused, and not to be tried again as it is (RFC 3261 21.4.4). 484 would ask for still more digits (21.4.22),
# and a telephone that dials as one types would send them.
_FORBIDDEN = 403
# Many telephones show these words.
_WORDS = {KEYS_BEHIND: "Press Keys When Answered"}


def dialled(x: Exchange, event: InviteReceived, invite: Mapping[str, Any] | None) -> bool:
    """False for calls from outside, and for a number of the house's own, which is called like from outside.

    To one of those a customer may be announced, too.
    """
    agent = x.agent_by_aor(event.peer.name) if event.peer.kind == "account" else None
    if agent is None:
        return False
    try:
        to = _destination(x, event.request_uri)
        if to.kind is DestinationKind.GREETING and not decide_consult.can_ask(x, agent, to):
            return False
        phone, is_emergency = _phone(event, invite), is_for_help(x.config, to)
        if not is_emergency:
            _require_bare(x, event.request_uri)
        if to.kind is DestinationKind.PLACE:
            _fetch(x, agent, to, phone)
        elif decide_transfer.leads_to(x, to, agent):
            raise Refused("to_yourself")
        elif is_emergency or not decide_consult.begin_by_phone(x, agent, to, _knock(phone)):
            decide_placing.place_from_phone(x, agent, Wish(to, is_emergency=is_emergency), phone)
    except Refused as refusal:
        _turn_away(x, agent, event, str(refusal))
    return True


def _destination(x: Exchange, uri: str) -> Destination:
    """What nobody can read the shell refuses with its reason."""
    typed, found = _user(uri), destination_at(x.config, uri)
    if found is None and not typed:
        raise Refused("unknown_number")
    if found is None or found.kind is DestinationKind.OUTSIDE:
        called = x.config.rules.read(typed)
        number = called.number if isinstance(called, CalledNumber) else typed[:LONGEST]
        return Destination(DestinationKind.OUTSIDE, number)
    return found


def _require_bare(x: Exchange, uri: str) -> None:
    """Keys for whoever answers may be the number of a card, and this INVITE is kept: they are pressed when he is there."""
    called = x.config.rules.read(_user(uri))
    if isinstance(called, CalledNumber) and called.post_dial:
        raise Refused(KEYS_BEHIND)


def _user(uri: str) -> str:
    try:
        return user_of(uri)
    except BadHeader:
        return ""


def _fetch(x: Exchange, agent: int, to: Destination, phone: OwnPhone) -> None:
    """Whoever waits at this place. Raises Refused."""
    call = decide_parking.at(x, to.number) if to.value else None
    if call is None:
        raise Refused("no_such_call")
    decide_parking.fetch(x, call, agent, knock=_knock(phone))


def _knock(phone: OwnPhone) -> Knock:
    return Knock(phone.transaction, phone.kind, phone.sdp or "", phone.invite or {})


def _phone(event: InviteReceived, invite: Mapping[str, Any] | None) -> OwnPhone:
    if event.sdp is None:
        return OwnPhone(event.invite, invite, None, RTP)
    if not description.is_usable(event.sdp):
        raise Refused("no_codec")
    return OwnPhone(event.invite, invite, event.sdp, description.kind_of(event.sdp))


def _turn_away(x: Exchange, agent: int, event: InviteReceived, reason: str) -> None:
    status = STATUS.get(reason, _FORBIDDEN)
    typed = _user(event.request_uri)
    x.write(
        "call.rejected",
        x.new_id(),
        agent,
        status=status,
        reason=reason,
        dialled=without_keys(typed),
        caller=event.peer.name,
    )
    x.send(SendReject(event.invite, status, _WORDS.get(reason, "")))
