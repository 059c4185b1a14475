from django.urls import path

from hallom.staff.views import audit_page, login, profile, skills, teams, users

app_name = "staff"
urlpatterns = [
    path("login/<str:token>/", login.login_by_link, name="login-link"),
    path("profile/", profile.profile, name="profile"),
    path("settings/users/", users.users, name="users"),
    path("settings/users/new/", users.new, name="user-new"),
    path("settings/users/<int:pk>/", users.user, name="user"),
    path("settings/users/<int:pk>/login-link/", users.login_link, name="user-login-link"),
    path("settings/users/<int:pk>/deactivation/", users.deactivation, name="user-deactivation"),
    path("settings/users/<int:pk>/sessions/", users.sessions, name="user-sessions"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/new/", teams.new, name="team-new"),
    path("settings/teams/<int:pk>/", teams.team, name="team"),
    path("settings/skills/", skills.skills, name="skills"),
    path("settings/skills/new/", skills.new, name="skill-new"),
    path("settings/skills/<int:pk>/", skills.skill, name="skill"),
    path("settings/audit/", audit_page.audit, name="audit"),
]
