"""Where the practice line, a telephone company for the demo, is found."""

from django.conf import settings

# An address of its own, so that nothing else on this machine is taken for the telephone company.
HOST = "127.0.0.2"
PORT_DISTANCE = 5


def port() -> int:
    return int(settings.HALLOM_SIP_PORT) + PORT_DISTANCE
