from django.urls import path

from hallom.automation.views import macros, texts

app_name = "automation"
urlpatterns = [
    path("tickets/<int:number>/macros/<int:pk>/", macros.use, name="use"),
    path("settings/templates/", texts.templates, name="templates"),
    path("settings/templates/new/", texts.template, name="template-new"),
    path("settings/templates/<int:pk>/", texts.template, name="template"),
    path("settings/templates/<int:pk>/removal/", texts.remove_template, name="template-removal"),
    path("settings/signatures/", texts.signatures, name="signatures"),
    path("settings/signatures/<int:team>/", texts.signature, name="signature"),
    path("settings/acknowledgements/", texts.acknowledgements, name="acknowledgements"),
    path("settings/macros/", macros.macros, name="macros"),
    path("settings/macros/new/", macros.macro, name="macro-new"),
    path("settings/macros/<int:pk>/", macros.macro, name="macro"),
    path("settings/macros/<int:pk>/removal/", macros.remove_macro, name="macro-removal"),
]
