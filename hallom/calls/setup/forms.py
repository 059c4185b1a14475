import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hallom.calls import unused_sounds
from hallom.calls.models import Disposition, Number, PauseReason, Queue, QueueMember, SipDevice, Trunk
from hallom.media.aio import prompts
from hallom.staff.models import Language, Role, User

UPLOAD_ERRORS = {
    "too_large": _("The file is larger than 40 MB."),
    "too_long": _("The sound is longer than 15 minutes."),
    "unusual_format": _("The sampling rate must lie between 8 and 192 kHz, with at most 8 channels."),
    "not_wav": _("This is no WAV file with uncompressed sound (PCM). Please save it as WAV and try again."),
    "empty": _("There is no sound in the file."),
}
LANGUAGES = settings.LANGUAGES
# Whose phones can ring.
ANSWERING = (Role.AGENT, Role.ATTENDANT, Role.SUPERVISOR)
if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class SoundField(forms.FileField):
    """A WAV upload, kept as the telephone can play it; the cleaned value is its name in the sounds folder."""

    widget = forms.ClearableFileInput(attrs={"accept": "audio/wav,.wav"})

    def clean(self, data: Any, initial: Any = None) -> str:
        upload = super().clean(data, None)
        if not upload or not isinstance(upload, UploadedFile):
            return ""
        if upload.size and upload.size > prompts.MAXIMUM_UPLOAD_BYTES:
            raise ValidationError(UPLOAD_ERRORS["too_large"], code="too_large")
        try:
            path = prompts.normalise_upload(upload.read(), sounds_folder())
        except prompts.UploadError as error:
            raise ValidationError(UPLOAD_ERRORS[error.code], code=error.code) from error
        # It may have lain there since long ago, and what nothing plays is deleted by its age.
        unused_sounds.in_use_at(path, timezone.now())
        return path.name


def sounds_folder() -> Path:
    return Path(settings.HALLOM_DATA) / "sounds"


class QueueForm(_ModelForm):
    music_file = SoundField(
        label=_("Waiting music"), required=False, help_text=_("A WAV file; empty keeps what is played now.")
    )

    class Meta:
        model = Queue
        fields = [
            "name",
            "rank",
            "service_level_seconds",
            "service_level_percent",
            "offer_seconds",
            "wrap_up_seconds",
            "max_waiting",
            "announcement_seconds",
            "announce_listening",
            "music_file",
            "is_active",
        ]

    def save(self, commit: bool = True) -> Queue:
        if self.cleaned_data["music_file"]:
            self.instance.music = self.cleaned_data["music_file"]
        return cast(Queue, super().save(commit))


class MembersForm(forms.Form):
    """Who serves the queue, and how well."""

    LEVELS = [("", _("no")), *((str(level), str(level)) for level in range(1, 6))]

    def __init__(self, queue: Queue, data: Any = None) -> None:
        super().__init__(data)
        self.queue = queue
        self.held = dict(queue.memberships.values_list("agent", "level"))
        people = User.objects.filter(is_active=True, roles__role__in=ANSWERING).distinct()
        for user in people.order_by("full_name"):
            self.fields[f"level-{user.pk}"] = forms.ChoiceField(
                label=str(user), choices=self.LEVELS, required=False, initial=str(self.held.get(user.pk, ""))
            )

    @transaction.atomic
    def save(self) -> None:
        for name, chosen in self.cleaned_data.items():
            agent = int(name.removeprefix("level-"))
            if not chosen:
                QueueMember.objects.filter(queue=self.queue, agent=agent).delete()
            elif self.held.get(agent) != int(chosen):
                QueueMember.objects.update_or_create(
                    queue=self.queue, agent_id=agent, defaults={"level": int(chosen)}
                )


class NumberForm(_ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)

    class Meta:
        model = Number
        fields = [
            "number",
            "name",
            "language",
            "queue",
            "greeting",
            "calendar",
            "closed_greeting",
            "is_recorded",
            "is_active",
        ]

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"])
        if not any(character.isdigit() for character in number):
            raise ValidationError(_("A number has digits."))
        return number


class TranslatedNames(_ModelForm):
    """The name once in English and, if wanted, in the other languages of the screens."""

    name_hu = forms.CharField(label=_("Name in Hungarian"), max_length=60, required=False)
    name_pl = forms.CharField(label=_("Name in Polish"), max_length=60, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for code in self._codes():
            self.fields[f"name_{code}"].initial = self.instance.names.get(code, "")

    def save(self, commit: bool = True) -> Any:
        given = {code: self.cleaned_data[f"name_{code}"] for code in self._codes()}
        self.instance.names = {code: name for code, name in given.items() if name}
        return super().save(commit)

    @staticmethod
    def _codes() -> list[str]:
        return [code for code in Language.values if code != "en"]


class PauseReasonForm(TranslatedNames):
    ICONS = [
        ("coffee", _("cup")),
        ("utensils", _("meal")),
        ("graduation-cap", _("training")),
        ("users", _("meeting")),
        ("clipboard-pen-line", _("desk work")),
    ]
    icon = forms.ChoiceField(label=_("Sign"), choices=ICONS)

    class Meta:
        model = PauseReason
        fields = ["name", "name_hu", "name_pl", "code", "icon", "planned_seconds", "rank", "is_active"]


class DispositionForm(TranslatedNames):
    class Meta:
        model = Disposition
        fields = ["name", "name_hu", "name_pl", "code", "is_solved", "rank", "is_active"]


class PhoneForm(_ModelForm):
    class Meta:
        model = SipDevice
        fields = ["user", "username", "label", "is_active"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The secret's digests are bound to the user name.
        self.fields["username"].disabled = self.instance.pk is not None
        self.fields["user"] = forms.ModelChoiceField(
            User.objects.filter(is_active=True), label=_("User"), initial=self.instance.user_id
        )


# As TrunkForm.clean() asks for them.
NEEDED_WHEN = {
    "addresses": _("needed if known by its address"),
    "host": _("needed to register and to call out"),
    "username": _("needed to register"),
}


class TrunkForm(_ModelForm):
    addresses = forms.CharField(
        label=_("Addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One address or network a line, such as 192.0.2.10 or 192.0.2.0/28."),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty keeps the one we have."),
    )

    class Meta:
        model = Trunk
        fields = [
            "name",
            "kind",
            "addresses",
            "host",
            "port",
            "transport",
            "username",
            "password",
            "expires_seconds",
            "is_active",
            "is_outgoing",
            "rank",
            "calls_most",
            "is_probed",
        ]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # So that whoever leaves it out, a script above all, gets the first place.
        self.fields["rank"].required = False
        for name, when in NEEDED_WHEN.items():
            self.fields[name].label_suffix = str(when)
        self.initial["addresses"] = "\n".join(self.instance.addresses)

    def clean_addresses(self) -> list[str]:
        return [_network(line) for line in self.cleaned_data["addresses"].split()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Trunk.Kind.ADDRESS and not cleaned.get("addresses", True):
            self.add_error("addresses", _("Say which addresses the calls come from."))
        if cleaned.get("kind") == Trunk.Kind.REGISTRATION:
            for field in ("host", "username"):
                if not cleaned.get(field):
                    self.add_error(field, _("Needed to register."))
        if cleaned.get("is_outgoing") and not cleaned.get("host") and "host" not in self.errors:
            self.add_error("host", _("Needed to call out."))
        return cleaned

    def clean_rank(self) -> int:
        return int(self.cleaned_data["rank"] or 0)

    def save(self, commit: bool = True) -> Trunk:
        if self.cleaned_data["password"]:
            self.instance.secret = self.cleaned_data["password"]
        return cast(Trunk, super().save(commit))


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise ValidationError(_("%(text)s is no address and no network."), params={"text": text}) from None
