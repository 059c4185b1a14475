import wave
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import ProtectedError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hallom.calls import configuration
from hallom.calls.models import Greeting, GreetingText
from hallom.calls.setup.forms import LANGUAGES, SoundField, sounds_folder
from hallom.media.aio import prompts
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.ui.removed import subject_of

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


class GreetingForm(forms.Form):
    """A name and, for each language, a text or a sound; the sound is played when there are both."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)

    def __init__(self, greeting: Greeting, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial={"name": greeting.name})
        self.greeting = greeting
        self.texts = {text.language: text for text in greeting.texts.all()} if greeting.pk else {}
        for code, _name in LANGUAGES:
            self._add_language(code, self.texts.get(code))

    def _add_language(self, code: str, held: GreetingText | None) -> None:
        self.fields[f"text_{code}"] = forms.CharField(
            label=gettext_lazy("Text to be read out"),
            required=False,
            max_length=prompts.MAXIMUM_TEXT,
            initial=held.text if held else "",
            widget=forms.Textarea(attrs={"rows": 3, "lang": code}),
        )
        self.fields[f"sound_{code}"] = SoundField(label=gettext_lazy("Or a recording (WAV)"), required=False)
        if held and held.sound:
            self.fields[f"drop_{code}"] = forms.BooleanField(
                label=gettext_lazy("Remove the recording, read out the text"), required=False
            )

    def languages(self) -> list[dict[str, Any]]:
        """What the page shows of each language."""
        return [
            {
                "code": code,
                "name": name,
                "held": self.texts.get(code),
                "fields": [self[part] for part in self._parts(code)],
            }
            for code, name in LANGUAGES
        ]

    def _parts(self, code: str) -> list[str]:
        return [name for part in ("text", "sound", "drop") if (name := f"{part}_{code}") in self.fields]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Greeting.objects.filter(name=name).exclude(pk=self.greeting.pk).exists():
            raise forms.ValidationError(_("There is already a greeting of this name."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(self._wording(code) for code, _name in LANGUAGES):
            raise forms.ValidationError(_("Give a text or a recording in at least one language."))
        return cleaned

    def _wording(self, code: str) -> dict[str, Any]:
        """Text and sound as they will be; empty when the language has neither."""
        cleaned, held = self.cleaned_data, self.texts.get(code)
        kept = held.sound if held and not cleaned.get(f"drop_{code}") else ""
        text, sound = cleaned.get(f"text_{code}", "").strip(), cleaned.get(f"sound_{code}") or kept
        return {"text": text, "sound": sound} if text or sound else {}

    @transaction.atomic
    def save(self) -> Greeting:
        self.greeting.name = self.cleaned_data["name"]
        self.greeting.save()
        for code, _name in LANGUAGES:
            wording = self._wording(code)
            if not wording:
                self.greeting.texts.filter(language=code).delete()
                continue
            seconds = _seconds(wording["sound"]) if wording["sound"] else None
            self.greeting.texts.update_or_create(
                language=code, defaults={**wording, "sound_seconds": seconds}
            )
        return self.greeting


def _seconds(sound: str) -> float:
    with wave.open(str(sounds_folder() / sound), "rb") as file:
        return file.getnframes() / file.getframerate()


@login_required
@require_safe
def greetings(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    found = Greeting.objects.prefetch_related("texts", "numbers", "closed_numbers")
    return render(request, "calls/greeting_list.html", {"greetings": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    subject = subject_of(request, Greeting.objects.all(), pk, blank=Greeting())
    greeting, act = subject.row, subject.act
    form = GreetingForm(greeting, request.POST or None, request.FILES or None)
    if subject.is_saved and form.is_valid():
        with transaction.atomic():
            configuration.changed(form.save(), act, by=cast(User, request.user), now=timezone.now())
        messages.success(request, _("Saved. You can listen to it here."))
        return redirect("calls:greeting", greeting.pk)
    context = {"form": form, "greeting": greeting, "is_gone": subject.is_gone}
    return render(request, "calls/greeting_form.html", context)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    greeting = get_object_or_404(Greeting, pk=pk)
    try:
        with transaction.atomic():
            configuration.changed(greeting, "removed", by=cast(User, request.user), now=timezone.now())
            greeting.delete()
    except ProtectedError:
        messages.error(request, _("A number still says this greeting."))
        return redirect("calls:greeting", pk)
    messages.success(request, _("Removed."))
    return redirect("calls:greetings")


@login_required
@require_safe
def sound(request: HttpRequest, pk: int, language: str) -> HttpResponseBase:
    """What the caller will hear: the recording, else the text spoken now if it is not in the cache."""
    permissions.require(request.user, "settings.calls")
    text = get_object_or_404(GreetingText, greeting=pk, language=language)
    try:
        path = sounds_folder() / text.sound if text.sound else None
        path = path or prompts.synthesise(text.text, text.language, sounds_folder())
        file = path.open("rb")
    except (OSError, prompts.SpeechError):
        raise Http404("no sound") from None
    response = FileResponse(file, content_type="audio/wav")
    for name, value in SAFE_HEADERS.items():
        response.headers[name] = value
    return response
