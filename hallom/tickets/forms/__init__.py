from hallom.tickets.forms.assignment import AssignmentForm
from hallom.tickets.forms.category import CategoryForm
from hallom.tickets.forms.entry import EntryForm
from hallom.tickets.forms.facts import FactsForm
from hallom.tickets.forms.opening import OpeningForm

__all__ = ["AssignmentForm", "CategoryForm", "EntryForm", "FactsForm", "OpeningForm"]
