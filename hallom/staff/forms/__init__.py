from hallom.staff.forms.named import SkillForm, TeamForm
from hallom.staff.forms.profile import ProfileForm
from hallom.staff.forms.user import UserForm

__all__ = ["ProfileForm", "SkillForm", "TeamForm", "UserForm"]
