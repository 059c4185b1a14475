import json
from typing import Any

import pytest

from hallom.sip import subscribing
from hallom.sip.dialog_info import document
from hallom.sip.events import SubscriptionEnded, SubscriptionReceived, SubscriptionRefreshed
from hallom.sip.flow import Flow
from hallom.sip.message_summary import MessageSummary
from hallom.sip.tests.lone import PHONE, STRANGER, Lone, header, reply, request, starts, tag
from hallom.sip.tests.test_races import answered
from hallom.sip.tests.test_registrar import proof

LAMP = "Event: dialog\r\n"
XML = "application/dialog-info+xml"


def wish(cseq: int = 1, extra: str = LAMP, *, call: str = "lamp", to_tag: str = "", auth: str = "") -> bytes:
    return request("SUBSCRIBE", call, cseq, branch=f"{call}{cseq}", to_tag=to_tag, extra=auth + extra)


def asked(lone: Lone, extra: str = LAMP, *, call: str = "lamp", source: Flow = STRANGER) -> list[str]:
    """A SUBSCRIBE of agent 7's telephone, challenged and signed."""
    challenged = lone.say(wish(1, extra, call=call), source)
    assert starts(challenged) == ["401"]
    auth = proof(challenged[0], method="SUBSCRIBE", uri="sip:100@127.0.0.1:5060")
    return lone.say(wish(2, extra, call=call, auth=auth), source)


def subscribed(lone: Lone, extra: str = LAMP, *, call: str = "lamp", source: Flow = STRANGER) -> str:
    """A subscription that was accepted and told its first state."""
    assert asked(lone, extra, call=call, source=source) == []
    event = next(event for event in lone.events() if isinstance(event, SubscriptionReceived))
    lone.endpoint.accept_subscription(event.subscription, lone.now)
    lone.endpoint.notify(event.subscription, XML, document("sip:100@h", 1), lone.now)
    said = lone.sent()
    assert starts(said) == ["200", "NOTIFY"]
    lone.say(reply(said[1], 200), source)
    return event.subscription


def renewed(lone: Lone, key: str, cseq: int, extra: str = LAMP, *, source: Flow = STRANGER) -> list[str]:
    """A SUBSCRIBE within it, challenged and signed."""
    challenged = lone.say(wish(90 + cseq, extra, to_tag=key), source)
    assert starts(challenged) == ["401"]
    auth = proof(challenged[0], method="SUBSCRIBE", uri="sip:100@127.0.0.1:5060")
    data = wish(cseq, extra, to_tag=key, auth=auth).replace(b"z9hG4bK", b"z9hG4bKr", 1)
    return lone.say(data, source)


def test_a_lamp_is_asked_for_and_told() -> None:
    lone = Lone()
    assert asked(lone, LAMP + "Expires: 600\r\n") == []
    key = lone.endpoint.next_event()
    assert isinstance(key, SubscriptionReceived)
    assert key == SubscriptionReceived(key.subscription, "dialog", "agent-7", "sip:100@127.0.0.1:5060", 600)
    lone.endpoint.accept_subscription(key.subscription, lone.now)
    body = document("sip:100@h", 1)
    lone.endpoint.notify(key.subscription, XML, body, lone.now)
    accepted, told = lone.sent()
    assert starts([accepted, told]) == ["200", "NOTIFY"]
    assert (header(accepted, "Expires"), tag(accepted)) == ("600", key.subscription)
    assert header(told, "Subscription-State") == "active;expires=600"
    assert (header(told, "Event"), header(told, "Content-Type")) == ("dialog", XML)
    assert told.partition("\r\n\r\n")[2] == body
    assert header(told, "Contact")
    lone.say(reply(told, 200), STRANGER)
    assert lone.endpoint.subscriptions() == [key.subscription]


def test_messages_that_wait_are_told_with_the_id_that_was_asked_with() -> None:
    lone = Lone()
    key = subscribed(lone, "o: message-summary;id=abc\r\nAccept: application/simple-message-summary\r\n")
    lone.endpoint.notify(
        key, "application/simple-message-summary", str(MessageSummary("sip:100@h", 2)), lone.now
    )
    told = lone.sent()[0]
    assert header(told, "Event") == "message-summary;id=abc"
    assert "Messages-Waiting: yes" in told


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ("", "489"),
        ("Event: presence\r\n", "489"),
        ("Event: refer\r\n", "489"),
        ("Event: dialog;;=\x01\r\n", "400"),
        ("Event: dialog\r\nEvent: dialog\r\n", "489"),
        (LAMP + "Expires: 59\r\n", "423"),
        (LAMP + "Accept: text/plain\r\n", "406"),
        (LAMP + "Require: eventlist\r\n", "420"),
    ],
)
def test_what_is_not_served_is_refused(extra: str, status: str) -> None:
    lone = Lone()
    challenged = lone.say(wish(1), STRANGER)
    auth = proof(challenged[0], method="SUBSCRIBE", uri="sip:100@127.0.0.1:5060")
    said = lone.say(wish(2, extra, auth=auth), STRANGER)
    assert starts(said) == [status]
    assert lone.events() == []
    if status == "489":
        assert header(said[0], "Allow-Events") == "dialog, message-summary, refer"
    if status == "423":
        assert header(said[0], "Min-Expires") == "60"
    assert lone.is_empty()


@pytest.mark.parametrize("accept", ["*/*", "text/plain, application/*", "application/dialog-info+xml;q=1"])
def test_any_accept_that_fits_will_do(accept: str) -> None:
    assert asked(Lone(), LAMP + f"Accept: {accept}\r\n") == []


def test_strangers_and_trunks_see_no_lamps() -> None:
    lone = Lone()
    assert starts(lone.say(wish(), STRANGER)) == ["401"]
    assert starts(lone.say(wish())) == ["403"]
    assert lone.is_empty()


@pytest.mark.parametrize(("status", "said"), [(403, "403"), (404, "404"), (200, "403")])
def test_a_wish_is_refused(status: int, said: str) -> None:
    lone = Lone()
    asked(lone)
    event = lone.events()[0]
    assert isinstance(event, SubscriptionReceived)
    lone.endpoint.notify(event.subscription, XML, "", lone.now)
    lone.endpoint.refuse_subscription(event.subscription, status, lone.now)
    assert starts(lone.sent()) == [said]
    lone.endpoint.accept_subscription(event.subscription, lone.now)
    lone.endpoint.end_subscription(event.subscription, lone.now)
    assert lone.sent() == []
    assert lone.is_empty()


def test_a_wish_that_no_one_decides_is_refused_in_time() -> None:
    lone = Lone()
    asked(lone)
    assert starts(lone.wait(21)) == ["500"]
    lone.events()
    assert lone.is_empty()


def test_a_repeated_wish_is_answered_alike_and_told_once() -> None:
    lone = Lone()
    challenged = lone.say(wish(1), STRANGER)
    auth = proof(challenged[0], method="SUBSCRIBE", uri="sip:100@127.0.0.1:5060")
    assert lone.say(wish(2, auth=auth), STRANGER) == []
    assert lone.say(wish(2, auth=auth), STRANGER) == []
    event = lone.events()
    assert len(event) == 1
    lone.endpoint.accept_subscription(getattr(event[0], "subscription", ""), lone.now)
    assert lone.say(wish(2, auth=auth), STRANGER)[-1:] == lone.say(wish(2, auth=auth), STRANGER)
    assert lone.events() == []


def test_a_state_is_fetched_once() -> None:
    lone = Lone()
    asked(lone, LAMP + "Expires: 0\r\n")
    event = lone.events()[0]
    assert isinstance(event, SubscriptionReceived)
    assert event.expires == 0
    lone.endpoint.accept_subscription(event.subscription, lone.now)
    lone.endpoint.notify(event.subscription, XML, document("sip:100@h", 1), lone.now)
    said = lone.sent()
    assert header(said[1], "Subscription-State") == "terminated;reason=timeout"
    assert "dialog-info" in said[1]
    assert lone.events() == [SubscriptionEnded(event.subscription, "expired")]
    lone.endpoint.notify(event.subscription, XML, "", lone.now)
    assert lone.sent() == []
    lone.say(reply(said[1], 200), STRANGER)
    assert lone.is_empty()


def test_a_fetch_that_is_never_told_ends_too() -> None:
    lone = Lone()
    asked(lone, LAMP + "Expires: 0\r\n")
    event = lone.events()[0]
    assert isinstance(event, SubscriptionReceived)
    lone.endpoint.accept_subscription(event.subscription, lone.now)
    lone.wait(33)
    assert lone.events() == [SubscriptionEnded(event.subscription, "expired")]
    assert lone.is_empty()


def test_a_lamp_is_prolonged_and_told_anew() -> None:
    lone = Lone()
    key = subscribed(lone, LAMP + "Expires: 100\r\n")
    lone.wait(90)
    moved = Flow("udp", "127.0.0.1", 5777)
    said = renewed(lone, key, 3, LAMP + "Expires: 200\r\n", source=moved)
    assert starts(said) == ["200"]
    assert header(said[0], "Expires") == "200"
    assert lone.events() == [SubscriptionRefreshed(key)]
    lone.endpoint.notify(key, XML, document("sip:100@h", 2), lone.now)
    flow, told = lone.endpoint.outgoing()[0]
    assert flow == moved
    assert b"active;expires=200" in told
    lone.say(reply(told.decode(), 200), moved)
    lone.wait(190)
    assert lone.events() == []
    last = lone.wait(20)
    assert header(last[0], "Subscription-State") == "terminated;reason=timeout"
    assert lone.events() == [SubscriptionEnded(key, "expired")]
    assert starts(lone.say(wish(4, to_tag=key), moved)) == ["481"]
    assert lone.is_empty()


def test_a_lamp_is_given_up() -> None:
    lone = Lone()
    key = subscribed(lone)
    said = renewed(lone, key, 3, LAMP + "Expires: 0\r\n")
    assert starts(said) == ["200", "NOTIFY"]
    assert header(said[1], "Subscription-State") == "terminated;reason=timeout"
    assert header(said[1], "Content-Type") == ""
    assert lone.events() == [SubscriptionEnded(key, "unsubscribed")]
    assert lone.is_empty()


@pytest.mark.parametrize(
    ("cseq", "extra", "status"),
    [
        (2, LAMP, "500"),
        (3, "Event: message-summary\r\n", "489"),
        (3, "Event: dialog;id=1\r\n", "489"),
        (3, "", "489"),
        (3, LAMP + "Expires: 1\r\n", "423"),
    ],
)
def test_a_renewal_that_is_out_of_order_changes_nothing(cseq: int, extra: str, status: str) -> None:
    lone = Lone()
    key = subscribed(lone)
    assert starts(renewed(lone, key, cseq, extra)) == [status]
    assert lone.events() == []
    assert lone.endpoint.subscriptions() == [key]


def test_a_telephone_whose_account_is_gone_cannot_go_on_watching() -> None:
    lone = Lone()
    key = subscribed(lone, LAMP + "Expires: 100\r\n")
    del lone.book.users["7"]
    assert starts(renewed(lone, key, 3)) == ["403"]
    lone.wait(101)
    assert lone.events() == [SubscriptionEnded(key, "expired")]


def test_one_telephone_does_not_prolong_what_another_watches() -> None:
    lone = Lone()
    key = subscribed(lone)
    assert starts(lone.say(wish(3, to_tag=key), PHONE)) == ["403"]
    assert lone.endpoint.subscriptions() == [key]


def test_a_renewal_before_the_answer_has_to_wait() -> None:
    lone = Lone()
    asked(lone)
    key = getattr(lone.events()[0], "subscription", "")
    assert starts(renewed(lone, key, 3)) == ["491"]
    lone.endpoint.accept_subscription(key, lone.now)
    assert starts(lone.sent()) == ["200"]


@pytest.mark.parametrize("status", [481, 489, 405])
def test_a_telephone_that_no_longer_knows_its_lamp_is_not_told_again(status: int) -> None:
    lone = Lone()
    key = subscribed(lone)
    lone.endpoint.notify(key, XML, document("sip:100@h", 2), lone.now)
    lone.say(reply(lone.sent()[0], status), STRANGER)
    assert lone.events() == [SubscriptionEnded(key, str(status))]
    lone.endpoint.notify(key, XML, document("sip:100@h", 3), lone.now)
    assert lone.sent() == []
    assert lone.is_empty()


def test_a_telephone_that_does_not_answer_is_given_up() -> None:
    lone = Lone()
    key = subscribed(lone)
    lone.endpoint.notify(key, XML, document("sip:100@h", 2), lone.now)
    lone.sent()
    lone.wait(33)
    assert lone.events() == [SubscriptionEnded(key, "408")]
    assert lone.is_empty()


def test_a_telephone_in_trouble_gets_the_next_state() -> None:
    lone = Lone()
    key = subscribed(lone)
    lone.endpoint.notify(key, XML, document("sip:100@h", 2), lone.now)
    first = lone.sent()[0]
    for version in (3, 4, 5):
        lone.endpoint.notify(key, XML, document("sip:100@h", version), lone.now)
    assert lone.sent() == []
    newest = lone.say(reply(first, 500), STRANGER)
    assert 'version="5"' in newest[0]
    assert lone.events() == []


def test_we_end_a_subscription() -> None:
    lone = Lone()
    key = subscribed(lone)
    lone.endpoint.end_subscription(key, lone.now, reason="deactivated")
    assert header(lone.sent()[0], "Subscription-State") == "terminated;reason=deactivated"
    assert lone.events() == [SubscriptionEnded(key, "ended")]
    assert lone.is_empty()


def test_one_account_has_so_many_lamps_and_another_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribing, "MAX_SUBSCRIPTIONS_OF_ACCOUNT", 3)
    lone = Lone()
    keys = [subscribed(lone, call=f"lamp-{number}") for number in range(3)]
    assert starts(asked(lone, call="lamp-3")) == ["403"]
    lone.endpoint.end_subscription(keys[0], lone.now)
    lone.sent()
    assert asked(lone, call="lamp-4") == []
    monkeypatch.setattr(subscribing, "MAX_SUBSCRIPTIONS", 3)
    assert starts(asked(lone, call="lamp-5")) == ["503"]


def test_a_lamp_within_a_call_is_refused_and_the_call_goes_on() -> None:
    lone = Lone()
    dialog = answered(lone)
    said = lone.say(request("SUBSCRIBE", "call-1", 2, branch="s", to_tag=dialog, extra=LAMP))
    assert starts(said) == ["489"]
    assert starts(lone.say(request("BYE", "call-1", 3, branch="bye", to_tag=dialog))) == ["200"]


def test_a_subscription_takes_no_other_requests() -> None:
    lone = Lone()
    key = subscribed(lone)
    for method in ("BYE", "INVITE", "INFO", "REFER"):
        assert starts(lone.say(request(method, "lamp", 9, branch=method, to_tag=key), STRANGER)) == ["481"]
    assert lone.endpoint.subscriptions() == [key]


def test_a_subscription_survives_a_crash() -> None:
    lone = Lone()
    key = subscribed(lone, LAMP + "Expires: 100\r\n")
    state: dict[str, Any] = json.loads(json.dumps(lone.endpoint.subscription_state(key)))
    lone.restart()
    assert lone.endpoint.restore_subscription(state, lone.now) == key
    assert lone.endpoint.restore_subscription(state, lone.now) == key
    lone.endpoint.notify(key, XML, document("sip:100@h", 2), lone.now)
    told = lone.sent()[0]
    assert int(header(told, "CSeq").split()[0]) > 100
    lone.say(reply(told, 200), STRANGER)
    assert starts(renewed(lone, key, 3)) == ["200"]
    assert lone.events() == [SubscriptionRefreshed(key)]


def test_a_subscription_that_ran_out_in_a_crash_ends_at_once() -> None:
    lone = Lone()
    key = subscribed(lone, LAMP + "Expires: 100\r\n")
    state = lone.endpoint.subscription_state(key)
    lone.restart()
    lone.now += 500
    lone.endpoint.restore_subscription(state, lone.now)
    assert starts(lone.wait(0)) == ["NOTIFY"]
    assert lone.events() == [SubscriptionEnded(key, "expired")]
    with pytest.raises(KeyError):
        lone.endpoint.subscription_state(key)
    assert lone.is_empty()
