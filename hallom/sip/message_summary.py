from dataclasses import dataclass

from hallom.sip.header import legible
from hallom.sip.message import CONTROL

CONTENT_TYPE = "application/simple-message-summary"


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """How many voice messages wait for an account (RFC 3842 3.5); `urgent_…` are among `new` and `old`."""

    account: str
    new: int = 0
    old: int = 0
    urgent_new: int = 0
    urgent_old: int = 0

    def __str__(self) -> str:
        account = legible(CONTROL.sub("", self.account)).strip()
        counts = f"{self.new}/{self.old} ({self.urgent_new}/{self.urgent_old})"
        lines = [f"Messages-Waiting: {'yes' if self.new else 'no'}"]
        if account:
            lines.append(f"Message-Account: {account}")
        return "\r\n".join([*lines, f"Voice-Message: {counts}", ""])
