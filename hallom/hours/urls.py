from django.urls import path

from hallom.hours import views

app_name = "hours"
urlpatterns = [
    path("settings/hours/", views.calendars, name="calendars"),
    path("settings/hours/new/", views.new, name="new"),
    path("settings/hours/<int:pk>/", views.calendar, name="calendar"),
]
