import json
from typing import Any

import pytest

from hallom.sip.accounts import Peer
from hallom.sip.events import DialogEnded, InviteReceived, ReferReceived
from hallom.sip.flow import Flow
from hallom.sip.replaces import Replaces
from hallom.sip.tests.harness import Network
from hallom.sip.tests.lone import STRANGER, Lone, header, invite, reply, request, starts, tag
from hallom.sip.tests.test_races import answered
from hallom.sip.tests.test_registrar import proof

REFER_TO = "Refer-To: <sip:202@h>\r\n"


def refer(
    dialog: str = "", cseq: int = 2, *, target: str = REFER_TO, extra: str = "", call: str = "call-1"
) -> bytes:
    return request("REFER", call, cseq, branch=f"refer{cseq}", to_tag=dialog, extra=target + extra)


def referred(lone: Lone, **more: Any) -> tuple[str, str]:
    """A call and the transfer that its caller has asked for."""
    dialog = answered(lone)
    lone.events()
    assert lone.say(refer(dialog, **more)) == []
    event = lone.events()[0]
    assert isinstance(event, ReferReceived)
    return dialog, event.refer


def body(message: str) -> str:
    return message.partition("\r\n\r\n")[2]


def states(messages: list[str]) -> list[tuple[str, str]]:
    """Subscription-State without its seconds, and the status told."""
    return [(header(one, "Subscription-State").split(";")[0], body(one).strip()) for one in messages]


def test_a_transfer_is_told_of_from_beginning_to_end() -> None:
    lone = Lone()
    dialog, key = referred(lone, extra="Referred-By: <sip:201@h>;cid=x\r\n")
    lone.endpoint.accept_refer(key, lone.now)
    accepted, trying = lone.sent()
    assert starts([accepted, trying]) == ["202", "NOTIFY"]
    assert header(accepted, "Contact")
    assert header(trying, "Event") == "refer;id=2"
    assert header(trying, "Content-Type") == "message/sipfrag;version=2.0"
    assert header(trying, "Subscription-State") == "active;expires=240"
    assert body(trying) == "SIP/2.0 100 Trying\r\n"
    lone.say(reply(trying, 200))
    lone.endpoint.refer_progress(key, 180, "Ringing", lone.now, last=False)
    ringing = lone.sent()
    assert states(ringing) == [("active", "SIP/2.0 180 Ringing")]
    lone.say(reply(ringing[0], 200))
    lone.endpoint.refer_progress(key, 200, "OK", lone.now, last=True)
    done = lone.sent()
    assert header(done[0], "Subscription-State") == "terminated;reason=noresource"
    assert body(done[0]) == "SIP/2.0 200 OK\r\n"
    lone.say(reply(done[0], 200))
    lone.endpoint.refer_progress(key, 486, "Busy Here", lone.now, last=True)
    assert lone.sent() == []
    lone.endpoint.bye(dialog, lone.now)
    lone.say(reply(lone.sent()[0], 200))
    assert lone.is_empty()


def test_the_event_says_whom_to_call_in_whose_place_and_at_whose_behest() -> None:
    lone = Lone()
    second = answered(lone, "call-2")
    dialog = answered(lone)
    lone.events()
    place = f"call-2%3Bto-tag%3D{second}%3Bfrom-tag%3Dft"
    target = f"r: <sip:202@h;x=y;method=INVITE?Replaces={place}&Require=replaces>\r\n"
    lone.say(refer(dialog, target=target, extra='b: "Ann" <sip:201@h>\r\n'))
    event = lone.events()[0]
    assert isinstance(event, ReferReceived)
    assert (event.dialog, event.target_uri, event.referred_by) == (dialog, "sip:202@h;x=y", "sip:201@h")
    assert event.replaces == Replaces("call-2", second, "ft", dialog=second)


def test_a_place_that_is_not_ours_is_told_as_it_is() -> None:
    lone = Lone()
    target = "Refer-To: <sip:202@h?Replaces=other%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n"
    dialog = answered(lone)
    lone.events()
    lone.say(refer(dialog, target=target))
    event = lone.events()[0]
    assert isinstance(event, ReferReceived)
    assert event.replaces == Replaces("other@x", "1", "2")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("", "400"),
        (REFER_TO * 2, "400"),
        (REFER_TO + "Referred-By: <sip:a@b>\r\nReferred-By: <sip:c@d>\r\n", "400"),
        ("Refer-To: <sip:202@h\r\n", "400"),
        ("Refer-To: <>\r\n", "400"),
        ("Refer-To: <sip:202@h?Replaces=x>\r\n", "400"),
        ("Refer-To: <sip:202@h?Replaces=%E0%A4%3B>\r\n", "400"),
        ("Refer-To: <http://h/x>\r\n", "416"),
        ("Refer-To: <sip:202@h;method=BYE>\r\n", "603"),
        (REFER_TO + "Require: gruu\r\n", "420"),
    ],
)
def test_what_no_one_could_do_is_refused_and_the_call_goes_on(target: str, status: str) -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    assert starts(lone.say(refer(dialog, target=target))) == [status]
    assert lone.events() == []
    assert starts(lone.say(request("BYE", cseq=9, branch="bye", to_tag=dialog))) == ["200"]
    assert lone.is_empty()


@pytest.mark.parametrize(("status", "said"), [(603, "603"), (403, "403"), (200, "603"), (9999, "603")])
def test_a_transfer_is_refused(status: int, said: str) -> None:
    lone = Lone()
    _, key = referred(lone)
    lone.endpoint.refuse_refer(key, status, lone.now)
    assert starts(lone.sent()) == [said]
    lone.endpoint.accept_refer(key, lone.now)
    lone.endpoint.refer_progress(key, 180, "", lone.now, last=False)
    assert lone.sent() == []
    assert lone.endpoint.census()["refers"] == 0


def test_a_transfer_that_no_one_decides_is_refused_in_time() -> None:
    lone = Lone()
    _, key = referred(lone)
    assert lone.wait(19) == []
    assert starts(lone.wait(2)) == ["500"]
    lone.endpoint.accept_refer(key, lone.now)
    assert lone.sent() == []
    assert lone.endpoint.census()["refers"] == 0


def test_who_does_not_want_to_be_told_is_not() -> None:
    lone = Lone()
    _, key = referred(lone, extra="Refer-Sub: false\r\nSupported: norefersub\r\n")
    lone.endpoint.accept_refer(key, lone.now)
    said = lone.sent()
    assert starts(said) == ["202"]
    assert header(said[0], "Refer-Sub") == "false"
    lone.endpoint.refer_progress(key, 200, "OK", lone.now, last=True)
    assert lone.sent() == []
    assert lone.endpoint.census()["refers"] == 0


def test_a_repeated_refer_is_answered_alike_and_told_once() -> None:
    lone = Lone()
    dialog, key = referred(lone)
    assert lone.say(refer(dialog)) == []
    lone.endpoint.accept_refer(key, lone.now)
    lone.endpoint.accept_refer(key, lone.now)
    assert starts(lone.sent()) == ["202", "NOTIFY"]
    assert starts(lone.say(refer(dialog))) == ["202"]
    assert lone.events() == []


def test_news_wait_for_each_other_and_only_the_newest_goes_out() -> None:
    lone = Lone()
    _, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    trying = lone.sent()[1]
    for status in (180, 181, 183):
        lone.endpoint.refer_progress(key, status, "", lone.now, last=False)
    assert lone.sent() == []
    newest = lone.say(reply(trying, 200))
    assert states(newest) == [("active", "SIP/2.0 183 Session Progress")]
    lone.endpoint.refer_progress(key, 486, "Busy Here", lone.now, last=True)
    assert states(lone.say(reply(newest[0], 200))) == [("terminated", "SIP/2.0 486 Busy Here")]


def test_who_hangs_up_at_once_is_told_all_the_same() -> None:
    lone = Lone()
    dialog, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    trying = lone.sent()[1]
    assert starts(lone.say(request("BYE", cseq=3, branch="bye", to_tag=dialog))) == ["200"]
    assert lone.events() == [DialogEnded(dialog, by_peer=True, reason="")]
    lone.say(reply(trying, 200))
    lone.endpoint.refer_progress(key, 200, "OK", lone.now, last=True)
    last = lone.sent()
    assert states(last) == [("terminated", "SIP/2.0 200 OK")]
    lone.say(reply(last[0], 481))
    assert lone.is_empty()


@pytest.mark.parametrize("status", [481, 405, 489])
def test_a_telephone_that_wants_no_news_is_left_alone_and_keeps_its_call(status: int) -> None:
    lone = Lone()
    dialog, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    lone.say(reply(lone.sent()[1], status))
    lone.endpoint.refer_progress(key, 200, "OK", lone.now, last=True)
    assert lone.sent() == []
    assert lone.events() == []
    assert lone.endpoint.census()["dialogs"] == 1
    assert starts(lone.say(request("BYE", cseq=9, branch="bye", to_tag=dialog))) == ["200"]
    lone.events()
    assert lone.is_empty()


def test_a_transfer_without_an_end_is_told_to_be_over() -> None:
    lone = Lone()
    dialog, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    lone.say(reply(lone.sent()[1], 200))
    last = [one for one in lone.wait(241) if one.startswith("NOTIFY")]
    assert header(last[0], "Subscription-State") == "terminated;reason=timeout"
    assert lone.endpoint.census()["refers"] == 0
    lone.endpoint.bye(dialog, lone.now)
    lone.events()
    assert lone.is_empty()


@pytest.mark.parametrize(("status", "is_over"), [(100, False), (199, False), (200, True), (486, True)])
def test_a_final_status_is_the_last_that_is_told(status: int, is_over: bool) -> None:
    lone = Lone()
    _, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    lone.say(reply(lone.sent()[1], 200))
    lone.endpoint.refer_progress(key, status, "", lone.now, last=False)
    assert header(lone.sent()[0], "Subscription-State").startswith("terminated" if is_over else "active")
    assert lone.endpoint.census()["refers"] == (0 if is_over else 1)


def test_nothing_of_a_transfer_stays_behind() -> None:
    lone = Lone()
    dialog, key = referred(lone)
    lone.endpoint.refuse_refer(key, 603, lone.now)
    assert lone.endpoint._referring._by_dialog == {}
    assert "refers" not in lone.endpoint.dialog_state(dialog)


def test_news_are_prolonged_and_ended_by_subscribe() -> None:
    lone = Lone()
    dialog, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    lone.say(reply(lone.sent()[1], 200))
    extra = "Event: refer;id=2\r\nExpires: 100\r\n"
    said = lone.say(request("SUBSCRIBE", cseq=3, branch="s3", to_tag=dialog, extra=extra))
    assert starts(said) == ["200", "NOTIFY"]
    assert header(said[0], "Expires") == "100"
    lone.say(reply(said[1], 200))
    old = request("SUBSCRIBE", cseq=3, branch="s3b", to_tag=dialog, extra=extra)
    assert starts(lone.say(old)) == ["500"]
    other = request("SUBSCRIBE", cseq=4, branch="s4", to_tag=dialog, extra="Event: refer;id=77\r\n")
    assert starts(lone.say(other)) == ["489"]
    extra = "Event: refer\r\nExpires: 0\r\n"
    said = lone.say(request("SUBSCRIBE", cseq=5, branch="s5", to_tag=dialog, extra=extra))
    assert starts(said) == ["200", "NOTIFY"]
    assert header(said[1], "Subscription-State") == "terminated;reason=timeout"
    lone.endpoint.refer_progress(key, 180, "", lone.now, last=False)
    assert lone.sent() == []


def test_no_more_than_four_transfers_of_one_call_wait() -> None:
    lone = Lone()
    dialog = answered(lone)
    lone.events()
    said = [starts(lone.say(refer(dialog, cseq))) for cseq in range(2, 8)]
    assert said == [[], [], [], [], ["503"], ["503"]]
    assert len({event.refer for event in lone.events() if isinstance(event, ReferReceived)}) == 4


def test_a_call_that_is_not_up_cannot_be_transferred_yet() -> None:
    lone = Lone()
    lone.say(invite())
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert starts(lone.say(refer(event.dialog_key))) == ["500"]


def test_a_reason_starts_no_line_of_its_own() -> None:
    lone = Lone()
    _, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    lone.say(reply(lone.sent()[1], 200))
    lone.endpoint.refer_progress(key, 1000, "Gone\r\nEvent: x" + "y" * 500, lone.now, last=True)
    told = body(lone.sent()[0])
    assert told.startswith("SIP/2.0 500 Gone  Event: xyyy")
    assert len(told) < 200


def outside(lone: Lone, cseq: int = 1, *, target: str = REFER_TO, call: str = "call-9") -> list[str]:
    """A REFER of agent 7's telephone outside of any call, challenged and signed."""
    extra = target
    challenge = lone.say(request("REFER", call, cseq, branch=f"c{call}{cseq}", extra=extra), STRANGER)
    extra += proof(challenge[0], method="REFER", uri="sip:100@127.0.0.1:5060")
    return lone.say(request("REFER", call, cseq + 1, branch=f"s{call}{cseq}", extra=extra), STRANGER)


def test_a_telephone_has_us_call_somebody() -> None:
    lone = Lone()
    assert outside(lone) == []
    event = lone.events()[0]
    assert isinstance(event, ReferReceived)
    assert (event.dialog, event.target_uri, event.peer) == ("", "sip:202@h", Peer("account", "agent-7"))
    lone.endpoint.accept_refer(event.refer, lone.now)
    accepted, trying = lone.sent()
    assert tag(accepted)
    assert header(trying, "From").endswith(f"tag={tag(accepted)}")
    lone.say(reply(trying, 200), STRANGER)
    lone.endpoint.refer_progress(event.refer, 200, "OK", lone.now, last=True)
    lone.say(reply(lone.sent()[0], 200), STRANGER)
    assert lone.is_empty()


def test_strangers_and_trunks_have_us_call_nobody() -> None:
    lone = Lone()
    assert starts(lone.say(refer(), STRANGER)) == ["401"]
    assert starts(lone.say(refer())) == ["403"]
    assert lone.events() == []
    assert lone.is_empty()


def test_one_telephone_has_us_make_no_more_than_ten_calls_at_a_time() -> None:
    lone = Lone()
    said = [starts(outside(lone, call=f"call-{number}")) for number in range(11)]
    assert said == [[]] * 10 + [["503"]]
    assert lone.is_empty()


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    restored: dict[str, Any] = json.loads(json.dumps(state))
    return restored


def test_a_transfer_that_was_undecided_in_the_crash_is_decided_afterwards() -> None:
    lone = Lone()
    dialog, key = referred(lone)
    state = through_json(lone.endpoint.dialog_state(dialog))
    lone.restart()
    lone.endpoint.restore_dialog(state, lone.now)
    assert lone.say(refer(dialog)) == []
    assert lone.events() == []
    lone.endpoint.accept_refer(key, lone.now)
    assert starts(lone.sent()) == ["202", "NOTIFY"]


def test_the_same_refer_has_the_same_name_after_a_crash_that_no_journal_tells_of() -> None:
    lone = Lone()
    dialog = answered(lone)
    state = through_json(lone.endpoint.dialog_state(dialog))
    lone.events()
    lone.say(refer(dialog))
    before = lone.events()
    lone.restart()
    lone.endpoint.restore_dialog(state, lone.now)
    lone.say(refer(dialog))
    assert lone.events() == before


def test_a_transfer_under_way_in_the_crash_is_told_to_its_end() -> None:
    lone = Lone()
    dialog, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    trying = lone.sent()[1]
    state = through_json(lone.endpoint.dialog_state(dialog))
    lone.restart()
    lone.endpoint.restore_dialog(state, lone.now)
    lone.endpoint.refer_progress(key, 200, "OK", lone.now, last=True)
    last = lone.sent()
    assert states(last) == [("terminated", "SIP/2.0 200 OK")]
    assert int(header(last[0], "CSeq").split()[0]) > int(header(trying, "CSeq").split()[0])
    lone.say(reply(last[0], 200))
    lone.endpoint.bye(dialog, lone.now)
    lone.events()
    assert lone.is_empty()


@pytest.mark.parametrize("accepted", [False, True])
def test_a_refer_outside_of_any_call_survives_a_crash(accepted: bool) -> None:
    lone = Lone()
    outside(lone)
    event = lone.events()[0]
    assert isinstance(event, ReferReceived)
    if accepted:
        lone.endpoint.accept_refer(event.refer, lone.now)
        lone.sent()
    state = through_json(lone.endpoint.refer_state(event.refer))
    lone.restart()
    assert lone.endpoint.restore_refer(state, lone.now) == event.refer
    assert lone.endpoint.restore_refer(state, lone.now) == event.refer
    lone.endpoint.accept_refer(event.refer, lone.now)
    assert starts(lone.sent()) == ([] if accepted else ["202", "NOTIFY"])
    lone.endpoint.refer_progress(event.refer, 200, "OK", lone.now, last=True)
    lone.wait(40)
    assert lone.is_empty()


def test_states_of_old_journals_are_read() -> None:
    lone = Lone()
    dialog = answered(lone)
    state = lone.endpoint.dialog_state(dialog)
    assert "refers" not in state
    lone.restart()
    assert lone.endpoint.restore_dialog(state, lone.now) == dialog


def test_a_peer_that_does_not_know_notify_keeps_its_call(up: Network) -> None:
    dialog = up.bob.last(InviteReceived).dialog_key
    alice = up.alice.endpoint
    alice.advance(up.now)
    own = next(iter(alice._dialogs._table.values()))
    alice._dialogs.request(own, "REFER", {"refer-to": ["<sip:202@h>"], "contact": ["<sip:a@127.0.0.1:5060>"]})
    up.run(0.1)
    event = up.bob.last(ReferReceived)
    assert event.dialog == dialog
    up.bob.endpoint.accept_refer(event.refer, up.now)
    up.run(0.1)
    assert up.methods("alice") == ["REFER", "405"]
    assert up.methods("bob") == ["202", "NOTIFY"]
    assert up.bob.endpoint.census()["refers"] == 0
    assert up.bob.endpoint.census()["dialogs"] == 1


def test_a_stream_that_breaks_ends_the_news() -> None:
    stream = Flow("tcp", "127.0.0.1", 5299, 1)
    lone = Lone(source=stream)
    dialog, key = referred(lone)
    lone.endpoint.accept_refer(key, lone.now)
    lone.sent()
    lone.endpoint.flow_closed(stream, lone.now)
    assert lone.endpoint.census()["refers"] == 0
    lone.endpoint.bye(dialog, lone.now)
    lone.events()
    assert lone.is_empty()
