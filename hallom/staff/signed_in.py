from django.http import HttpRequest

from hallom.staff.models import User


class SignedInRequest(HttpRequest):
    """The type of a request behind ``login_required``: the user is one of ours."""

    user: User
