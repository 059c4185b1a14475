from django.urls import path

from hallom.desk.views import control, deck, destinations, home, palette, wallboard

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
    path("deck/transfer/", control.transfer, name="transfer"),
    path("deck/consultation/", control.consultation, name="consultation"),
    path("deck/swap/", control.swap, name="swap"),
    path("deck/conference/", control.conference, name="conference"),
    path("deck/handover/", control.handover, name="handover"),
    path("deck/parking/", control.parking, name="parking"),
    path("deck/pickup/", control.pickup, name="pickup"),
    path("deck/dial/", control.dial, name="dial"),
    path("deck/do-not-disturb/", control.do_not_disturb, name="do-not-disturb"),
    path("deck/diversion/", control.diversion, name="diversion"),
    path("deck/promises/", control.promise, name="promise"),
    path("deck/promises/kept/", control.promise_kept, name="promise-kept"),
    path("deck/promises/refusal/", control.promise_refused, name="promise-refused"),
    path("wallboard/", wallboard.wallboard, name="wallboard"),
]
