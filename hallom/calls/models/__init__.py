from hallom.calls.models.agent import AgentState, AgentStateSpan, AgentStatus
from hallom.calls.models.alarm import AlarmRules
from hallom.calls.models.banned_source import BannedSource, BanReason
from hallom.calls.models.call import Call, Direction, Leg, Offer, Outcome, QueueWait
from hallom.calls.models.closure import Closure
from hallom.calls.models.cut_off import CutOff
from hallom.calls.models.device import SipDevice
from hallom.calls.models.disposition import CallDisposition, Disposition
from hallom.calls.models.extension import Extension, OutsideContact
from hallom.calls.models.greeting import Greeting, GreetingText
from hallom.calls.models.journal import JournalEntry, Order, RelayPosition
from hallom.calls.models.live_quality import LiveQuality
from hallom.calls.models.number import Number
from hallom.calls.models.pause import PauseReason
from hallom.calls.models.promise import Promise
from hallom.calls.models.queue import Announce, Queue, QueueMember
from hallom.calls.models.quick_button import QuickButton
from hallom.calls.models.recording import ListenedTo, Recording
from hallom.calls.models.sent_on import SentOn, Watch
from hallom.calls.models.situation import CallSituation
from hallom.calls.models.switchboard import Switchboard
from hallom.calls.models.toll import AllowedNumber, KindOfNumber, TollPolicy, TollPrice, TollWay, WayOut
from hallom.calls.models.trunk import Trunk, TrunkStatus

__all__ = [
    "AgentState",
    "AgentStateSpan",
    "AgentStatus",
    "AlarmRules",
    "AllowedNumber",
    "Announce",
    "BanReason",
    "BannedSource",
    "Call",
    "CallDisposition",
    "CallSituation",
    "Closure",
    "CutOff",
    "Direction",
    "Disposition",
    "Extension",
    "Greeting",
    "GreetingText",
    "JournalEntry",
    "KindOfNumber",
    "Leg",
    "ListenedTo",
    "LiveQuality",
    "Number",
    "Offer",
    "Order",
    "Outcome",
    "OutsideContact",
    "PauseReason",
    "Promise",
    "Queue",
    "QueueMember",
    "QueueWait",
    "QuickButton",
    "Recording",
    "RelayPosition",
    "SentOn",
    "SipDevice",
    "Switchboard",
    "TollPolicy",
    "TollPrice",
    "TollWay",
    "Trunk",
    "TrunkStatus",
    "Watch",
    "WayOut",
]
