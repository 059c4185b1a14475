from dataclasses import dataclass

from hallom.sip.flow import Flow


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What the administrator decides; `secret` signs nonces and derives the ids of outgoing calls.

    Durations in seconds. `host` is what goes into Via and Contact, `ports` where each transport listens.
    """

    host: str
    secret: bytes
    port: int = 5060
    ws_port: int = 8002
    tls_port: int = 5061
    realm: str = "hallom"
    user_agent: str = "Hallom"
    # RFC 3261 10.3 lets a registrar refuse less than an hour, but phones behind NAT need minutes.
    min_expires: int = 30
    max_expires: int = 3600
    default_expires: int = 600
    nonce_seconds: int = 300
    # RFC 4028 4 recommends 1800 and forbids less than 90.
    session_seconds: int = 1800
    min_session_seconds: int = 90

    def listening_port(self, flow: Flow) -> int:
        if flow.is_websocket:
            return self.ws_port
        return self.tls_port if flow.transport == "tls" else self.port

    def sent_by(self, flow: Flow) -> str:
        return f"{self.host}:{self.listening_port(flow)}"

    def contact(self, flow: Flow, user: str = "hallom") -> str:
        transport = "" if flow.transport == "udp" else f";transport={flow.transport}"
        return f"<sip:{user}@{self.sent_by(flow)}{transport}>"
