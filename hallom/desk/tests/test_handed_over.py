"""Who handed a call over has a wrap-up of his own; how the call ended is for whom it ended with."""

from django.test import Client

from hallom.calls.models import Call, CallDisposition, Disposition, Number
from hallom.calls.tests.phone_house import happen
from hallom.calls.tests.story import Story
from hallom.desk.tests.test_deck import CALL, Given, ringing, solved
from hallom.staff.models import User
from hallom.tickets.models import Ticket

__all__ = ["solved"]


def handed_over(agent: User, to: User, number: Number) -> Story:
    story = ringing(agent, number)
    story("offer.accepted", 45, offer=f"{CALL}-o1", agent=agent.pk, reason="")
    story("leg.answered", 45, agent=agent.pk, leg=f"{CALL}-2", dialog={})
    story("call.bridged", 45, agent=agent.pk, leg=f"{CALL}-2")
    story("consult.started", 47, agent=agent.pk, by=agent.pk, to=f"agent:{to.pk}")
    story("leg.added", 47, agent=to.pk, leg=f"{CALL}-3", kind="asked", worker="media-0")
    story("leg.answered", 48, agent=to.pk, leg=f"{CALL}-3", dialog={})
    story("consult.answered", 48, agent=to.pk, leg=f"{CALL}-3")
    story("leg.ended", 50, agent=agent.pk, leg=f"{CALL}-2", cause="transferred", by="system")
    story("transfer.completed", 50, agent=agent.pk, by=agent.pk, to=f"agent:{to.pk}", waited=3)
    story("call.bridged", 50, agent=to.pk, leg=f"{CALL}-3")
    until = story.at(85).timestamp()
    return story("agent.changed", 50, agent=agent.pk, state="wrap_up", call=CALL, until=until)


def test_who_handed_a_call_over_says_what_there_is_to_say_and_the_last_one_how_it_ended(
    client: Client, alice: User, amir: User, number: Number, solved: Disposition, given: Given
) -> None:
    happen(handed_over(alice, amir, number))
    other = Disposition.objects.create(code="informed", name="Informed")
    assert Call.objects.get().agent == amir

    def say(by: User, code: str, note: str) -> CallDisposition:
        client.force_login(by)
        values = {"call": CALL, "disposition": code, "note": note}
        assert client.post("/deck/wrap-up/", values).status_code == 200
        return CallDisposition.objects.get()

    assert say(alice, "informed", "To Amir.").disposition == other
    assert given == [(alice.pk, "finish_wrap_up", {})]
    assert say(amir, "solved", "Mended.").disposition == solved
    assert say(alice, "informed", "And a word more.").disposition == solved
    written = [note.body for note in Ticket.objects.get().notes.order_by("pk")]
    assert written == ["To Amir.", "Mended.", "And a word more."]
