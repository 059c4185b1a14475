"""Keys dialled behind numbers that have not answered yet, for a switch that comes back: sealed, in a file of its own.

They may be the number of a card, so they are in no journal; and in no file any more once they are pressed, or the call is over.
"""

from collections.abc import Callable
from pathlib import Path

from hallom.switch.aio.kept_file import KeptFile
from hallom.switch.core import Switch


class KeptKeys:
    """`seal` makes of keys what only `reopen` can read, and only for a while; either gives nothing where it cannot."""

    def __init__(self, path: Path, seal: Callable[[str], str], reopen: Callable[[str], str]) -> None:
        self.path = path
        self._seal = seal
        self._reopen = reopen
        self._sealed: dict[str, str] = {}
        self._switch: Switch | None = None
        self._file = KeptFile(path, lambda: list(self._sealed.items()))

    def follow(self, switch: Switch) -> None:
        """Blocks. Calls that still ring have their keys again."""
        for row in self._file.load():
            match row:
                case [str(call), str(sealed)]:
                    switch.recall_keys(call, self._reopen(sealed))
        self._switch = switch

    def look(self) -> None:
        """Whatever has been kept, pressed or given up since."""
        kept = self._switch.keys_kept if self._switch is not None else {}
        if kept.keys() == self._sealed.keys():
            return
        self._sealed = {call: self._sealed.get(call) or self._seal(digits) for call, digits in kept.items()}
        self._file.changed()

    def write(self) -> None:
        """Blocks until whoever comes after this process finds it."""
        self._file.write()
