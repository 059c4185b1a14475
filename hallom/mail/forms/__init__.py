from hallom.mail.forms.mailbox import PRESETS, SECTIONS, MailboxForm
from hallom.mail.forms.resending import ResendForm

__all__ = ["PRESETS", "SECTIONS", "MailboxForm", "ResendForm"]
