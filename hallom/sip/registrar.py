from dataclasses import replace
from functools import partial

from hallom.sip.accounts import Accounts, Secret
from hallom.sip.binding import Binding
from hallom.sip.digest import digest_parameters
from hallom.sip.events import BindingChanged
from hallom.sip.flow import Flow
from hallom.sip.header import BadHeader, NameAddr, legible
from hallom.sip.limits import MAX_BINDINGS, MAX_CONTACTS
from hallom.sip.message import Request, Response
from hallom.sip.timers import Timer
from hallom.sip.uri import parse_uri, same_contact, user_of
from hallom.sip.wire import Wire

MAX_UNSIGNED = 2**32 - 1


class Registrar:
    """Which phones an AOR has, each with the flow it registered over (RFC 3261 10.3, RFC 5626 6)."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._bindings: dict[str, list[Binding]] = {}
        self._by_stream: dict[Flow, set[str]] = {}
        self._expiry: dict[tuple[str, str], Timer] = {}

    def __len__(self) -> int:
        return len(self._expiry)

    def bindings(self, aor: str, now: float) -> list[Binding]:
        """The newest first."""
        return [binding for binding in reversed(self._bindings.get(aor, ())) if binding.expires_at > now]

    def reaching(self, aor: str, contact: str, instance: str) -> Binding | None:
        """The newest binding of the phone that once had this Contact or instance."""
        for binding in self.bindings(aor, self._wire.now):
            if (instance and binding.instance == instance) or same_contact(binding.contact, contact):
                return binding
        return None

    def owner_of(self, flow: Flow, contact: str) -> str:
        """The AOR that registered this Contact over this stream, empty when none did."""
        for aor in self._by_stream.get(flow, ()):
            if self.reaching(aor, contact, "") is not None:
                return aor
        return ""

    def restore(self, binding: Binding) -> None:
        self._put(binding, told=False)

    def register(self, request: Request, secret: Secret, source: Flow, tag: str) -> Response:
        """The response to an authenticated REGISTER, its bindings changed or none of them."""
        try:
            contacts = [NameAddr.parse(item) for item in request.headers.get("contact", ()) if item != "*"]
            user = user_of(NameAddr.parse(request.first("to")).uri)
            for contact in contacts:
                parse_uri(contact.uri)
        except BadHeader:
            return request.respond(400, tag=tag)
        if user not in (secret.aor, _username(request)):
            return request.respond(403, tag=tag)
        if "*" in request.headers.get("contact", ()):
            return self._remove_all(request, secret.aor, contacts, tag)
        if len(contacts) > MAX_CONTACTS:
            return request.respond(403, "Too Many Contacts", tag)
        if len(self) + len(contacts) > MAX_BINDINGS:
            return request.respond(503, tag=tag)
        return self._update(request, secret, contacts, source, tag=tag)

    def check(self, accounts: Accounts) -> None:
        """Whose account or secret is no more is not rung any longer, nor does he wait for his binding to expire."""
        realm, now = self._wire.settings.realm, self._wire.now
        for binding in [one for of_aor in self._bindings.values() for one in of_aor if one.username]:
            secret = accounts.secret_of(binding.username, realm, now)
            if secret is None or (secret.aor, secret.mark) != (binding.aor, binding.mark):
                self._remove(binding)

    def flow_closed(self, flow: Flow) -> None:
        for aor in list(self._by_stream.get(flow, ())):
            for binding in list(self._bindings.get(aor, ())):
                if binding.flow == flow:
                    self._remove(binding)

    def _update(
        self, request: Request, secret: Secret, contacts: list[NameAddr], source: Flow, *, tag: str
    ) -> Response:
        made = []
        for contact in contacts:
            seconds = self._seconds(request, contact)
            if 0 < seconds < self._wire.settings.min_expires:
                response = request.respond(423, tag=tag)
                response.headers["min-expires"] = [str(self._wire.settings.min_expires)]
                return response
            made.append(self._binding(request, secret, contact, source, seconds=seconds))
        for binding in made:
            old = self._same(binding)
            if old is not None and old.call_id == binding.call_id and old.cseq >= binding.cseq:
                return request.respond(500, "CSeq Out of Order", tag)
        for binding in made:
            self._change(binding)
        return self._listing(request, secret.aor, tag, outbound=any(binding.reg_id for binding in made))

    def _seconds(self, request: Request, contact: NameAddr) -> int:
        asked = contact.parameters.get("expires", "")
        settings = self._wire.settings
        if not asked.isdecimal() or not asked.isascii():
            number = request.number("expires")
            asked = str(settings.default_expires if number is None else number)
        return min(int(asked[:10]), MAX_UNSIGNED, settings.max_expires)

    def _binding(
        self, request: Request, secret: Secret, contact: NameAddr, source: Flow, *, seconds: int
    ) -> Binding:
        reg_id = contact.parameters.get("reg-id", "")
        instance = legible(contact.parameters.get("+sip.instance", "")).strip("<>")
        # A credential that ends sooner takes its binding with it.
        ends = min(self._wire.now + seconds, secret.valid_until)
        return Binding(
            secret.aor,
            contact.uri,
            source,
            ends if seconds else 0.0,
            instance,
            tuple(legible(path) for path in request.headers.get("path", ())),
            int(reg_id) if instance and reg_id.isascii() and reg_id.isdecimal() and len(reg_id) < 10 else 0,
            request.call_id,
            request.cseq,
            secret.username,
            secret.mark,
        )

    def _same(self, binding: Binding) -> Binding | None:
        """The binding that this one takes the place of (RFC 5626 6, else RFC 3261 10.3)."""
        for old in self._bindings.get(binding.aor, ()):
            if binding.reg_id and old.reg_id == binding.reg_id and old.instance == binding.instance:
                return old
            if same_contact(old.contact, binding.contact):
                return old
        return None

    def _change(self, binding: Binding) -> None:
        if binding.expires_at:
            self._put(binding, told=True)
        elif (old := self._same(binding)) is not None:
            self._remove(old)

    def _put(self, binding: Binding, *, told: bool) -> None:
        old = self._same(binding)
        if old is not None and old.contact == binding.contact:
            self._forget(old)
        elif old is not None:
            self._remove(old)
        elif len(self._bindings.get(binding.aor, ())) >= MAX_CONTACTS:
            # The phone in front of the agent counts more than one that has not been heard of for longest.
            self._remove(self._bindings[binding.aor][0])
        self._bindings.setdefault(binding.aor, []).append(binding)
        if binding.flow.is_reliable:
            self._by_stream.setdefault(binding.flow, set()).add(binding.aor)
        timer = self._wire.deadlines.at(binding.expires_at, partial(self._remove, binding))
        self._expiry[binding.aor, binding.contact] = timer
        if told:
            self._wire.emit(BindingChanged(binding, removed=False))

    def _remove(self, binding: Binding) -> None:
        self._forget(binding)
        self._wire.emit(BindingChanged(replace(binding, expires_at=self._wire.now), removed=True))

    def _forget(self, binding: Binding) -> None:
        rest = [old for old in self._bindings.get(binding.aor, ()) if old.contact != binding.contact]
        self._wire.cancel(self._expiry.pop((binding.aor, binding.contact), None))
        if rest:
            self._bindings[binding.aor] = rest
        else:
            self._bindings.pop(binding.aor, None)
        aors = self._by_stream.get(binding.flow)
        if aors is not None and not any(old.flow == binding.flow for old in rest):
            aors.discard(binding.aor)
            if not aors:
                del self._by_stream[binding.flow]

    def _remove_all(self, request: Request, aor: str, contacts: list[NameAddr], tag: str) -> Response:
        if contacts or request.number("expires") != 0:
            return request.respond(400, "Contact * Needs Expires 0", tag)
        for binding in list(self._bindings.get(aor, ())):
            self._remove(binding)
        return self._listing(request, aor, tag, outbound=False)

    def _listing(self, request: Request, aor: str, tag: str, *, outbound: bool) -> Response:
        response = request.respond(200, tag=tag)
        now = self._wire.now
        listed = []
        for binding in self.bindings(aor, now):
            shown = f"<{binding.contact}>;expires={max(1, round(binding.expires_at - now))}"
            if binding.instance:
                shown += f';+sip.instance="<{binding.instance}>"'
            listed.append(shown + (f";reg-id={binding.reg_id}" if binding.reg_id else ""))
        if listed:
            response.headers["contact"] = listed
        if outbound and "outbound" in request.tokens("supported"):
            response.headers["require"] = ["outbound"]
        if "path" in request.headers and "path" in request.tokens("supported"):
            response.headers["path"] = request.headers["path"]
        return response


def _username(request: Request) -> str:
    found = digest_parameters(request.first("authorization")) or {}
    return found.get("username", "")
