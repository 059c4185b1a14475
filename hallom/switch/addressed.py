"""Where a telephone means to send somebody: the URI of a REFER or a 302, read as a destination of the house."""

from hallom.sip.header import BadHeader
from hallom.sip.uri import user_of
from hallom.switch.config import Config
from hallom.switch.destination import LONGEST, Destination, DestinationKind, NoDestination
from hallom.switch.numbers import CalledNumber, Sort

# What a key of a desk phone is set to, since an AOR of its own is all it can name.
_PREFIXES = {"queue-": DestinationKind.QUEUE, "place-": DestinationKind.PLACE}
_ANY_PLACE = "place"
_WRITTEN = str.maketrans("", "", " -./()")


def destination_at(config: Config, uri: str) -> Destination | None:
    """A call for help; an extension, an agent's own address, `queue-1`, `place-3`, `place`, a number of ours or one outside."""
    try:
        user = user_of(uri).strip()
    except BadHeader:
        return None
    return _for_help(config, user) or _of_the_house(config, user) or _outside(user)


def agent_in(config: Config, to: Destination) -> int | None:
    """Whose telephone rings there."""
    if to.kind is DestinationKind.EXTENSION:
        agent = config.extensions.get(to.value)
    else:
        agent = to.number if to.kind is DestinationKind.AGENT else None
    return agent if agent in config.agents else None


def is_for_help(config: Config, to: Destination) -> bool:
    """Whether it is an emergency number, for which everything else has to wait."""
    return to.kind is DestinationKind.OUTSIDE and _for_help(config, to.value) is not None


def _for_help(config: Config, typed: str) -> Destination | None:
    called = config.rules.read(typed)
    if isinstance(called, CalledNumber) and called.sort is Sort.EMERGENCY:
        return Destination(DestinationKind.OUTSIDE, called.number)
    return None


def _of_the_house(config: Config, user: str) -> Destination | None:
    if user in config.extensions:
        return Destination(DestinationKind.EXTENSION, user)
    if user in config.queue_extensions:
        return Destination(DestinationKind.QUEUE, str(config.queue_extensions[user]))
    agent = config.agent_of(user)
    if agent is not None:
        return Destination(DestinationKind.AGENT, str(agent.id))
    if user == _ANY_PLACE:
        return Destination(DestinationKind.PLACE, "")
    for prefix, kind in _PREFIXES.items():
        if user.startswith(prefix):
            return _parsed(f"{kind}:{user.removeprefix(prefix)}")
    number = config.number_of(user)
    return Destination(DestinationKind.GREETING, number.number) if number is not None else None


def _outside(user: str) -> Destination | None:
    digits = user.translate(_WRITTEN)
    is_number = digits.isascii() and digits.removeprefix("+").isdigit() and len(digits) <= LONGEST
    return Destination(DestinationKind.OUTSIDE, digits) if is_number else None


def _parsed(text: str) -> Destination | None:
    try:
        return Destination.parse(text)
    except NoDestination:
        return None
