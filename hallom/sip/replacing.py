from dataclasses import replace

from hallom.sip.calling import Calling
from hallom.sip.dialogs import Dialogs
from hallom.sip.header import BadHeader
from hallom.sip.message import Request
from hallom.sip.replaces import Replaces

# RFC 2543 had no tags; RFC 3891 3 lets "0" stand for none.
NO_TAG = frozenset(("", "0"))


class CannotReplace(Exception):
    """A call that would take the place of one it cannot have; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Replacing:
    """Finds the calls that others are to take the place of (RFC 3891 3)."""

    def __init__(self, dialogs: Dialogs, calling: Calling) -> None:
        self._dialogs = dialogs
        self._calling = calling

    def sought_by(self, request: Request) -> Replaces | None:
        """The call that an INVITE wants to replace, None when it is an ordinary one; raises CannotReplace."""
        values = request.headers.get("replaces", ())
        if not values:
            return None
        if len(values) > 1:
            raise CannotReplace(400)
        try:
            found = self.find(Replaces.parse(values[0]))
        except BadHeader:
            raise CannotReplace(400) from None
        if found.dialog is None:
            raise CannotReplace(481)
        if found.invite is None:
            if self._dialogs.get(found.dialog) is None:
                raise CannotReplace(603)
            if found.early_only:
                raise CannotReplace(486)
        return found

    def find(self, sought: Replaces) -> Replaces:
        """The same with what is ours of it.

        Either tag may be ours: telephones that read both out of a dialog-info document see them from the other side.
        """
        for own, other in ((sought.to_tag, sought.from_tag), (sought.from_tag, sought.to_tag)):
            dialog = self._dialogs.recent(own)
            if dialog is not None and dialog.call_id == sought.call_id and _same(dialog.remote_tag, other):
                return replace(sought, dialog=own)
            invite = self._calling.ringing(sought.call_id, own, other)
            if invite is not None:
                return replace(sought, dialog=own, invite=invite)
        return sought


def _same(tag: str, asked: str) -> bool:
    return tag == asked or {tag, asked} <= NO_TAG
