from collections.abc import Iterable
from dataclasses import dataclass

from hallom.tickets.models import Category


@dataclass(frozen=True, slots=True)
class Branch:
    category: Category
    depth: int
    path: str


def tree(categories: Iterable[Category]) -> list[Branch]:
    """The categories in reading order, each with its depth and its full name."""
    children: dict[int | None, list[Category]] = {}
    for category in categories:
        children.setdefault(category.parent_id, []).append(category)
    return list(_branches(children, None, 0, ""))


def _branches(
    children: dict[int | None, list[Category]], parent: int | None, depth: int, path: str
) -> Iterable[Branch]:
    for category in sorted(children.get(parent, []), key=lambda one: (one.position, one.name)):
        name = f"{path} / {category.name}" if path else category.name
        yield Branch(category, depth, name)
        yield from _branches(children, category.pk, depth + 1, name)


def choices(categories: Iterable[Category]) -> list[tuple[int | str, str]]:
    return [("", "–"), *((branch.category.pk, branch.path) for branch in tree(categories))]


def above(category: Category | None) -> list[int]:
    """The keys of the category and of those it stands under, the nearest first."""
    found: list[int] = []
    while category is not None and category.pk not in found:
        found.append(category.pk)
        category = category.parent
    return found
