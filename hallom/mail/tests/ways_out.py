"""Mail that is sent once more goes out as it was written, and by nothing else."""

from __future__ import annotations

from hallom.mail.dead_letters import resend
from hallom.mail.delivery import give_up
from hallom.mail.models import OutgoingMail
from hallom.tickets.tests.ways_out import WRITTEN, House, left, way


@way("sending again to a corrected address", proof="corrected@example.org")
def corrected(house: House) -> str:
    house.answer(quote=house.mail.pk)
    mail = OutgoingMail.objects.select_related("message__ticket").get()
    give_up(mail, "address", now=house.now)
    wrong = mail.recipients.get()
    resend(mail, by=house.alice, now=house.now, corrected={wrong.pk: "corrected@example.org"})
    return left()


@way("the list of what did not get through", proof=WRITTEN)
def undelivered(house: House) -> str:
    house.answer(subject=WRITTEN)
    mail = OutgoingMail.objects.select_related("message__ticket").get()
    give_up(mail, "address", now=house.now)
    pages = ("/settings/mail/undelivered/", f"/mail/messages/{mail.message_id}/delivery/")
    return "".join(house.desk.get(page).content.decode() for page in pages)
