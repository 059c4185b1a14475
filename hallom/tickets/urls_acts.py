"""What is done to one ticket beside talking, what one is told, and what the house prepares for its tickets."""

from django.urls import path

from hallom.tickets.views import aside, history, merging, notices, setup, standing, watching

urlpatterns = [
    path("notices/", notices.notices, name="notices"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("tickets/<int:number>/aside/", aside.aside, name="aside"),
    path("tickets/<int:number>/history/", history.history, name="history"),
    path("tickets/<int:number>/snooze/", standing.snooze, name="snooze"),
    path("tickets/<int:number>/spam/", standing.spam, name="spam"),
    path("tickets/<int:number>/deletion/", standing.deletion, name="deletion"),
    path("tickets/<int:number>/merge/", merging.merge, name="merge"),
    path("tickets/<int:number>/merge/choices/", merging.choices, name="merge-choices"),
    path("tickets/<int:number>/split/<int:message>/", merging.split, name="split"),
    path("tickets/<int:number>/links/", aside.links, name="links"),
    path("tickets/<int:number>/links/<int:other>/", aside.link, name="link"),
    path("tickets/<int:number>/watch/", watching.watch, name="watch"),
    path("tickets/<int:number>/watchers/", watching.watchers, name="watchers"),
    path("tickets/<int:number>/watchers/choices/", watching.choices, name="watcher-choices"),
    path("tickets/<int:number>/watchers/<int:pk>/", watching.watcher, name="watcher"),
    path("tickets/<int:number>/steps/", aside.steps, name="steps"),
    path("tickets/<int:number>/steps/<int:pk>/", aside.step, name="step"),
    path("tickets/<int:number>/time/", aside.time, name="time"),
    path("tickets/<int:number>/time/<int:pk>/", aside.time_row, name="time-row"),
    path("tickets/<int:number>/fields/", aside.fields, name="fields"),
]

for _folder, _kind in (
    ("statuses", setup.STATUSES),
    ("fields", setup.FIELDS),
    ("checklists", setup.CHECKLISTS),
    ("ticket-templates", setup.TEMPLATES),
    ("recurring-tickets", setup.RECURRENCES),
):
    urlpatterns += [
        path(f"settings/{_folder}/", setup.listing, {"kind": _kind}, name=f"{_kind.urls}s"),
        path(f"settings/{_folder}/new/", setup.new, {"kind": _kind}, name=f"{_kind.urls}-new"),
        path(f"settings/{_folder}/<int:pk>/", setup.one, {"kind": _kind}, name=_kind.urls),
    ]
