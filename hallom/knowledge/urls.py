from django.urls import path

from hallom.knowledge.views import editing, pictures, reading

app_name = "knowledge"
urlpatterns = [
    path("knowledge/", reading.articles, name="articles"),
    path("knowledge/new/", editing.new, name="new"),
    path("knowledge/pictures/", pictures.upload, name="upload"),
    path("knowledge/pictures/<int:pk>/<str:name>", pictures.picture, name="picture"),
    path("knowledge/<int:pk>/", reading.article, name="article"),
    path("knowledge/<int:pk>/edit/", editing.edit, name="edit"),
    path("knowledge/<int:pk>/removal/", editing.remove, name="removal"),
]
