"""HTML of more than a few tags is made harmless in a process that may use 2 s of CPU and 200 MB, and no more.

The sanitiser builds the tree a browser would: of 24,000 tags that never close that is millions of elements, and takes minutes.
"""

import atexit
import json
import sys
from collections.abc import Mapping
from typing import ClassVar

from hallom.mail.clean import Clean, clean
from hallom.mail.markup import bare_text
from hallom.mail.parse import apart
from hallom.mail.plain import html_of

# Whatever stands in so few tags costs at most 0.1 s.
FEW_TAGS = 400
# With reading, 5 s in all for a mail.
CPU_SECONDS = 2
LOST = (OSError, EOFError, ValueError, TypeError)


def clean_bounded(html: str, urls: Mapping[str, str]) -> Clean:
    """As ``clean``; reduced to its text when the process died of it. ``urls``: of the mail's images by Content-ID."""
    if html.count("<") <= FEW_TAGS:
        return clean(html, urls.get)
    return CLEANER.clean(html, urls)


class Cleaner(apart.Child):
    """One for all."""

    command: ClassVar[list[str]] = [sys.executable, "-m", "hallom.mail.clean_apart"]

    def clean(self, html: str, urls: Mapping[str, str]) -> Clean:
        asked = json.dumps([html, dict(urls)]).encode()
        with self.lock:
            try:
                said = self.ask(asked)
                return Clean(*json.loads(said))
            except LOST:
                self.close()
        return Clean(html_of(bare_text(html)), is_reduced=True)


def serve() -> None:
    """The limited process: questions come in on standard input, answers go out on standard output."""
    apart.limit_memory(apart.MEMORY)
    while (asked := apart.next_frame(sys.stdin.buffer)) is not None:
        apart.limit_time(CPU_SECONDS)
        html, urls = json.loads(asked)
        done = clean(html, urls.get)
        answer = json.dumps([done.html, done.remote_images, done.trackers, done.is_reduced]).encode()
        apart.write_frame(sys.stdout.buffer, answer)
        sys.stdout.buffer.flush()


CLEANER = Cleaner()
atexit.register(CLEANER.close)

if __name__ == "__main__":
    serve()
