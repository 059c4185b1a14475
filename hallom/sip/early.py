from hallom.sip.client import ClientTransactions
from hallom.sip.dialog import Dialog
from hallom.sip.flow import Flow
from hallom.sip.limits import MAX_FORKS
from hallom.sip.message import Request, Response
from hallom.sip.wire import Wire


class Early:
    """One phone that rings: its early dialog once it asks for PRACK, its last RSeq, its early answer."""

    __slots__ = ("answer", "dialog", "rseq")

    def __init__(self) -> None:
        self.answer: str | None = None
        self.dialog: Dialog | None = None
        self.rseq = 0


class EarlyDialogs:
    """The phones that ring for one INVITE of ours, and the PRACKs they get (RFC 3262 4)."""

    __slots__ = ("_clients", "_flow", "_phones", "_request", "_wire", "tags")

    def __init__(self, wire: Wire, clients: ClientTransactions, request: Request, flow: Flow) -> None:
        self._wire = wire
        self._clients = clients
        self._request = request
        self._flow = flow
        self._phones: dict[str, Early] = {}
        self.tags: set[str] = set()

    def receive(self, response: Response) -> bool:
        """Whether this provisional response is a new one; a reliable one gets its PRACK."""
        if response.to_tag and len(self.tags) < MAX_FORKS:
            self.tags.add(response.to_tag)
        rseq = response.number("rseq")
        if "100rel" not in response.tokens("require") or rseq is None:
            return True
        if response.to_tag not in self._phones and len(self._phones) >= MAX_FORKS:
            return False
        phone = self._phones.setdefault(response.to_tag, Early())
        if phone.rseq and rseq != phone.rseq + 1:
            return False
        phone.rseq = rseq
        phone.answer = response.sdp or phone.answer
        self._acknowledge(phone, response, rseq)
        return True

    def answer_of(self, tag: str) -> str | None:
        phone = self._phones.get(tag)
        return phone.answer if phone else None

    def last_cseq_of(self, tag: str) -> int:
        phone = self._phones.get(tag)
        return phone.dialog.local_cseq if phone and phone.dialog else self._request.cseq

    def _acknowledge(self, phone: Early, response: Response, rseq: int) -> None:
        if phone.dialog is None:
            phone.dialog = Dialog.calling(self._request, response, self._flow)
        phone.dialog.refresh_target(response)
        prack = phone.dialog.request(self._wire, "PRACK", self._flow)
        prack.headers["rack"] = [f"{rseq} {self._request.cseq} INVITE"]
        self._clients.start(prack, self._flow, None)
