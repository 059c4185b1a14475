"""Only our own pages may open the socket: browsers send cookies along for any page that asks."""

from collections.abc import Sequence
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def is_ours(origin: str, host: str, *, web_port: int, trusted: Sequence[str]) -> bool:
    """True for the pages of the host asked for, on their own port, and for what a proxy in front is known as."""
    if origin in trusted:
        return True
    try:
        page, asked = urlsplit(origin), urlsplit(f"//{host}")
        port = page.port
    except ValueError:
        return False
    if page.scheme not in _PORTS or not page.hostname or page.hostname != asked.hostname:
        return False
    return (port or _PORTS[page.scheme]) == web_port
