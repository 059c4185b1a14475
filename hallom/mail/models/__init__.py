from hallom.mail.models.incoming import IncomingMail, KnownId, Progress
from hallom.mail.models.mailbox import Intake, Mailbox, MailboxState, Provider, Security
from hallom.mail.models.outgoing import OutgoingMail, Recipient, RecipientState, SendState

__all__ = [
    "IncomingMail",
    "Intake",
    "KnownId",
    "Mailbox",
    "MailboxState",
    "OutgoingMail",
    "Progress",
    "Provider",
    "Recipient",
    "RecipientState",
    "Security",
    "SendState",
]
