import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.sip.events import InviteReceived, ProgressReceived
from hallom.sip.header import BadHeader
from hallom.sip.replaces import Replaces, replaces_in
from hallom.sip.tests.lone import STRANGER, Lone, header, invite, reply, request, starts
from hallom.sip.tests.test_races import answered, called


def taking_over(value: str, call: str = "new") -> bytes:
    return invite(call, branch=f"b-{call}", extra=f"Replaces: {value}\r\nRequire: replaces\r\n")


def test_a_call_takes_over_one_that_is_up() -> None:
    lone = Lone()
    dialog = answered(lone, "call-1")
    lone.events()
    assert starts(lone.say(taking_over(f"call-1;to-tag={dialog};from-tag=ft"))) == ["100"]
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.replaces == Replaces("call-1", dialog, "ft", dialog=dialog)


def test_a_telephone_may_take_the_tags_from_the_other_side() -> None:
    lone = Lone()
    dialog = answered(lone, "call-1")
    lone.events()
    assert starts(lone.say(taking_over(f"call-1;from-tag={dialog};to-tag=ft"))) == ["100"]
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.replaces is not None
    assert event.replaces.dialog == dialog


@pytest.mark.parametrize("early", ["", ";early-only"])
def test_a_call_of_ours_that_rings_is_picked_up(early: str) -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 180, to_tag="phone"))
    own = header(sent, "From").split("tag=")[1]
    ringing = lone.events()[0]
    assert isinstance(ringing, ProgressReceived)
    value = f"{ringing.pickup}{early}"
    assert value == f"{header(sent, 'Call-ID')};to-tag={own};from-tag=phone{early}"
    assert starts(lone.say(taking_over(value))) == ["100"]
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.replaces is not None
    assert (event.replaces.invite, event.replaces.dialog) == ("leg-1", own)
    assert event.replaces.early_only is bool(early)


def test_a_call_of_ours_that_is_answered_no_longer_rings() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 180, to_tag="phone"))
    lone.say(reply(sent, 200, to_tag="phone", body="v=0"))
    own = header(sent, "From").split("tag=")[1]
    value = f"{header(sent, 'Call-ID')};to-tag={own};from-tag=phone"
    assert starts(lone.say(taking_over(value + ";early-only"))) == ["486"]
    assert starts(lone.say(taking_over(value, "new-2"))) == ["100"]
    event = lone.events()[-1]
    assert isinstance(event, InviteReceived)
    assert event.replaces is not None
    assert event.replaces.invite is None


def test_a_call_that_was_cancelled_is_not_picked_up() -> None:
    lone = Lone()
    sent = called(lone)
    lone.say(reply(sent, 180, to_tag="phone"))
    lone.endpoint.cancel("leg-1", lone.now)
    lone.sent()
    own = header(sent, "From").split("tag=")[1]
    assert starts(lone.say(taking_over(f"{header(sent, 'Call-ID')};to-tag={own};from-tag=phone"))) == ["481"]


def test_a_call_that_has_just_ended_is_declined() -> None:
    lone = Lone()
    dialog = answered(lone, "call-1")
    lone.say(request("BYE", "call-1", 2, branch="bye", to_tag=dialog))
    value = f"call-1;to-tag={dialog};from-tag=ft"
    assert starts(lone.say(taking_over(value))) == ["603"]
    lone.events()
    assert starts(lone.say(taking_over(value, "new-2"))) == ["481"]


def test_a_caller_who_rings_at_us_cannot_be_picked_up_by_replaces() -> None:
    lone = Lone()
    lone.say(invite("call-1"))
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert starts(lone.say(taking_over(f"call-1;to-tag={event.dialog_key};from-tag=ft"))) == ["481"]


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("call-1;to-tag={0};from-tag=other", "481"),
        ("call-2;to-tag={0};from-tag=ft", "481"),
        ("call-1;to-tag=x;from-tag=y", "481"),
        ("call-1;to-tag={0}", "400"),
        ("call-1", "400"),
        (";to-tag={0};from-tag=ft", "400"),
        ("", "400"),
        ("call-1;to-tag={0};to-tag={0};from-tag=ft", "400"),
        ("call-1;to-tag={0};from-tag=ft, call-1;to-tag={0};from-tag=ft", "400"),
        ("call-1;to-tag={0};from-tag=ft\r\nReplaces: call-1;to-tag={0};from-tag=ft", "400"),
        ("call 1;to-tag={0};from-tag=ft", "400"),
        ('call-1;to-tag="{0}";from-tag=ft', "400"),
        ("call-1;to-tag={0};from-tag=" + "f" * 600, "400"),
        ("call-1;to-tag={0};from-tag=ft;early-only", "486"),
    ],
)
def test_what_cannot_be_replaced_is_refused(value: str, status: str) -> None:
    lone = Lone()
    dialog = answered(lone, "call-1")
    lone.events()
    assert starts(lone.say(taking_over(value.format(dialog)))) == [status]
    assert lone.events() == []
    lone.endpoint.bye(dialog, lone.now)
    assert lone.is_empty()


def test_a_stranger_learns_nothing_of_our_calls() -> None:
    lone = Lone()
    dialog = answered(lone, "call-1")
    right, wrong = f"call-1;to-tag={dialog};from-tag=ft", "call-1;to-tag=x;from-tag=ft"
    assert [starts(lone.say(taking_over(value), STRANGER)) for value in (right, wrong)] == [["401"], ["401"]]


def test_we_say_that_we_know_replaces() -> None:
    lone = Lone()
    assert "replaces" in header(called(lone), "Supported")
    assert "replaces" in header(lone.say(request("OPTIONS"))[0], "Supported")


def test_the_text_of_a_value_reads_as_the_value() -> None:
    for text in ("a@b;to-tag=1;from-tag=2", "a@b;to-tag=1;from-tag=2;early-only"):
        assert str(Replaces.parse(text)) == text
    assert Replaces.parse("a@b ; From-Tag = 2;x=y; to-tag=1 ;early-only") == Replaces("a@b", "1", "2", True)


def test_the_headers_of_a_uri_are_unescaped_once() -> None:
    text = "Require=replaces&Replaces=a%2540%40b%3Bto-tag%3D1%3Bfrom-tag%3D2"
    assert replaces_in(text) == Replaces("a%40@b", "1", "2")
    assert replaces_in("Subject=x") is None
    assert replaces_in("") is None
    with pytest.raises(BadHeader):
        replaces_in("replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=b")


@given(st.text(max_size=80))
def test_no_text_does_harm(text: str) -> None:
    for read in (Replaces.parse, replaces_in):
        try:
            found = read(text)
        except BadHeader:
            continue
        assert found is None or Replaces.parse(str(found)) == found
