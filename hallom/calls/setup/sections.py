from django.utils.translation import gettext_lazy as _

from hallom.calls import trunk_words
from hallom.calls.models import Disposition, Number, PauseReason, Queue, Trunk
from hallom.calls.setup.forms import DispositionForm, NumberForm, PauseReasonForm, QueueForm, TrunkForm
from hallom.calls.setup.section import Section
from hallom.ui.templatetags.ui import duration

QUEUES = Section(
    name="queues",
    one=_("Queue"),
    many=_("Queues"),
    new=_("New queue"),
    explanation=_("Callers wait in a queue until one of its agents is free."),
    model=Queue,
    form=QueueForm,
    columns=[
        (
            _("Service level"),
            lambda queue: f"{queue.service_level_percent}% · {queue.service_level_seconds} s",
        ),
        (_("Rings for"), lambda queue: f"{queue.offer_seconds} s"),
        (_("Wrap-up"), lambda queue: duration(queue.wrap_up_seconds)),
    ],
)
NUMBERS = Section(
    name="numbers",
    one=_("Number"),
    many=_("Numbers"),
    new=_("New telephone number"),
    explanation=_("What a number that customers dial says, and where its callers wait."),
    model=Number,
    form=NumberForm,
    columns=[
        (_("Name"), lambda number: number.name or "–"),
        (_("Language"), lambda number: number.language),
        (_("Queue"), lambda number: number.queue),
        (_("Greeting"), lambda number: number.greeting or "–"),
        (_("Opening hours"), lambda number: number.calendar or _("always open")),
    ],
    related=("queue", "greeting", "calendar"),
)
PAUSE_REASONS = Section(
    name="pauses",
    one=_("Pause reason"),
    many=_("Pause reasons"),
    new=_("New pause reason"),
    explanation=_("Why an agent takes no calls. The wallboard turns red when a pause runs over its plan."),
    model=PauseReason,
    form=PauseReasonForm,
    columns=[
        (
            _("Planned"),
            lambda reason: duration(reason.planned_seconds) if reason.planned_seconds else _("as needed"),
        )
    ],
)
DISPOSITIONS = Section(
    name="dispositions",
    one=_("Call outcome"),
    many=_("Call outcomes"),
    new=_("New call outcome"),
    explanation=_("What an agent chooses from at the end of a call."),
    model=Disposition,
    form=DispositionForm,
    columns=[(_("Settled"), lambda outcome: _("yes") if outcome.is_solved else _("no"))],
)
TRUNKS = Section(
    name="trunks",
    one=_("Trunk"),
    many=_("Trunks"),
    new=_("New trunk"),
    explanation=_("Lines to telephone companies. A call from an address that is not listed is not let in."),
    model=Trunk,
    form=TrunkForm,
    columns=[
        (_("Kind"), lambda trunk: trunk.get_kind_display()),
        (_("Where"), lambda trunk: trunk.host or ", ".join(trunk.addresses)),
        (_("Calls out"), trunk_words.way_out),
        (_("How it is now"), trunk_words.state),
    ],
    related=("status",),
)
SECTIONS = (QUEUES, NUMBERS, PAUSE_REASONS, DISPOSITIONS, TRUNKS)
