"""What a file is called when it comes from outside."""

from __future__ import annotations

import re
import unicodedata

# File systems take 255 bytes; what is made of a name (" (2)", ".part") needs some of them.
MAX_BYTES = 180
MAX_EXTENSION = 12
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
# Names of devices to Windows, whatever stands after the dot.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z")


def safe_name(raw: str) -> str:
    """A name that is a file's name everywhere, is not hidden, and reads as it is; ``file`` when nothing is left."""
    name = re.sub(r"\s", " ", raw.encode("utf-8", "replace").decode())
    # Marks that turn the direction of writing make "exe.gpj" out of "jpg.exe".
    name = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cf", "Cc", "Cs", "Co", "Cn"))
    # Only now: what stood between two signs or two spaces may be gone.
    name = re.sub(r" +", " ", unicodedata.normalize("NFC", name))
    name = _FORBIDDEN.sub("_", name).strip(" .")
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name) or "file"


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > MAX_EXTENSION:
        stem, dot, extension = name, "", ""
    room = MAX_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + extension
