"""Who reacts to what the timeline tells: the one list of all subscribers."""

from hallom.timeline.subscriber import Subscriber

SUBSCRIBERS: tuple[Subscriber, ...] = ()
