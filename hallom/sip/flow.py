from dataclasses import dataclass

DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Flow:
    """Where bytes came from and go back to (RFC 5626 section 3).

    `connection` numbers a stream; 0 is UDP, or a stream the shell has yet to open.
    """

    transport: str
    host: str
    port: int
    connection: int = 0

    @property
    def is_reliable(self) -> bool:
        return self.transport != "udp"

    @property
    def is_websocket(self) -> bool:
        return self.transport in ("ws", "wss")

    def as_list(self) -> list[str | int]:
        return [self.transport, self.host, self.port, self.connection]

    @classmethod
    def from_list(cls, values: list[str | int]) -> "Flow":
        transport, host, port, connection = values
        return cls(str(transport), str(host), int(port), int(connection))
