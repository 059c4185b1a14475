from hallom.sip.events import (
    AckMissing,
    Acknowledged,
    DialogEnded,
    InviteAnswered,
    InviteCancelled,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
)
from hallom.sip.target import Target
from hallom.sip.tests.harness import ANSWER, OFFER
from hallom.sip.tests.lone import PHONE, Lone, header, invite, reply, request, starts, tag


def called(lone: Lone) -> str:
    """The INVITE of a call that the endpoint makes."""
    lone.endpoint.invite(
        "leg-1",
        Target("sip:100@127.0.0.1:5299", lone.source),
        lone.now,
        from_uri="sip:a@127.0.0.1",
        sdp=OFFER,
    )
    return lone.sent()[0]


def answered(lone: Lone, call: str = "call-1") -> str:
    """The dialog of a call that came in and was answered and acknowledged."""
    lone.say(invite(call, branch=f"b-{call}"))
    event = next(event for event in lone.events() if isinstance(event, InviteReceived))
    dialog = lone.endpoint.answer(event.invite, ANSWER, lone.now)
    lone.sent()
    lone.say(request("ACK", call, branch="ack", to_tag=dialog))
    return dialog


def test_a_retransmitted_invite_begins_no_second_call() -> None:
    lone = Lone()
    assert starts(lone.say(invite())) == ["100"]
    assert starts(lone.say(invite())) == ["100"]
    assert len(lone.events()) == 1


def test_an_invite_without_answer_is_sent_again_and_ends_with_408() -> None:
    lone = Lone()
    called(lone)
    assert starts(lone.wait(1.9)) == ["INVITE", "INVITE"]
    lone.wait(31)
    assert lone.events() == [InviteFailed("leg-1", 408, "no answer from the peer")]
    assert lone.is_empty()


def test_a_bye_sent_twice_is_answered_twice_and_ends_once() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    bye = request("BYE", cseq=2, branch="bye", to_tag=dialog)
    assert starts(lone.say(bye)) == ["200"]
    assert starts(lone.say(bye)) == ["200"]
    assert lone.events() == [DialogEnded(dialog, by_peer=True, reason="")]
    assert lone.is_empty()


def test_cancel_while_ringing() -> None:
    lone = Lone()
    lone.say(invite())
    received = lone.events()[0]
    assert isinstance(received, InviteReceived)
    lone.endpoint.progress(received.invite, 180, lone.now)
    lone.sent()
    said = lone.say(request("CANCEL", extra='Reason: SIP;cause=200;text="elsewhere"\r\n'))
    assert starts(said) == ["200", "487"]
    assert tag(said[0]) == tag(said[1]) == received.dialog_key
    assert lone.events() == [InviteCancelled(received.invite, 'SIP;cause=200;text="elsewhere"')]
    lone.say(request("ACK", to_tag=tag(said[1])))
    assert starts(lone.wait(3)) == []
    assert lone.is_empty()


def test_a_cancel_after_the_answer_changes_nothing() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    assert starts(lone.say(request("CANCEL", branch="b-call-1"))) == ["200"]
    assert lone.events() == []
    assert lone.endpoint.dialog_state(dialog)["id"] == dialog


def test_a_cancel_of_nothing_gets_481() -> None:
    assert starts(Lone().say(request("CANCEL"))) == ["481"]


def test_our_cancel_waits_for_a_provisional_response() -> None:
    lone = Lone()
    sent = called(lone)
    lone.endpoint.cancel("leg-1", lone.now, reason="SIP;cause=200")
    assert lone.sent() == []
    cancels = lone.say(reply(sent, 180))
    assert starts(cancels) == ["CANCEL"]
    assert header(cancels[0], "Via") == header(sent, "Via")
    assert header(cancels[0], "Reason") == "SIP;cause=200"
    assert starts(lone.say(reply(cancels[0], 200))) == []
    assert starts(lone.say(reply(sent, 487))) == ["ACK"]
    assert lone.events() == [InviteFailed("leg-1", 487, "Whatever")]
    assert lone.is_empty()


def test_a_2xx_that_crosses_our_cancel_is_acknowledged_and_hung_up() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 180))
    lone.endpoint.cancel("leg-1", lone.now)
    assert starts(lone.sent()) == ["CANCEL"]
    assert starts(lone.say(reply(sent, 200, body=ANSWER))) == ["ACK", "BYE"]
    assert [type(event) for event in lone.events()] == [ProgressReceived, InviteFailed]
    assert lone.is_empty()


def test_a_cancel_that_nobody_follows_ends_all_the_same() -> None:
    lone = Lone()
    lone.say(reply(called(lone), 180))
    lone.events()
    lone.endpoint.cancel("leg-1", lone.now)
    lone.wait(40)
    assert lone.events() == [InviteFailed("leg-1", 487, "no answer from the peer")]
    assert lone.is_empty()


def test_a_phone_that_rings_for_ever_is_given_up() -> None:
    lone = Lone()
    lone.say(reply(called(lone), 180))
    assert "CANCEL" in starts(lone.wait(200))
    lone.wait(60)
    assert lone.events()[-1] == InviteFailed("leg-1", 408, "no answer from the peer")
    assert lone.is_empty()


def test_a_repeated_200_is_acknowledged_again() -> None:
    lone = Lone()
    sent = called(lone)
    final = reply(sent, 200, body=ANSWER)
    first, again = lone.say(final), lone.say(final)
    assert starts(first) == ["ACK"]
    assert again == first
    assert [type(event) for event in lone.events()] == [InviteAnswered]


def test_a_later_fork_is_acknowledged_and_hung_up() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 200, to_tag="first", body=ANSWER))
    said = lone.say(reply(sent, 200, to_tag="second", body=ANSWER))
    assert starts(said) == ["ACK", "BYE"]
    assert all(tag(one) == "second" for one in said)
    assert starts(lone.say(reply(sent, 200, to_tag="second", body=ANSWER))) == ["ACK"]
    assert len(lone.events()) == 1


def test_our_200_is_repeated_until_its_ack() -> None:
    lone = Lone()
    lone.say(invite())
    received = lone.events()[0]
    assert isinstance(received, InviteReceived)
    dialog = lone.endpoint.answer(received.invite, ANSWER, lone.now)
    assert dialog == received.dialog_key
    lone.sent()
    assert starts(lone.wait(1.8)) == ["200", "200"]
    assert starts(lone.say(invite())) == []
    lone.say(request("ACK", branch="ack", to_tag=dialog))
    assert lone.events() == [Acknowledged(dialog, None)]
    assert lone.wait(10) == []


def test_a_missing_ack_is_told() -> None:
    lone = Lone()
    lone.say(invite())
    received = lone.events()[0]
    assert isinstance(received, InviteReceived)
    dialog = lone.endpoint.answer(received.invite, ANSWER, lone.now)
    lone.wait(33)
    assert lone.events() == [AckMissing(dialog)]
    lone.sent()
    lone.endpoint.bye(dialog, lone.now)
    assert starts(lone.sent()) == ["BYE"]
    assert lone.is_empty()


def test_our_bye_waits_for_the_ack() -> None:
    lone = Lone()
    lone.say(invite())
    received = lone.events()[0]
    assert isinstance(received, InviteReceived)
    dialog = lone.endpoint.answer(received.invite, ANSWER, lone.now)
    lone.sent()
    lone.endpoint.bye(dialog, lone.now)
    assert lone.events() == [DialogEnded(dialog, by_peer=False, reason="")]
    assert lone.sent() == []
    assert starts(lone.say(request("ACK", branch="ack", to_tag=dialog))) == ["BYE"]
    assert lone.is_empty()


def test_a_refusal_is_repeated_until_its_ack() -> None:
    lone = Lone()
    lone.say(invite())
    received = lone.events()[0]
    assert isinstance(received, InviteReceived)
    lone.endpoint.reject(received.invite, 486, lone.now, reason="Busy\r\nX-Evil: 1")
    sent = lone.sent()
    assert sent[0].startswith("SIP/2.0 486 Busy  X-Evil: 1\r\n")
    assert starts(lone.wait(1.8)) == ["486", "486"]
    lone.say(request("ACK", to_tag=tag(sent[0])))
    assert lone.wait(10) == []
    assert lone.is_empty()


def test_the_same_request_by_two_paths_is_one() -> None:
    lone = Lone()
    lone.say(invite(branch="one"))
    assert starts(lone.say(invite(branch="two"))) == ["482"]
    assert len(lone.events()) == 1


def test_requests_to_dialogs_that_are_not_ours_get_481() -> None:
    lone = Lone()
    for method in ("INVITE", "BYE", "INFO", "UPDATE", "PRACK"):
        assert starts(lone.say(request(method, branch=method, to_tag="nosuch"))) == ["481"]
    assert starts(lone.say(request("BYE", branch="untagged"))) == ["481"]


def test_a_request_out_of_order_gets_500() -> None:
    lone = Lone()
    dialog = answered(lone)
    assert starts(lone.say(request("INFO", cseq=5, branch="five", to_tag=dialog))) == ["200"]
    assert starts(lone.say(request("INFO", cseq=4, branch="four", to_tag=dialog))) == ["500"]


def test_a_transport_error_fails_the_call() -> None:
    lone = Lone()
    flow = PHONE.__class__("ws", "127.0.0.1", 4000, 9)
    lone.endpoint.invite("leg-1", Target("sip:x@y.invalid", flow), lone.now, from_uri="sip:a@h", sdp=OFFER)
    lone.endpoint.flow_closed(flow, lone.now)
    assert [getattr(event, "status", None) for event in lone.events()] == [503]
    assert lone.is_empty()


def test_line_breaks_of_other_alphabets_smuggle_no_header() -> None:
    lone = Lone()
    said = lone.say(invite(extra="Subject: x\x0bP-Asserted-Identity: <sip:ceo@hq>\r\n"))
    assert starts(said) == ["400"]
    lone.say(invite("call-2", branch="b2", extra="Subject: x\u2028P-Asserted-Identity: <sip:ceo@hq>\r\n"))
    events = lone.events()
    assert len(events) == 1
    assert isinstance(events[0], InviteReceived)
    assert events[0].asserted is None


def test_what_is_sent_never_carries_a_line_break_of_the_callers_making() -> None:
    lone = Lone()
    lone.endpoint.invite(
        "leg-1",
        Target("sip:100@127.0.0.1:5299", PHONE),
        lone.now,
        from_uri="sip:a@127.0.0.1",
        from_name='Eve"\r\nX-Evil: 1',
        sdp=OFFER,
        headers={"Alert-Info": "<urn:x>\r\nX-Evil: 2"},
    )
    assert "\r\nX-Evil" not in lone.sent()[0]
