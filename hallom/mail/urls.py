from django.urls import path

from hallom.mail.views import strangers

app_name = "mail"
urlpatterns = [
    path("mail/<int:pk>/place/", strangers.place, name="stranger"),
    path("mail/<int:pk>/original/", strangers.original, name="original"),
]
