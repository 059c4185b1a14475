"""How large and of what kind a file may be that somebody attaches here. What customers send is kept whatever it is."""

from __future__ import annotations

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

MEGABYTE = 1 << 20
# The largest mail that the big providers take is 25 MB, and base64 makes a file a third larger.
MAX_FILE = 18 * MEGABYTE
MAX_TOGETHER = 18 * MEGABYTE
MAX_FILES = 40
# What runs when it is opened: mail providers refuse mails that carry these.
_PROGRAMS = """
    ade adp apk appx appxbundle bat cab chm cmd com cpl dll dmg exe gadget hta ins isp iso jar js jse lib lnk mde msc
    msi msix msixbundle msp mst nsh pif ps1 psm1 reg scf scr sct shb sys vb vbe vbs vhd vxd wsc wsf wsh xll
"""
REFUSED = frozenset(_PROGRAMS.split())
REFUSED_CONTENT = ("application/x-msdownload", "application/x-msdos-program", "application/x-dosexec")


class Refused(ValueError):
    """The text says why, in the language of the page."""


class TooLarge(Refused):
    pass


class RefusedType(Refused):
    pass


def check(name: str, content_type: str, size: int) -> None:
    """Raises TooLarge, RefusedType."""
    extension = name.rpartition(".")[2].lower()
    if extension in REFUSED or content_type.partition(";")[0].strip().lower() in REFUSED_CONTENT:
        raise RefusedType(_("%(name)s is a program: mail servers refuse such files.") % {"name": name})
    if size > MAX_FILE:
        raise TooLarge(_too_large(name, size))
    if size == 0:
        raise Refused(_("%(name)s is empty.") % {"name": name})


def check_together(count: int, size: int) -> None:
    """All files of one answer; raises TooLarge."""
    if size > MAX_TOGETHER:
        words = _("Together the files are larger than %(most)s, and no mail carries that.")
        raise TooLarge(words % {"most": filesizeformat(MAX_TOGETHER)})
    if count > MAX_FILES:
        raise TooLarge(_("More than %(most)d files do not go into one answer.") % {"most": MAX_FILES})


def _too_large(name: str, size: int) -> str:
    words = _("%(name)s is %(size)s; a file may be at most %(most)s.")
    return words % {"name": name, "size": filesizeformat(size), "most": filesizeformat(MAX_FILE)}
