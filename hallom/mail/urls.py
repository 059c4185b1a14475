from django.urls import path

from hallom.mail.views import aside, dead_letters, mailboxes, oauth, strangers

app_name = "mail"
urlpatterns = [
    path("mail/aside/", aside.waiting_mail, name="waiting"),
    path("mail/<int:pk>/place/", strangers.place, name="stranger"),
    path("mail/<int:pk>/original/", strangers.original, name="original"),
    path("mail/messages/<int:message>/delivery/", dead_letters.delivery, name="delivery"),
    path("settings/mail/undelivered/", dead_letters.dead_letters, name="dead-letters"),
    path("settings/mail/undelivered/<int:pk>/sending/", dead_letters.resend, name="dead-letter-sending"),
    path(
        "settings/mail/undelivered/<int:pk>/settlement/", dead_letters.settle, name="dead-letter-settlement"
    ),
    path("settings/mail/consent/", oauth.returned, name="oauth-return"),
    path("settings/mailboxes/", mailboxes.mailboxes, name="mailboxes"),
    path("settings/mailboxes/new/", mailboxes.mailbox, name="mailbox-new"),
    path("settings/mailboxes/<int:pk>/", mailboxes.mailbox, name="mailbox"),
    path("settings/mailboxes/<int:pk>/removal/", mailboxes.remove, name="mailbox-removal"),
    path("settings/mailboxes/<int:pk>/consent/", oauth.connect, name="oauth-connect"),
    path("settings/mailboxes/<int:pk>/trial/", mailboxes.trial, name="trial"),
    path("settings/mailboxes/<int:pk>/trial/<str:token>/", mailboxes.trial_result, name="trial-result"),
]
