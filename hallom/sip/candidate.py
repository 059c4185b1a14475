import re
from dataclasses import dataclass

CANDIDATE = re.compile(
    r"([A-Za-z0-9+/]{1,32}) ([0-9]{1,5}) ([A-Za-z]{1,16}) ([0-9]{1,10}) ([A-Za-z0-9.:\-]{1,255}) ([0-9]{1,5}) typ ([a-z]{1,16})(?: .*)?\Z"
)
# RFC 8445 5.1.2.1: type preference 126, local preference 65535, component 1.
HOST_PRIORITY = (126 << 24) + (65535 << 8) + 255


@dataclass(frozen=True, slots=True)
class Candidate:
    """One address of an ICE agent (RFC 8839 5.1); extensions are not kept."""

    foundation: str
    component: int
    transport: str
    priority: int
    host: str
    port: int
    kind: str

    @classmethod
    def of_host(cls, host: str, port: int) -> "Candidate":
        return cls("1", 1, "udp", HOST_PRIORITY, host, port, "host")

    @classmethod
    def read(cls, value: str) -> "Candidate | None":
        match = CANDIDATE.match(value)
        if match is None:
            return None
        foundation, component, transport, priority, host, port, kind = match.groups()
        return cls(foundation, int(component), transport.lower(), int(priority), host, int(port), kind)

    def __str__(self) -> str:
        return (
            f"{self.foundation} {self.component} {self.transport} {self.priority}"
            f" {self.host} {self.port} typ {self.kind}"
        )
