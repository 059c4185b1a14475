import pytest

from hallom.sip.diversion import Diversion, diversions, redirections
from hallom.sip.events import InviteFailed, InviteReceived
from hallom.sip.message import Request
from hallom.sip.tests.lone import Lone, invite, reply
from hallom.sip.tests.test_races import called


def headed(**headers: list[str]) -> Request:
    return Request("INVITE", "sip:x", {name.replace("_", "-"): values for name, values in headers.items()})


def test_a_redirection_says_where_to_call_instead_the_most_wanted_first() -> None:
    lone = Lone()
    sent = called(lone)
    contacts = "Contact: <sip:202@10.0.0.1>;q=0.3, <sip:203@10.0.0.1;x=y?Subject=z>;q=0.7\r\nContact: <tel:+48221>;q=0.5\r\n"
    moved = reply(sent, 302, extra=contacts + "Diversion: <sip:201@h>;reason=unconditional\r\n")
    moved = moved.replace(b"Contact: <sip:100@127.0.0.1:5299>\r\n", b"")
    lone.say(moved)
    wanted = ("sip:203@10.0.0.1;x=y", "tel:+48221", "sip:202@10.0.0.1")
    stations = (Diversion("sip:201@h", "unconditional"),)
    assert lone.events() == [InviteFailed("leg-1", 302, "Whatever", wanted, stations)]
    assert lone.is_empty()


def test_any_other_failure_names_no_addresses() -> None:
    lone = Lone()
    lone.say(reply(called(lone), 486, extra="Contact: <sip:202@10.0.0.1>\r\n"))
    assert lone.events() == [InviteFailed("leg-1", 486, "Whatever")]


def test_a_redirection_of_a_cancelled_call_leads_nowhere() -> None:
    lone = Lone()
    sent = called(lone)
    lone.endpoint.cancel("leg-1", lone.now)
    lone.say(reply(sent, 180))
    lone.say(reply(sent, 302, extra="Contact: <sip:202@10.0.0.1>\r\n"))
    assert lone.events() == [InviteFailed("leg-1", 487, "Whatever")]


def test_addresses_that_cannot_be_called_are_left_out_and_no_more_than_five_are_kept() -> None:
    bad = ["<mailto:a@b>", '"open <sip:a@b>', "<sip:9@h>;q=9", "<sip:9@h>;q=0.1", "*"]
    many = [f"<sip:{number}@h>;q=0.5" for number in range(20)]
    found = redirections(headed(contact=bad + many))
    assert found == ("sip:9@h", "sip:0@h", "sip:1@h", "sip:2@h", "sip:3@h")


def test_a_call_tells_who_has_sent_it_on() -> None:
    lone = Lone()
    lone.say(
        invite(
            extra='Diversion: <sip:1@h>;reason=user-busy;counter=2, <sip:2@h>\r\nDiversion: <sip:3@h>;reason="\r\n'
        )
    )
    event = lone.events()[0]
    assert isinstance(event, InviteReceived)
    assert event.diversions == (
        Diversion("sip:1@h", "user-busy", 2),
        Diversion("sip:2@h"),
        Diversion("sip:3@h"),
    )


def test_a_history_is_read_where_there_is_no_diversion() -> None:
    history = (
        "<sip:100@h>;index=1, <sip:201@h?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1, "
        "<sip:202@h?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1.2, <sip:203@h>;index=1.3"
    )
    assert diversions(headed(history_info=[history])) == (
        Diversion("sip:202@h", "user-busy"),
        Diversion("sip:201@h", "unconditional"),
        Diversion("sip:100@h"),
    )


@pytest.mark.parametrize("name", ["diversion", "history_info"])
def test_no_more_than_ten_stations_are_kept(name: str) -> None:
    items = ", ".join(f"<sip:{number}@h>;counter=99999" for number in range(500))
    found = diversions(headed(**{name: [items]}))
    assert len(found) == 10
    assert {station.count for station in found} == {1}
