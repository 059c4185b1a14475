import re
from dataclasses import replace

import pytest

from hallom.sip.binding import Binding
from hallom.sip.credentials import Credentials, issue, secret_of
from hallom.sip.digest import authorization, ha1
from hallom.sip.events import BindingChanged, InviteAnswered, InviteReceived
from hallom.sip.flow import Flow
from hallom.sip.target import Target
from hallom.sip.tests.harness import ANSWER, OFFER, START
from hallom.sip.tests.lone import STRANGER, Lone, header, reply, request, starts

BROWSER = Flow("ws", "192.0.2.5", 50_000, 3)
CONTACT = 'Contact: <sip:x1@d3h7.invalid;transport=ws>;+sip.instance="<urn:uuid:1>";reg-id=1;expires=600\r\n'


def register(
    cseq: int,
    contacts: str = CONTACT,
    *,
    auth: str = "",
    user: str = "7",
    call: str = "reg",
    branch: str = "",
) -> bytes:
    name = branch or f"reg{cseq}{call}"
    text = request("REGISTER", call, cseq, branch=name, uri="sip:127.0.0.1", extra=auth + contacts).decode()
    text = text.replace("Contact: <sip:a@127.0.0.1:5299>\r\n", "", 1)
    return text.replace("To: <sip:100@127.0.0.1:5060>", f"To: <sip:{user}@127.0.0.1>").encode()


def proof(challenged: str, username: str = "7", password: str = "secret", *, method: str = "REGISTER", uri: str = "sip:127.0.0.1", algorithm: str = "MD5") -> str:  # fmt: skip
    challenges = [
        line.split(": ", 1)[1] for line in challenged.split("\r\n") if line.startswith("WWW-Authenticate")
    ]
    wanted = [one for one in challenges if f"algorithm={algorithm}" in one]
    made = authorization(wanted, username, password, method=method, uri=uri, cnonce="c")
    assert made is not None
    return f"Authorization: {made}\r\n"


def registered(
    lone: Lone, contacts: str = CONTACT, source: Flow = BROWSER, call: str = "reg", cseq: int = 1
) -> str:
    challenged = lone.say(register(cseq, contacts, call=call), source)
    assert starts(challenged) == ["401"]
    said = lone.say(register(cseq + 1, contacts, auth=proof(challenged[0]), call=call), source)
    return said[0]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_phone_registers_by_digest(algorithm: str) -> None:
    lone = Lone()
    supported = "Supported: path, outbound\r\n"
    challenged = lone.say(register(1), BROWSER)
    auth = supported + proof(challenged[0], algorithm=algorithm)
    said = lone.say(register(2, auth=auth), BROWSER)
    assert starts(said) == ["200"]
    assert "reg-id=1" in header(said[0], "Contact")
    assert header(said[0], "Require") == "outbound"
    binding = lone.endpoint.bindings("agent-7", lone.now)[0]
    assert (binding.flow, binding.instance, binding.expires_at) == (BROWSER, "urn:uuid:1", START + 600)
    assert lone.events() == [BindingChanged(binding, removed=False)]


def test_known_and_unknown_users_are_refused_alike() -> None:
    answers = []
    for username, password in (("7", "wrong"), ("nobody", "wrong")):
        lone = Lone()
        challenged = lone.say(register(1), BROWSER)
        answers.append(lone.say(register(2, auth=proof(challenged[0], username, password)), BROWSER))
    assert starts(answers[0]) == ["403"]
    assert answers[0] == answers[1]


def test_one_may_not_register_for_another() -> None:
    lone = Lone()
    challenged = lone.say(register(1, user="agent-8"), BROWSER)
    said = lone.say(register(2, auth=proof(challenged[0]), user="agent-8"), BROWSER)
    assert starts(said) == ["403"]
    said = lone.say(register(3, user="agent-7", auth=proof(lone.say(register(4), BROWSER)[0])), BROWSER)
    assert starts(said) == ["200"]


def test_a_used_proof_is_stale_and_an_old_nonce_too() -> None:
    lone = Lone()
    auth = proof(lone.say(register(1), BROWSER)[0])
    assert starts(lone.say(register(2, auth=auth), BROWSER)) == ["200"]
    again = lone.say(register(3, auth=auth), BROWSER)
    assert starts(again) == ["401"]
    assert "stale=true" in again[0]
    auth = proof(again[0])
    lone.wait(301)
    late = lone.say(register(4, auth=auth), BROWSER)
    assert starts(late) == ["401"]
    assert "stale=true" in late[0]


def test_a_forged_nonce_is_stale() -> None:
    lone = Lone()
    challenged = lone.say(register(1), BROWSER)[0]
    nonce = challenged.split('nonce="')[1].split('"')[0]
    said = lone.say(
        register(2, auth=proof(challenged.replace(nonce, "made-up.é".encode("ascii", "ignore").decode()))),
        BROWSER,
    )
    assert starts(said) == ["401"]
    assert "stale=true" in said[0]


def test_too_short_too_long_and_no_expiry() -> None:
    lone = Lone()
    brief = registered(lone, CONTACT.replace("600", "5"))
    assert brief.startswith("SIP/2.0 423")
    assert header(brief, "Min-Expires") == "30"
    assert ";expires=3600" in header(registered(lone, CONTACT.replace("600", "999999"), cseq=5), "Contact")
    assert ";expires=600" in header(registered(lone, CONTACT.replace(";expires=600", ""), cseq=9), "Contact")


def test_a_registration_expires_by_itself() -> None:
    lone = Lone()
    registered(lone)
    lone.events()
    lone.wait(601)
    assert [event.removed for event in lone.events() if isinstance(event, BindingChanged)] == [True]
    assert lone.is_empty()


def test_a_registration_is_taken_back() -> None:
    lone = Lone()
    registered(lone)
    assert "Contact" not in registered(lone, CONTACT.replace("600", "0"), cseq=3)
    assert lone.endpoint.bindings("agent-7", lone.now) == []


def test_a_star_removes_all_but_only_with_expires_0() -> None:
    lone = Lone()
    registered(lone)
    assert registered(lone, "Contact: *\r\n", cseq=3).startswith("SIP/2.0 400")
    assert registered(lone, "Contact: *\r\nExpires: 0\r\n", cseq=5).startswith("SIP/2.0 200")
    assert lone.endpoint.bindings("agent-7", lone.now) == []


def test_a_closed_connection_takes_its_bindings_with_it() -> None:
    lone = Lone()
    registered(lone)
    registered(lone, "Contact: <sip:7@192.0.2.9:5060>\r\n", STRANGER, call="desk")
    lone.events()
    lone.endpoint.flow_closed(BROWSER, lone.now)
    assert [event.removed for event in lone.events() if isinstance(event, BindingChanged)] == [True]
    assert [binding.flow for binding in lone.endpoint.bindings("agent-7", lone.now)] == [STRANGER]


def test_the_same_phone_over_a_new_connection_replaces_its_binding() -> None:
    lone = Lone()
    registered(lone)
    newer = Flow("ws", "192.0.2.5", 50_001, 4)
    registered(lone, CONTACT.replace("x1", "x2"), newer, call="reg2")
    bindings = lone.endpoint.bindings("agent-7", lone.now)
    assert [binding.flow for binding in bindings] == [newer]
    changes = [
        (event.binding.contact[4:6], event.removed)
        for event in lone.events()
        if isinstance(event, BindingChanged)
    ]
    assert changes == [("x1", False), ("x1", True), ("x2", False)]
    lone.endpoint.flow_closed(BROWSER, lone.now)
    assert lone.events() == []


def test_an_agent_has_at_most_ten_phones_and_the_oldest_goes() -> None:
    lone = Lone()
    for number in range(12):
        registered(lone, f"Contact: <sip:7@192.0.2.9:{6000 + number}>\r\n", STRANGER, call=f"desk{number}")
    bindings = lone.endpoint.bindings("agent-7", lone.now)
    assert [binding.contact[-4:] for binding in bindings] == [str(6011 - number) for number in range(10)]


def test_a_late_registration_of_the_same_call_changes_nothing() -> None:
    lone = Lone()
    registered(lone, cseq=5)
    assert registered(lone, cseq=2).startswith("SIP/2.0 500")


@pytest.mark.parametrize(
    "users",
    [
        {"8": ("other", "agent-8")},
        {"7": ("another secret", "agent-7"), "8": ("other", "agent-8")},
        {"7": ("secret", "agent-9"), "8": ("other", "agent-8")},
    ],
    ids=["account gone", "secret renewed", "of somebody else now"],
)
def test_a_phone_whose_account_or_secret_is_no_more_is_reached_no_more(
    users: dict[str, tuple[str, str]],
) -> None:
    lone = Lone()
    registered(lone)
    (binding,) = lone.endpoint.bindings("agent-7", lone.now)
    challenged = lone.say(register(1, user="8", call="other"), STRANGER)
    colleague = register(2, auth=proof(challenged[0], "8", "other"), user="8", call="other")
    assert starts(lone.say(colleague, STRANGER)) == ["200"]
    lone.events()
    lone.endpoint.check_bindings(lone.now)
    assert lone.events() == []
    lone.book.users = users
    lone.endpoint.check_bindings(lone.now)
    assert lone.events() == [BindingChanged(replace(binding, expires_at=lone.now), removed=True)]
    assert lone.endpoint.bindings("agent-7", lone.now) == []
    assert len(lone.endpoint.bindings("agent-8", lone.now)) == 1


def test_what_a_binding_keeps_of_the_secret_opens_nothing() -> None:
    lone = Lone()
    registered(lone)
    (binding,) = lone.endpoint.bindings("agent-7", lone.now)
    assert binding.username == "7"
    assert binding.mark
    assert binding.mark not in ha1("SHA-256", "7", "hallom", "secret")


def test_a_restored_binding_is_there_without_an_event() -> None:
    lone = Lone()
    binding = Binding("agent-7", "sip:x@y.invalid", BROWSER, START + 60)
    lone.endpoint.restore_binding(binding)
    assert lone.endpoint.bindings("agent-7", START) == [binding]
    assert lone.events() == []


def test_credentials_of_a_browser_phone_expire_and_cannot_be_made_up() -> None:
    given, epochs = issue(b"key", 7, START + 60, epoch=3), {7: 3}
    secret = secret_of(b"key", given.username, "hallom", START, epochs=epochs)
    assert secret is not None
    assert (secret.aor, secret.valid_until) == ("agent-7", START + 60)
    assert secret.ha1_md5 == ha1("MD5", given.username, "hallom", given.password)
    assert secret_of(b"key", given.username, "hallom", START + 61, epochs=epochs) is None
    for name in ("", "7", "7:1800000000", "7:x:3", "x:1:3", "7:99999999999999999999:3", "٧:1800000000:3"):
        assert secret_of(b"key", name, "hallom", START, epochs=epochs) is None
    assert "password" not in repr(Credentials("a", "hush"))


def test_credentials_of_a_browser_phone_are_revoked_with_the_epoch() -> None:
    given = issue(b"key", 7, START + 60, epoch=3)
    for epochs in ({7: 4}, {8: 3}, {}):
        assert secret_of(b"key", given.username, "hallom", START, epochs=epochs) is None


def test_a_call_to_a_binding_goes_over_its_flow_and_follows_it() -> None:
    lone = Lone()
    registered(lone)
    binding = lone.endpoint.bindings("agent-7", lone.now)[0]
    lone.endpoint.invite(
        "leg", Target(binding.contact, binding.flow), lone.now, from_uri="sip:a@127.0.0.1", sdp=OFFER
    )
    flow, data = lone.endpoint.outgoing()[0]
    assert flow == BROWSER
    text = data.decode()
    assert header(text, "Via").startswith("SIP/2.0/WS 127.0.0.1:8002;")
    answer = reply(text, 200, body=ANSWER).replace(
        b"<sip:100@127.0.0.1:5299>", f"<{binding.contact}>".encode()
    )
    lone.say(answer, BROWSER)
    dialog = next(event.dialog for event in lone.events() if isinstance(event, InviteAnswered))
    newer = Flow("ws", "192.0.2.5", 50_001, 4)
    lone.endpoint.flow_closed(BROWSER, lone.now)
    registered(lone, source=newer, call="reg2")
    lone.endpoint.reinvite(dialog, OFFER, lone.now)
    assert lone.endpoint.outgoing()[0][0] == newer
    state = lone.endpoint.dialog_state(dialog)
    lone.restart()
    newest = Flow("ws", "192.0.2.5", 50_002, 5)
    lone.endpoint.restore_dialog(state, lone.now)
    registered(lone, source=newest, call="reg3")
    lone.endpoint.bye(dialog, lone.now)
    assert lone.endpoint.outgoing()[0][0] == newest


def test_strangers_calls_are_challenged_then_refused() -> None:
    lone = Lone()
    challenged = lone.say(request("INVITE", body=OFFER, branch="i1"), STRANGER)
    assert starts(challenged) == ["401"]
    wrong = proof(challenged[0], password="wrong", method="INVITE", uri="sip:100@127.0.0.1:5060")
    assert starts(lone.say(request("INVITE", cseq=2, body=OFFER, branch="i2", extra=wrong), STRANGER)) == [
        "403"
    ]
    assert lone.events() == []
    right = proof(challenged[0], method="INVITE", uri="sip:100@127.0.0.1:5060")
    assert starts(lone.say(request("INVITE", cseq=3, body=OFFER, branch="i3", extra=right), STRANGER)) == [
        "100"
    ]
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert (event.peer.kind, event.peer.name) == ("account", "agent-7")


def test_what_a_stranger_asserts_is_not_believed() -> None:
    lone = Lone()
    lone.say(request("INVITE", body=OFFER, extra="P-Asserted-Identity: <sip:+4812@carrier>\r\n"))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.asserted == "sip:+4812@carrier"


def test_nonces_from_before_a_restart_are_stale() -> None:
    lone = Lone()
    auth = proof(lone.say(register(1), BROWSER)[0])
    lone.restart()
    lone.now += 1
    assert "stale=true" in lone.say(register(2, auth=auth), BROWSER)[0]


def test_md5_stands_where_each_kind_of_phone_looks() -> None:
    for source, order in ((BROWSER, ["SHA-256", "MD5"]), (STRANGER, ["MD5", "SHA-256"])):
        challenged = Lone().say(register(1), source)[0]
        assert re.findall(r"algorithm=([A-Z0-9\-]+)", challenged) == order
    old = register(1, "User-Agent: baresip v1.0.0 (x86_64/linux)\r\n" + CONTACT)
    assert "SHA-256" not in Lone().say(old, STRANGER)[0]
