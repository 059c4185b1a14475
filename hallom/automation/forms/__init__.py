from hallom.automation.forms.acknowledgements import AcknowledgementsForm
from hallom.automation.forms.macro import MacroEditor
from hallom.automation.forms.texts import SignatureForm, TemplateForm

__all__ = ["AcknowledgementsForm", "MacroEditor", "SignatureForm", "TemplateForm"]
