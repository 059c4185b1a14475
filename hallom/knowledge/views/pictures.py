"""Pictures into articles and out of them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hallom.knowledge.models import Picture
from hallom.knowledge.reading import readable
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.storage import aftercare, blobs, limits, serving
from hallom.storage.limits import Refused
from hallom.storage.names import safe_name
from hallom.storage.serving import SHOWN, NotServed


@login_required
@require_POST
def upload(request: SignedInRequest) -> HttpResponse:
    """A picture for a text that is being written; what is no picture is refused with words."""
    require(request.user, "article.change")
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"error": _("No file came.")}, status=422)
    name, content_type = safe_name(file.name or ""), (file.content_type or "")[:120]
    try:
        limits.check(name, content_type, file.size or 0)
        if content_type not in SHOWN:
            raise Refused(_("%(name)s is no picture: only pictures go into an article.") % {"name": name})
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    kept = _kept(request, name, content_type, file.read())
    answer = {
        "id": kept.pk,
        "name": name,
        "url": kept.get_absolute_url(),
        "type": content_type,
        "inline": True,
    }
    return JsonResponse(answer)


@transaction.atomic
def _kept(request: SignedInRequest, name: str, content_type: str, data: bytes) -> Picture:
    now = timezone.now()
    blob = blobs.keep(data, now=now)
    aftercare.look_after(blob, content_type)
    facts = {"name": name, "content_type": content_type, "uploaded_at": now}
    return Picture.objects.create(blob=blob, uploaded_by=request.user, **facts)


@login_required
@require_GET
def picture(request: SignedInRequest, pk: int, name: str) -> HttpResponseBase:
    """For those who may read the article; before it is saved, for who has uploaded it."""
    found = get_object_or_404(Picture.objects.select_related("blob"), pk=pk)
    if found.article_id is None:
        may_see = found.uploaded_by_id == request.user.pk
    else:
        may_see = readable(request.user).filter(pk=found.article_id).exists()
    if not may_see:
        raise Http404
    try:
        etag = request.headers.get("If-None-Match", "")
        return serving.response(found.blob, found.name, found.content_type, inline=True, etag=etag)
    except (NotServed, FileNotFoundError):
        raise Http404 from None
