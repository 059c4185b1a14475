"""One ringing of an agent's several phones: the first to answer wins, the others hear that it was answered elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from hallom.sip.events import InviteAnswered, InviteFailed, ProgressReceived

Progress = TypeVar("Progress", ProgressReceived, InviteAnswered)
ANSWERED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'


@dataclass(slots=True)
class Fork:
    invite: str
    ringing: set[str]
    winner: str | None = None
    failures: list[InviteFailed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an event of one branch means for the whole: the event to hand on, branches to cancel, a dialog to end."""

    event: ProgressReceived | InviteAnswered | InviteFailed | None = None
    cancel: tuple[str, ...] = ()
    bye: str | None = None


class Forks:
    """A branch is named like its fork; from the second on `~2`, `~3`… is added."""

    def __init__(self) -> None:
        self._forks: dict[str, Fork] = {}

    def begin(self, invite: str, count: int) -> list[str]:
        branches = [invite if number == 1 else f"{invite}~{number}" for number in range(1, count + 1)]
        self._add(Fork(invite, set(branches)))
        return branches

    def state(self, invite: str, branches: Iterable[Any]) -> dict[str, Any]:
        """JSON-able; `branches` are the endpoint's own states."""
        return {"fork": invite, "branches": list(branches)}

    def restore(self, invite: str, branches: Iterable[str]) -> None:
        self._add(Fork(invite, set(branches)))

    def branches(self, invite: str) -> list[str]:
        fork = self._forks.get(invite)
        return sorted(fork.ringing) if fork is not None else []

    def judge(self, event: ProgressReceived | InviteAnswered | InviteFailed) -> Verdict:
        fork = self._forks.get(event.invite)
        if fork is None:
            return Verdict(event)
        if isinstance(event, ProgressReceived):
            return Verdict(None if fork.winner else _named(event, fork))
        self._finish(fork, event.invite)
        if isinstance(event, InviteAnswered):
            return self._answered(fork, event)
        return self._failed(fork, event)

    def _answered(self, fork: Fork, event: InviteAnswered) -> Verdict:
        if fork.winner is not None:
            return Verdict(bye=event.dialog)
        fork.winner = event.invite
        return Verdict(_named(event, fork), cancel=tuple(sorted(fork.ringing)))

    def _failed(self, fork: Fork, event: InviteFailed) -> Verdict:
        if fork.winner is not None:
            return Verdict()
        fork.failures.append(event)
        # RFC 3261 16.7: a 6xx speaks for the person, not for the one phone.
        if event.status >= 600 and fork.ringing:
            fork.winner = event.invite
            return Verdict(replace(event, invite=fork.invite), cancel=tuple(sorted(fork.ringing)))
        if fork.ringing:
            return Verdict()
        best = min(fork.failures, key=_rank)
        return Verdict(replace(best, invite=fork.invite))

    def _add(self, fork: Fork) -> None:
        for branch in fork.ringing:
            self._forks[branch] = fork
        self._forks[fork.invite] = fork

    def _finish(self, fork: Fork, branch: str) -> None:
        fork.ringing.discard(branch)
        if branch != fork.invite:
            self._forks.pop(branch, None)
        if not fork.ringing:
            self._forks.pop(fork.invite, None)


def _named(event: Progress, fork: Fork) -> Progress:
    return event if event.invite == fork.invite else replace(event, invite=fork.invite)


def _rank(failure: InviteFailed) -> tuple[int, int]:
    """A busy or declining person says more than a phone that was away."""
    if failure.status >= 600:
        return 0, failure.status
    return (1, failure.status) if failure.status in (486, 480, 603) else (2, failure.status)
