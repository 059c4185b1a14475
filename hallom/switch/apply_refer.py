"""What entries about transfers that a telephone asked for change: who is told, and what he was told last."""

from dataclasses import replace

from hallom.switch.call import Call
from hallom.switch.journal import JournalEntry
from hallom.switch.referral import Referral
from hallom.switch.state import State


def asked(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    call.referral = Referral(data["refer"], data["leg"], data["dialog"])
    _keep(call, data["leg"], data["state"])


def accepted(state: State, call: Call, entry: JournalEntry) -> None:
    _keep(call, entry.data["leg"], entry.data["state"])


def _keep(call: Call, leg: str, state: object) -> None:
    if isinstance(state, dict) and state:
        call.legs[leg].dialog_state = state


def told(state: State, call: Call, entry: JournalEntry) -> None:
    if call.referral is None or entry.data["last"]:
        call.referral = None
    else:
        call.referral = replace(call.referral, told=entry.data["status"])


def came_back(call: Call, reason: str) -> None:
    if call.referral is not None:
        call.referral = replace(call.referral, reason=reason)
