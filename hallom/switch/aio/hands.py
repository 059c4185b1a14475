"""Carries out what the switch decided, once it is in the journal."""

from typing import Any, Protocol

import structlog

from hallom.sip.binding import Binding
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import InviteFailed
from hallom.sip.target import Target
from hallom.switch import effects
from hallom.switch.aio import metrics
from hallom.switch.aio.forks import ANSWERED_ELSEWHERE, Forks
from hallom.switch.aio.ways_out import WaysOut
from hallom.switch.effects import Effect
from hallom.switch.messages import Answered, Invited, Message, Referred, Signal

logger = structlog.get_logger(__name__)

TEMPORARILY_UNAVAILABLE = 480


class MediaSender(Protocol):
    def send(self, request: effects.Media) -> None: ...


class Hands:
    """Each effect is one call of the endpoint or of a media worker; what comes of it at once is returned."""

    def __init__(self, endpoint: Endpoint, media: MediaSender) -> None:
        self.endpoint = endpoint
        self.media = media
        self.forks = Forks()
        self.ways_out = WaysOut(endpoint)

    def carry_out(self, effect: Effect, now: float) -> Message | None:
        metrics.carried_out(type(effect).__name__)
        match effect:
            case effects.Media():
                self.media.send(effect)
            case effects.SendInvite():
                return self._invite(effect, now)
            case effects.Dial():
                return self.ways_out.dial(effect, now)
            case effects.SendAnswer():
                return self._answer(effect, now)
            case effects.AcceptRefer(refer, dialog):
                return self._accept(refer, dialog, now)
            case effects.RestoreDialog(state):
                self.endpoint.restore_dialog(dict(state), now)
            case effects.RestoreInvite(state):
                self._restore_invite(dict(state), now)
            case _:
                self._send(effect, now)
        return None

    def cancel_branch(self, branch: str, now: float, reason: str = ANSWERED_ELSEWHERE) -> None:
        self.endpoint.cancel(branch, now, reason=reason)

    def end_extra(self, dialog: str, now: float) -> None:
        self.endpoint.bye(dialog, now, reason=ANSWERED_ELSEWHERE)

    def _send(self, effect: Effect, now: float) -> None:
        endpoint = self.endpoint
        match effect:
            case effects.SendProgress(invite, status, sdp):
                endpoint.progress(invite, status, now, sdp=sdp)
            case effects.SendReject(invite, status, reason):
                endpoint.reject(invite, status, now, reason=reason)
            case effects.SendCancel(invite, reason):
                if self.ways_out.cancel(invite, reason, now):
                    return
                for branch in self.forks.branches(invite):
                    endpoint.cancel(branch, now, reason=reason)
            case effects.SendBye(dialog, reason):
                endpoint.bye(dialog, now, reason=reason)
            case effects.SendReinvite(dialog, sdp):
                endpoint.reinvite(dialog, sdp, now)
            case effects.SendReinviteAnswer(transaction, sdp):
                endpoint.answer_reinvite(transaction, sdp, now)
            case effects.SendReinviteReject(transaction, status):
                endpoint.reject_reinvite(transaction, status, now)
            case effects.RefuseRefer(refer, status):
                endpoint.refuse_refer(refer, status, now)
            case effects.TellRefer(refer, status, is_last):
                endpoint.refer_progress(refer, status, "", now, last=is_last)

    def _accept(self, refer: str, dialog: str, now: float) -> Message | None:
        self.endpoint.accept_refer(refer, now)
        try:
            return Referred(refer, dialog, self.endpoint.dialog_state(dialog))
        except KeyError:
            # The telephone has hung up in between; what it is told outlives its call.
            return None

    def _invite(self, effect: effects.SendInvite, now: float) -> Message:
        targets = self._targets(effect, now)
        if not targets:
            failed = InviteFailed(
                effect.invite, TEMPORARILY_UNAVAILABLE, "no phone of this kind is registered"
            )
            return Signal(failed)
        branches = self.forks.begin(effect.invite, len(targets))
        for branch, binding in zip(branches, targets, strict=True):
            self.endpoint.invite(
                branch,
                Target(binding.contact, binding.flow, binding.path),
                now,
                from_uri=effect.from_uri,
                from_name=effect.from_name,
                sdp=effect.sdp,
                headers=effect.headers,
            )
        states = [self.endpoint.invite_state(branch) for branch in branches]
        return Invited(effect.invite, self.forks.state(effect.invite, zip(branches, states, strict=True)))

    def _targets(self, effect: effects.SendInvite, now: float) -> list[Binding]:
        bindings = self.endpoint.bindings(effect.aor, now)
        if effect.contacts:
            return [binding for binding in bindings if binding.contact in effect.contacts]
        return [binding for binding in bindings if binding.flow.is_websocket == (effect.kind == "webrtc")]

    def _answer(self, effect: effects.SendAnswer, now: float) -> Message | None:
        dialog = self.endpoint.answer(effect.invite, effect.sdp, now)
        return Answered(effect.invite, dialog, self.endpoint.dialog_state(dialog)) if dialog else None

    def _restore_invite(self, state: dict[str, Any], now: float) -> None:
        if "outside" in state:
            self.ways_out.restore(state, now)
            return
        if "fork" not in state:
            self.endpoint.restore_invite(state, now)
            return
        for _, branch in state["branches"]:
            self.endpoint.restore_invite(branch, now)
        self.forks.restore(state["fork"], [name for name, _ in state["branches"]])
