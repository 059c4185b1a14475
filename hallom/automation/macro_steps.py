"""The steps a macro may have: what each needs, and what it will do, before it does it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any

MOST_STEPS = 20
LONGEST_NOTE = 20_000
# Of a note, in the sentence that announces it.
SHOWN = 120
# A year; who needs longer closes the ticket.
MOST_HOURS = 24 * 366
ME, NOBODY = "me", "nobody"

Step = Mapping[str, Any]


class WrongStep(ValueError):
    """``number`` is the step's place (from 1), ``code``: unknown, empty, too_many, number, twice."""

    def __init__(self, number: int, code: str) -> None:
        super().__init__(f"{number}: {code}")
        self.number = number
        self.code = code


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan looks at: how the ticket stands, and what rows are called (``("team", 3)`` to ``"Billing"``)."""

    status: str = ""
    status_name: int | None = None
    owner: int | None = None
    team: int | None = None
    priority: int = 0
    category: int | None = None
    tags: tuple[str, ...] = ()
    is_watched: bool = False
    me: int = 0
    names: Mapping[tuple[str, Any], str] = field(default_factory=dict)

    def name(self, kind: str, key: Any) -> str:
        return self.names.get((kind, key), "?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """``kind`` is a key of the words in `sentences.py`; ``values`` what stands in them."""

    kind: str
    values: tuple[tuple[str, str], ...] = ()


def plan(steps: Iterable[Step], facts: Facts) -> list[Sentence]:
    """What the steps will do, in their order; a step that changes nothing says so."""
    return [sentence for step in steps for sentence in _PLANS[str(step["do"])](step, facts)]


def checked(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps with the values each needs and no others; raises WrongStep."""
    if len(steps) > MOST_STEPS:
        raise WrongStep(MOST_STEPS + 1, "too_many")
    done: set[str] = set()
    found = []
    for number, step in enumerate(steps, start=1):
        kind = str(step.get("do", ""))
        if kind not in _CHECKS:
            raise WrongStep(number, "unknown")
        if kind in ONCE and kind in done:
            raise WrongStep(number, "twice")
        done.add(kind)
        found.append({"do": kind, **_values(number, kind, step)})
    return found


# Twice would mean that the second undoes the first; two replies would be two mails.
ONCE = frozenset({"reply", "status", "owner", "team", "priority", "category", "snooze", "watch"})


def _values(number: int, kind: str, step: Step) -> dict[str, Any]:
    try:
        return _CHECKS[kind](step)
    except (KeyError, TypeError, ValueError) as problem:
        raise WrongStep(number, "number" if isinstance(problem, ValueError) else "empty") from None


def _key(name: str) -> Callable[[Step], dict[str, Any]]:
    return lambda step: {name: _positive(step[name])}


def _positive(value: Any) -> int:
    number = int(value)
    if number < 1:
        raise ValueError(value)
    return number


def _text(value: Any) -> str:
    text = str(value or "").strip()
    if not text:
        raise KeyError
    return text


def _status(step: Step) -> dict[str, Any]:
    if step.get("name"):
        return {"name": _positive(step["name"])}
    return {"meaning": _text(step.get("meaning"))}


def _owner(step: Step) -> dict[str, Any]:
    to = step["to"]
    return {"to": to if to in (ME, NOBODY) else _positive(to)}


def _tags(step: Step) -> dict[str, Any]:
    found = {name: [_text(tag) for tag in step.get(name) or ()] for name in ("add", "remove")}
    if not any(found.values()):
        raise KeyError
    return found


def _hours(step: Step) -> dict[str, Any]:
    hours = _positive(step["hours"])
    if hours > MOST_HOURS:
        raise ValueError(hours)
    return {"hours": hours}


_CHECKS: dict[str, Callable[[Step], dict[str, Any]]] = {
    "reply": _key("template"),
    "note": lambda step: {"text": _text(step.get("text"))[:LONGEST_NOTE]},
    "status": _status,
    "owner": _owner,
    "team": _key("team"),
    "priority": _key("priority"),
    "category": _key("category"),
    "tags": _tags,
    "snooze": _hours,
    "field": lambda step: {"key": _text(step.get("key")), "value": step.get("value", "")},
    "checklist": _key("checklist"),
    "watch": lambda _step: {},
}
KINDS = tuple(_CHECKS)


def _said(kind: str, **values: Any) -> list[Sentence]:
    return [Sentence(kind, tuple((name, str(value)) for name, value in values.items()))]


def _plan_status(step: Step, facts: Facts) -> list[Sentence]:
    if "name" in step:
        name = facts.name("status", step["name"])
        same = facts.status_name == step["name"]
    else:
        name = facts.name("meaning", step["meaning"])
        same = facts.status == step["meaning"]
    return _said("status_stays" if same else "status", to=name)


def _plan_owner(step: Step, facts: Facts) -> list[Sentence]:
    to = step["to"]
    if to == NOBODY:
        return _said("owner_nobody" if facts.owner else "owner_stays_nobody")
    key = facts.me if to == ME else to
    return _said("owner_stays" if facts.owner == key else "owner", to=facts.name("person", key))


def _plan_row(kind: str) -> Callable[[Step, Facts], list[Sentence]]:
    def sentences(step: Step, facts: Facts) -> list[Sentence]:
        same = getattr(facts, kind) == step[kind]
        return _said(f"{kind}_stays" if same else kind, to=facts.name(kind, step[kind]))

    return sentences


def _plan_tags(step: Step, facts: Facts) -> list[Sentence]:
    added = [tag for tag in step.get("add", ()) if tag not in facts.tags]
    removed = [tag for tag in step.get("remove", ()) if tag in facts.tags]
    sentences = _said("tags_added", tags=", ".join(added)) if added else []
    sentences += _said("tags_removed", tags=", ".join(removed)) if removed else []
    return sentences or _said("tags_stay")


_PLANS: dict[str, Callable[[Step, Facts], list[Sentence]]] = {
    "reply": lambda step, facts: _said("reply", template=facts.name("template", step["template"])),
    "note": lambda step, facts: _said("note", text=shorten(step["text"], SHOWN, placeholder=" …")),
    "status": _plan_status,
    "owner": _plan_owner,
    "team": _plan_row("team"),
    "priority": _plan_row("priority"),
    "category": _plan_row("category"),
    "tags": _plan_tags,
    "snooze": lambda step, facts: _said("snooze", hours=step["hours"]),
    "field": lambda step, facts: _said(
        "field" if step.get("value") else "field_emptied",
        field=facts.name("field", step["key"]),
        value=step.get("value", ""),
    ),
    "checklist": lambda step, facts: _said("checklist", checklist=facts.name("checklist", step["checklist"])),
    "watch": lambda step, facts: _said("watch_stays" if facts.is_watched else "watch"),
}
