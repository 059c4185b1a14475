from hallom.tickets.models.category import Category
from hallom.tickets.models.message import Channel, Direction, Message
from hallom.tickets.models.note import Note
from hallom.tickets.models.ticket import Priority, Ticket
from hallom.tickets.status import TRANSITIONS, IllegalTransition, Move, Status

__all__ = [
    "TRANSITIONS",
    "Category",
    "Channel",
    "Direction",
    "IllegalTransition",
    "Message",
    "Move",
    "Note",
    "Priority",
    "Status",
    "Ticket",
]
