from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "hallom.ui"
    label = "ui"
    verbose_name = "Hallom pages"
