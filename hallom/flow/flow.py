"""The flow language: what happens to a caller, as data. A step names the step that follows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hallom.flow.hours import Hours

Files = tuple[str, ...]


class FlowError(ValueError):
    """The flow cannot be walked: a step is missing, or steps lead round without the caller hearing anything."""


@dataclass(frozen=True, slots=True)
class Say:
    """`prompts` by language; a caller whose language has none hears `prompts[""]`, else nothing."""

    prompts: Mapping[str, Files]
    then: str
    is_closing: bool = False

    def files(self, language: str) -> Files:
        return self.prompts.get(language) or self.prompts.get("", ())


@dataclass(frozen=True, slots=True)
class BranchOnHours:
    hours: Hours
    when_open: str
    when_closed: str


@dataclass(frozen=True, slots=True)
class Enqueue:
    """`when_full` is the step for a caller for whom the queue has no more room."""

    queue: int
    when_full: str


@dataclass(frozen=True, slots=True)
class HangUp:
    cause: str = "normal"


Step = Say | BranchOnHours | Enqueue | HangUp


@dataclass(frozen=True, slots=True)
class Flow:
    first: str
    steps: Mapping[str, Step] = field(default_factory=dict)

    def step(self, name: str) -> Step:
        """Raises FlowError."""
        found = self.steps.get(name)
        if found is None:
            raise FlowError(f"no step named {name!r}")
        return found

    def check(self) -> None:
        """Raises FlowError unless every step that can be named exists."""
        self.step(self.first)
        for step in self.steps.values():
            for name in _followers(step):
                self.step(name)


def _followers(step: Step) -> tuple[str, ...]:
    match step:
        case Say(then=then):
            return (then,)
        case BranchOnHours(when_open=when_open, when_closed=when_closed):
            return (when_open, when_closed)
        case Enqueue(when_full=when_full):
            return (when_full,)
        case HangUp():
            return ()
