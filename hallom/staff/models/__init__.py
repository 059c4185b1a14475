from hallom.staff.models.login_link import LoginLink
from hallom.staff.models.membership import Membership, Team
from hallom.staff.models.role import Role, RoleGrant
from hallom.staff.models.skill import Skill, UserLanguage, UserSkill
from hallom.staff.models.user import Language, Theme, User

__all__ = [
    "Language",
    "LoginLink",
    "Membership",
    "Role",
    "RoleGrant",
    "Skill",
    "Team",
    "Theme",
    "User",
    "UserLanguage",
    "UserSkill",
]
