from hallom.staff.models import Language, Theme, User


def remember(user: User, *, theme: str | None = None, language: str | None = None) -> None:
    """Keep a choice beyond this browser; an empty theme is that of the computer. What is unknown is left alone."""
    if theme is not None and (theme or Theme.SYSTEM) in Theme.values:
        user.theme = theme or Theme.SYSTEM
    if language is not None and language in Language.values:
        user.language = language
    user.save(update_fields=["theme", "language"])
