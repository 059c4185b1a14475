from django.urls import path

from hallom.customers.views import customer, editing, listing

app_name = "customers"
urlpatterns = [
    path("customers/", listing.customers, name="customers"),
    path("customers/choices/", listing.choices, name="choices"),
    path("customers/new/", editing.new, name="new"),
    path("customers/<int:pk>/", customer.customer_page, name="customer"),
    path("customers/<int:pk>/card/", customer.card_fragment, name="card"),
    path("customers/<int:pk>/history/", customer.history_fragment, name="history"),
    path("customers/<int:pk>/edit/", editing.edit, name="edit"),
]
