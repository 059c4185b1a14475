from hallom.tickets.fields import WrongValue
from hallom.tickets.models.attachment import Attachment
from hallom.tickets.models.category import Category
from hallom.tickets.models.checkable import TooMany
from hallom.tickets.models.checklist import Checklist, ChecklistItem
from hallom.tickets.models.draft import Draft, DraftKind
from hallom.tickets.models.field import Field, FieldKind
from hallom.tickets.models.following import Notice, NoticeKind, Watcher
from hallom.tickets.models.linkable import CannotLink
from hallom.tickets.models.mergeable import CannotMerge
from hallom.tickets.models.message import Channel, Delivery, Direction, Message
from hallom.tickets.models.naming import StatusName
from hallom.tickets.models.note import Note
from hallom.tickets.models.ready_made import Every, Recurrence, TicketTemplate
from hallom.tickets.models.relation import Link, LinkKind, Merge
from hallom.tickets.models.saved_view import SavedView
from hallom.tickets.models.side_thread import SideThread
from hallom.tickets.models.snoozable import Waking, WrongTime
from hallom.tickets.models.splittable import NotOfThisTicket
from hallom.tickets.models.ticket import Priority, Ticket
from hallom.tickets.models.time_spent import TimeSpent
from hallom.tickets.models.timed import WrongDuration
from hallom.tickets.models.watchable import MayNotSee
from hallom.tickets.status import TRANSITIONS, FieldsMissing, IllegalTransition, Move, Status

__all__ = [
    "TRANSITIONS",
    "Attachment",
    "CannotLink",
    "CannotMerge",
    "Category",
    "Channel",
    "Checklist",
    "ChecklistItem",
    "Delivery",
    "Direction",
    "Draft",
    "DraftKind",
    "Every",
    "Field",
    "FieldKind",
    "FieldsMissing",
    "IllegalTransition",
    "Link",
    "LinkKind",
    "MayNotSee",
    "Merge",
    "Message",
    "Move",
    "NotOfThisTicket",
    "Note",
    "Notice",
    "NoticeKind",
    "Priority",
    "Recurrence",
    "SavedView",
    "SideThread",
    "Status",
    "StatusName",
    "Ticket",
    "TicketTemplate",
    "TimeSpent",
    "TooMany",
    "Waking",
    "Watcher",
    "WrongDuration",
    "WrongTime",
    "WrongValue",
]
