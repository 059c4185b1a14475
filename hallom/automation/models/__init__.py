from hallom.automation.models.acknowledgement import Acknowledgement
from hallom.automation.models.macro import Macro
from hallom.automation.models.text_template import Signature, TextTemplate, TextVersion

__all__ = ["Acknowledgement", "Macro", "Signature", "TextTemplate", "TextVersion"]
