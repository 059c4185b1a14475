from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.note import Note
from hallom.tickets.models.ticket import Ticket


class Watcher(models.Model):
    """Somebody who wants to be told what happens to a ticket that is not his own."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="watchers", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watched")
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("watcher")
        verbose_name_plural = _("watchers")
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="tickets_watcher_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.ticket_id}"


class NoticeKind(models.TextChoices):
    MENTION = "mention", _("you were mentioned")
    WATCHED = "watched", _("news in a ticket you watch")
    WATCHER = "watcher", _("you were made a watcher of a ticket")
    ASSIGNED = "assigned", _("a ticket was given to you")
    ANSWERED = "answered", _("the customer answered")
    THIRD = "third", _("a third party answered")
    STRANGER = "stranger", _("a stranger writes about a ticket")
    FAILED = "failed", _("a message could not be delivered")
    WOKEN = "woken", _("a snoozed ticket is back")


class Notice(models.Model):
    """Told to a colleague inside the house. It points at what happened and never carries its words."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=8, choices=NoticeKind.choices)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    note = models.ForeignKey(Note, null=True, blank=True, on_delete=models.CASCADE, related_name="mentions")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["user", "-at"], name="tickets_notice_of_user"),
            models.Index(
                fields=["user"], name="tickets_notice_unread", condition=models.Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.ticket_id}"
