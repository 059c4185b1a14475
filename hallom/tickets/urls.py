from django.urls import include, path

from hallom.tickets.views import acts, categories, listing, many, opening, talk, ticket

app_name = "tickets"
urlpatterns = [
    path("", include("hallom.tickets.urls_acts")),
    path("", include("hallom.tickets.urls_answers")),
    path("tickets/", listing.tickets, name="tickets"),
    path("tickets/export.csv", listing.export, name="export"),
    path("tickets/bulk/", many.bulk, name="bulk"),
    path("tickets/views/", listing.views, name="views"),
    path("tickets/views/counts/", listing.view_counts, name="view-counts"),
    path("tickets/views/<int:pk>/", listing.view, name="view"),
    path("tickets/new/", opening.new, name="new"),
    path("tickets/work/", ticket.worklist_fragment, name="worklist"),
    path("tickets/<int:number>/", ticket.ticket_page, name="ticket"),
    path("tickets/<int:number>/head/", ticket.head, name="head"),
    path("tickets/<int:number>/conversation/", talk.conversation_stream, name="conversation"),
    path("tickets/<int:number>/entries/", talk.entries, name="entries"),
    path("tickets/<int:number>/status/", acts.status, name="status"),
    path("tickets/<int:number>/closure/", acts.closure, name="closure"),
    path("tickets/<int:number>/ownership/", acts.ownership, name="ownership"),
    path("tickets/<int:number>/assignment/", acts.assignment, name="assignment"),
    path("tickets/<int:number>/facts/", acts.facts, name="facts"),
    path("tickets/<int:number>/customer/", acts.customer, name="customer"),
    path("settings/categories/", categories.categories, name="categories"),
    path("settings/categories/new/", categories.new, name="category-new"),
    path("settings/categories/<int:pk>/", categories.category, name="category"),
]
