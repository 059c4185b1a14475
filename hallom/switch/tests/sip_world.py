"""Telephones and the endpoint between them and the switch, without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hallom.sip.accounts import Peer
from hallom.sip.binding import Binding
from hallom.sip.events import DialogEnded, InviteFailed, InviteReceived, ReinviteAnswered, ReinviteFailed
from hallom.sip.flow import Flow
from hallom.sip.sdp import WEBRTC, Ice, Session
from hallom.switch import effects
from hallom.switch.messages import Answered, Invited, Message, Referred, Signal

TRUNK = Peer("trunk", "carrier")
TRUNK_FLOW = Flow("udp", "192.0.2.9", 5060)


def rtp_sdp(port: int = 4000, direction: str = "sendrecv") -> str:
    return str(Session("192.0.2.10", port, telephone_event=101, direction=direction))


def by_ip6(sdp: str) -> str:
    return sdp.replace("IP4 192.0.2.10", "IP6 2001:db8::10")


def webrtc_sdp(port: int = 5000) -> str:
    return str(
        Session(
            "192.0.2.20",
            port,
            protocol=WEBRTC,
            ice=Ice("wxyz", "q" * 22),
            fingerprint="sha-256 " + ":".join(["BB"] * 32),
            setup="active",
            mid="0",
        )
    )


def invite(number: int, *, dialled: str = "+3615550100", sdp: str | None = "") -> InviteReceived:
    return InviteReceived(
        invite=f"in{number}",
        dialog_key=f"dialog-in{number}",
        from_uri=f"sip:+36301{number:06}@carrier",
        from_name="Carla",
        to_uri=f"sip:{dialled}@hallom",
        request_uri=f"sip:{dialled}@hallom",
        peer=TRUNK,
        sdp=rtp_sdp() if sdp == "" else sdp,
        flow=TRUNK_FLOW,
        asserted=None,
    )


def binding(agent: int, contact: str, *, is_browser: bool = True) -> Binding:
    flow = Flow("ws" if is_browser else "udp", "192.0.2.77", 40_000 + agent, 1 if is_browser else 0)
    return Binding(f"agent-{agent}", contact, flow, 1e12)


@dataclass
class FakeEndpoint:
    """`ringing` and `dialogs` are what the telephones know; `known` is what the endpoint knows of them."""

    ringing: dict[str, effects.SendInvite] = field(default_factory=dict)
    dialogs: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    byes: list[effects.SendBye] = field(default_factory=list)
    rejects: dict[str, int] = field(default_factory=dict)
    reject_words: dict[str, str] = field(default_factory=dict)
    progress: dict[str, int] = field(default_factory=dict)
    dials: dict[str, effects.Dial] = field(default_factory=dict)
    news: list[tuple[str, int]] = field(default_factory=list)
    replies: dict[int, effects.Reply] = field(default_factory=dict)
    invites: list[effects.SendInvite] = field(default_factory=list)
    cancels: list[effects.SendCancel] = field(default_factory=list)
    dialled: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    reinvites: list[effects.SendReinvite] = field(default_factory=list)
    answers: list[effects.SendReinviteAnswer | effects.SendReinviteReject] = field(default_factory=list)

    def carry_out(self, effect: effects.Effect) -> Message | None:
        match effect:
            case effects.SendInvite(invite=leg):
                return self._invite(effect, leg)
            case effects.Dial(invite=leg):
                self.dials[leg] = effect
                return Invited(leg, {"invite": leg, "dial": True})
            case effects.SendAnswer(invite=name):
                return self._answer(name)
            case effects.SendCancel(invite=leg):
                self.cancels.append(effect)
                if self.ringing.pop(leg, None) or self.dials.pop(leg, None):
                    return Signal(InviteFailed(leg, 487, "Request Terminated"))
            case effects.SendBye(dialog=dialog):
                return self._bye(effect, dialog)
            case effects.AcceptRefer(refer=refer, dialog=dialog):
                self.news.append((refer, 202))
                return Referred(refer, dialog, {"id": dialog, "refers": [refer]})
            case effects.RestoreDialog(state):
                self._restore_dialog(state)
            case effects.RestoreInvite(state):
                if state.get("invite") in self.dialled:
                    self.pending.add(state["invite"])
            case _:
                return self._other(effect)
        return None

    def _other(self, effect: effects.Effect) -> Message | None:
        match effect:
            case effects.SendProgress(invite=name, status=status):
                self.progress[name] = status
            case effects.SendReject(invite=name, status=status, reason=reason):
                self.pending.discard(name)
                self.rejects[name] = status
                self.reject_words[name] = reason
            case effects.SendReinvite(dialog=dialog):
                self.reinvites.append(effect)
                if dialog not in self.dialogs:
                    return Signal(ReinviteFailed(dialog, 481))
                state = {"id": dialog, "local_sdp": effect.sdp}
                return Signal(ReinviteAnswered(dialog, rtp_sdp(4444)), state)
            case effects.SendReinviteAnswer() | effects.SendReinviteReject():
                self.answers.append(effect)
            case effects.RefuseRefer(refer=refer, status=status):
                self.news.append((refer, status))
            case effects.TellRefer(refer=refer, status=status):
                self.news.append((refer, status))
            case effects.Reply(order=order):
                assert order not in self.replies, "answered twice"
                self.replies[order] = effect
        return None

    def _invite(self, effect: effects.SendInvite, leg: str) -> Message:
        self.ringing[leg] = effect
        self.invites.append(effect)
        return Invited(leg, {"fork": leg, "branches": []})

    def _answer(self, name: str) -> Message | None:
        dialog = f"dialog-{name}"
        if name not in self.pending:
            return None
        self.pending.discard(name)
        self.open(dialog)
        return Answered(name, dialog, {"id": dialog, "target": f"sip:{name}@carrier"})

    def _bye(self, effect: effects.SendBye, dialog: str) -> Message | None:
        self.byes.append(effect)
        if dialog not in self.known:
            return None
        self.known.discard(dialog)
        self.dialogs.discard(dialog)
        return Signal(DialogEnded(dialog, False, ""))

    def _restore_dialog(self, state: Mapping[str, Any]) -> None:
        if state["id"] in self.dialogs:
            self.known.add(state["id"])

    def open(self, dialog: str) -> None:
        self.dialogs.add(dialog)
        self.known.add(dialog)

    def crash(self) -> None:
        self.known.clear()
        self.pending.clear()
