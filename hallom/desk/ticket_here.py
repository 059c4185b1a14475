"""What Ctrl-K offers about the ticket whose page one looks at."""

import re
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.desk.found import Found
from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets.addresses import urls_of
from hallom.tickets.models import Ticket

# The page itself, not those it leads to.
_PAGE = re.compile(r"/tickets/([0-9]{1,18})/")


def ways(request: HttpRequest, user: User) -> list[Found]:
    """Pages of acts the user may do to it; nothing where the page is another one, or its ticket not the user's to see."""
    ticket = _ticket(request)
    if ticket is None or not can(user, "ticket.view", ticket):
        return []
    urls = urls_of(ticket.number)
    history = Found(urls["history"], "history", _("All changes"))
    if ticket.merged_into_id is not None or ticket.deleted_at is not None:
        return [history]
    fields = reverse("tickets:fields", args=[ticket.number])
    offered = [
        ("ticket.change", Found(urls["facts"], "pencil", _("Edit the ticket"), key="E")),
        ("ticket.assign", Found(urls["assignment"], "arrow-right-left", _("Transfer the ticket"), key="T")),
        ("ticket.change", Found(urls["snooze"], "clock", _("Put off"))),
        ("ticket.change", Found(fields, "list", _("Fields of the ticket"))),
        ("ticket.merge", Found(urls["merge"], "layers", _("Merge into another ticket"))),
    ]
    return [*(way for act, way in offered if can(user, act, ticket)), history]


def _ticket(request: HttpRequest) -> Ticket | None:
    # Our own pages say where they are; nobody else's do.
    page = urlsplit(request.headers.get("Referer", "")).path
    found = _PAGE.fullmatch(page)
    return Ticket.objects.select_related("team").filter(number=int(found[1])).first() if found else None
