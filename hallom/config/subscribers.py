"""Who hears what the timeline tells. The relay calls these after commit; a failing one is tried again later."""

from hallom.automation import acknowledge
from hallom.calls import configuration, cut_off
from hallom.timeline.subscriber import Subscriber

SUBSCRIBERS: tuple[Subscriber, ...] = (configuration.SUBSCRIBER, cut_off.SUBSCRIBER, acknowledge.SUBSCRIBER)
