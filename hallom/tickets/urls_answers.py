"""What is written under a ticket, and the files of it."""

from django.urls import path

from hallom.tickets.views import answer, attachment, draft

urlpatterns = [
    path("tickets/<int:number>/answer/", answer.answer, name="answer"),
    path("tickets/<int:number>/composer/", answer.composer, name="composer"),
    path("tickets/<int:number>/draft/", draft.draft, name="draft"),
    path("tickets/<int:number>/files/", draft.upload, name="upload"),
    path("tickets/<int:number>/mentions/", draft.mentions, name="mentions"),
    path("tickets/<int:number>/snippets/", draft.snippets, name="snippets"),
    path("tickets/<int:number>/sender/", draft.sender, name="sender"),
    path("tickets/<int:number>/snippet/", draft.snippet, name="snippet"),
    path("tickets/<int:number>/messages/<int:pk>/recall/", answer.recall, name="recall"),
    path("tickets/<int:number>/messages/<int:pk>/sending/", answer.sending, name="sending"),
    path("tickets/<int:number>/messages/<int:pk>/body/", attachment.mail_body, name="mail-body"),
    path("attachments/<int:pk>/<str:name>", attachment.attachment, name="attachment"),
]
