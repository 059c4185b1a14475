from django.urls import path

from hallom.calls.setup import alarms, bans, extensions, greetings, members, phones, toll
from hallom.calls.setup.sections import SECTIONS
from hallom.calls.views import call, disposition, practice, recording

app_name = "calls"
urlpatterns = [
    path("calls/", call.call_list, name="calls"),
    path("calls/export.csv", call.export, name="export"),
    path("calls/recordings/", recording.recording_list, name="recordings"),
    path("calls/practice/", practice.practice, name="practice"),
    path("calls/<str:pk>/", call.call, name="call"),
    path("calls/<str:pk>/disposition/", disposition.disposition, name="disposition"),
    path("calls/<str:pk>/recording/", recording.recording, name="recording"),
    path("calls/<str:pk>/recording/<int:part>/", recording.recording, name="recording-part"),
    path("settings/queues/<int:pk>/members/", members.members, name="queue-members"),
    path("settings/greetings/", greetings.greetings, name="greetings"),
    path("settings/greetings/new/", greetings.edit, name="greeting-new"),
    path("settings/greetings/<int:pk>/", greetings.edit, name="greeting"),
    path("settings/greetings/<int:pk>/removal/", greetings.remove, name="greeting-removal"),
    path("settings/greetings/<int:pk>/<str:language>.wav", greetings.sound, name="greeting-sound"),
    path("settings/phones/", phones.phones, name="phones"),
    path("settings/phones/new/", phones.edit, name="phone-new"),
    path("settings/phones/<int:pk>/", phones.edit, name="phone"),
    path("settings/phones/<int:pk>/secret/", phones.renew, name="phone-secret"),
    path("settings/phones/<int:pk>/removal/", phones.remove, name="phone-removal"),
    *alarms.URLS,
    *extensions.URLS,
    *toll.URLS,
    *bans.URLS,
    *(pattern for section in SECTIONS for pattern in section.urls()),
]
