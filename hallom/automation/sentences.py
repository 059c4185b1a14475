"""The words for what a macro will do."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from hallom.automation.macro_steps import Sentence

WORDS: dict[str, Any] = {
    "reply": _("answers with “%(template)s”"),
    "note": _("internal note: %(text)s"),
    "status": _("status → %(to)s"),
    "status_stays": _("the status stays: %(to)s"),
    "owner": _("owner → %(to)s"),
    "owner_stays": _("the owner stays: %(to)s"),
    "owner_nobody": _("gives the ticket back to the team"),
    "owner_stays_nobody": _("the ticket stays nobody's"),
    "team": _("team → %(to)s"),
    "team_stays": _("the team stays: %(to)s"),
    "priority": _("priority → %(to)s"),
    "priority_stays": _("the priority stays: %(to)s"),
    "category": _("category → %(to)s"),
    "category_stays": _("the category stays: %(to)s"),
    "tags_added": _("adds tags: %(tags)s"),
    "tags_removed": _("removes tags: %(tags)s"),
    "tags_stay": _("the tags stay as they are"),
    "field": _("%(field)s → %(value)s"),
    "field_emptied": _("%(field)s is emptied"),
    "checklist": _("adds the checklist “%(checklist)s”"),
    "watch": _("you will watch the ticket"),
    "watch_stays": _("you watch the ticket already"),
}


def in_words(sentence: Sentence) -> str:
    values = dict(sentence.values)
    if sentence.kind == "snooze":
        hours = int(values["hours"])
        return ngettext("sleeps for %(hours)d hour", "sleeps for %(hours)d hours", hours) % {"hours": hours}
    return str(WORDS[sentence.kind]) % values
