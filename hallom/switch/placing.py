"""A call that somebody of the house makes: to a number outside, or to a colleague."""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Placing:
    """`by` calls `to`. `transaction` is his telephone's INVITE when it dialled by itself; `reason` why nobody was reached.

    Of an OUTGOING call the other side is the first leg, the customer's; of an INTERNAL one that is the colleague who calls.
    `is_extra`: a call for help, made while he is in another call; it is nobody's.
    """

    by: int
    to: str
    direction: str
    purpose: str = "dial"
    caller_number: str = ""
    transaction: str = ""
    promise: str = ""
    is_signed_in: bool = True
    is_extra: bool = False
    reason: str = ""
