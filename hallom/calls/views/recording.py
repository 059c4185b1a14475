from collections.abc import Iterator
from pathlib import Path
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hallom.calls import byte_range, listening
from hallom.calls.models import Recording
from hallom.staff import permissions
from hallom.staff.models import User

PAGE = 50
CHUNK = 64 * 1024
# Nothing of a recording may be kept by a cache, run as a page or be drawn into another site.
SAFE_HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@login_required
@require_safe
def recording_list(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "recording.listen")
    recordings = permissions.visible(
        request.user, Recording.objects.filter(stopped_at__isnull=False), "recording.listen"
    ).select_related("call__customer", "call__agent", "call__queue", "call__ticket")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        recordings = recordings.filter(pk__lt=int(before))
    rows = list(recordings.order_by("-pk")[: PAGE + 1])
    following = rows[PAGE - 1].pk if len(rows) > PAGE else None
    return render(request, "calls/recording_list.html", {"recordings": rows[:PAGE], "next": following})


@login_required
@require_safe
def recording(request: HttpRequest, pk: str, part: int | None = None) -> HttpResponseBase:
    """The sound of a call, of its last file if none is named; the whole or, as players ask for it, a piece of it."""
    found = _ended(pk, part)
    permissions.require(request.user, "recording.listen", found.call)
    try:
        size = found.file.stat().st_size
    except (OSError, ValueError):
        raise Http404("no such file") from None
    try:
        piece = byte_range.parse(request.headers.get("Range", ""), size)
    except byte_range.Unsatisfiable:
        return _answer(HttpResponse(status=416), found, {"Content-Range": f"bytes */{size}"})
    if request.method == "GET":
        listening.note(found, cast(User, request.user), timezone.now())
    return _sound(
        request, found, piece or byte_range.ByteRange(0, size - 1), size, status=206 if piece else 200
    )


def _ended(call: str, part: int | None) -> Recording:
    ended = Recording.objects.filter(call=call, stopped_at__isnull=False).select_related("call")
    found = ended.filter(pk=part).first() if part is not None else ended.order_by("-pk").first()
    if found is None:
        raise Http404("no recording")
    return found


def _sound(
    request: HttpRequest, found: Recording, piece: byte_range.ByteRange, size: int, *, status: int
) -> HttpResponseBase:
    body = _bytes(found.file, piece) if request.method == "GET" else iter(())
    headers = {"Content-Length": str(piece.length)}
    if status == 206:
        headers["Content-Range"] = f"bytes {piece.first}-{piece.last}/{size}"
    return _answer(StreamingHttpResponse(body, status=status, content_type="audio/wav"), found, headers)


def _answer(response: HttpResponseBase, found: Recording, headers: dict[str, str]) -> HttpResponseBase:
    disposition = {"Content-Disposition": f'inline; filename="{found.call_id}.wav"'}
    for name, value in {**SAFE_HEADERS, **disposition, **headers}.items():
        response.headers[name] = value
    return response


def _bytes(path: Path, piece: byte_range.ByteRange) -> Iterator[bytes]:
    left = piece.length
    with path.open("rb") as file:
        file.seek(piece.first)
        while left > 0:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
