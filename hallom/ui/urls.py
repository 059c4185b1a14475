from django.conf import settings
from django.urls import path

from hallom.ui import views

app_name = "ui"

urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("language/", views.language, name="language"),
    path("rail/", views.rail, name="rail"),
    path("settings/", views.settings_index, name="settings"),
]

if settings.DEBUG:
    from hallom.ui import components

    urlpatterns.append(path("components/", components.page, name="components"))
