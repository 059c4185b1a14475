from django.urls import path

from hallom.desk.views import deck, destinations, home, palette, wallboard

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("desk/worklist/", home.worklist, name="worklist"),
    path("desk/strip/", home.queue_strip, name="strip"),
    path("palette/", palette.results, name="palette"),
    path("deck/", deck.show, name="deck"),
    path("deck/state/", deck.state, name="state"),
    path("deck/hold/", deck.hold, name="hold"),
    path("deck/recording-pause/", deck.recording_pause, name="recording-pause"),
    path("deck/offer/", deck.offer, name="offer"),
    path("deck/call/", deck.call, name="call"),
    path("deck/wrap-up/", deck.finish_wrap_up, name="wrap-up"),
    path("deck/phone/", deck.phone, name="phone"),
    path("deck/destinations/", destinations.results, name="destinations"),
    path("wallboard/", wallboard.wallboard, name="wallboard"),
]
