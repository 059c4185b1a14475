"""What was promised for when somebody is free: who owes it, to whom, by when."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class PromiseKind(StrEnum):
    """CONNECT the caller who waits, CALL_CUSTOMER back, CALL_ME who asked."""

    CONNECT = "connect"
    CALL_CUSTOMER = "call_customer"
    CALL_ME = "call_me"


class PromiseEnd(StrEnum):
    KEPT = "kept"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Promise:
    """`owner` is the one who has to be free; `is_ripe` once he was, and was told or rung. `number` and `name` are the customer's.

    Whoever he is (`customer`) and what it is about (`ticket`) are numbers of other rooms.
    """

    id: str
    kind: str
    owner: int
    by: int
    call: str
    number: str
    made_at: float
    deadline: float
    is_ripe: bool = False
    why: str = ""
    name: str = ""
    customer: int | None = None
    ticket: int | None = None

    def as_data(self) -> Mapping[str, Any]:
        return asdict(self)
