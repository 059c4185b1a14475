"""Signing in to Microsoft 365 and Google without a password (OAuth 2, RFC 6749): XOAUTH2 takes what `access_token` gives."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import transaction

from hallom.mail import wake
from hallom.mail.models import Mailbox, Provider
from hallom.mail.problems import Problem
from hallom.timeline.journal import record

TIMEOUT_SECONDS = 20.0
# A token is used for minutes after it was asked for; providers give an hour.
SPARE_SECONDS = 300.0
USUAL_SECONDS = 3600.0
MOST_BYTES = 64 * 1024


class OAuthProblem(Exception):
    """``code`` is one of `problems.Problem`, ``args[-1]`` what the provider said."""

    def __init__(self, code: Problem, said: str = "") -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Endpoints:
    """``{tenant}`` stands for the directory of the organisation."""

    consent: str
    token: str
    scope: str
    extras: tuple[tuple[str, str], ...] = ()


ENDPOINTS = {
    Provider.MICROSOFT: Endpoints(
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
    ),
    Provider.GOOGLE: Endpoints(
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
        (("access_type", "offline"), ("prompt", "consent")),
    ),
}
# What a refusal of the provider means for whoever has to put it right (RFC 6749 5.2).
_REFUSALS = {
    "invalid_grant": Problem.CONSENT,
    "interaction_required": Problem.CONSENT,
    "consent_required": Problem.CONSENT,
    "invalid_client": Problem.CLIENT,
    "unauthorized_client": Problem.CLIENT,
    "invalid_request": Problem.CLIENT,
}

_kept: dict[tuple[int, str, str], tuple[str, float]] = {}
_lock = threading.Lock()


def access_token(mailbox: Mailbox) -> str:
    """A token that is good for some minutes at least; asks the provider when none is at hand. Blocks; raises OAuthProblem."""
    with _lock:
        kept = _kept.get(_key(mailbox))
        if kept is not None and kept[1] - SPARE_SECONDS > time.monotonic():
            return kept[0]
        return _refreshed(mailbox)


def forget(mailbox: Mailbox) -> None:
    """The server did not take the token: the next one is asked for anew."""
    with _lock:
        _kept.pop(_key(mailbox), None)


def consent_url(mailbox: Mailbox, redirect: str, state: str) -> str:
    """Where the administrator grants us the mailbox; comes back to ``redirect`` with ``code`` and ``state``."""
    ends = _endpoints(mailbox)
    asked = {
        "client_id": mailbox.oauth_client,
        "response_type": "code",
        "redirect_uri": redirect,
        "scope": ends.scope,
        "state": state,
        "login_hint": mailbox.imap_user or mailbox.address,
        **dict(ends.extras),
    }
    return f"{_filled(ends.consent, mailbox)}?{urlencode(asked)}"


def exchange(mailbox: Mailbox, code: str, redirect: str, *, by: Any, now: datetime) -> None:
    """What the consent page sent back becomes the refresh token. Blocks; raises OAuthProblem."""
    told = _ask(mailbox, {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect})
    if not told.get("refresh_token"):
        raise OAuthProblem(Problem.CONSENT, "no refresh_token")
    _keep_refresh(mailbox, str(told["refresh_token"]), by=by, now=now)


def _refreshed(mailbox: Mailbox) -> str:
    if not mailbox.oauth_refresh_token:
        raise OAuthProblem(Problem.CONSENT)
    key = _key(mailbox)
    told = _ask(mailbox, {"grant_type": "refresh_token", "refresh_token": mailbox.oauth_refresh_token})
    token = told.get("access_token")
    if not isinstance(token, str) or not token:
        raise OAuthProblem(Problem.TOKEN, "no access_token")
    renewed = told.get("refresh_token")
    if isinstance(renewed, str) and renewed and renewed != mailbox.oauth_refresh_token:
        # Microsoft gives a new one each time and lets the old one run out.
        mailbox.oauth_refresh_token = renewed
        Mailbox.objects.filter(pk=mailbox.pk).update(oauth_refresh_token=renewed)
        key = _key(mailbox)
    _kept[key] = (token, time.monotonic() + _seconds(told.get("expires_in")))
    return token


@transaction.atomic
def _keep_refresh(mailbox: Mailbox, token: str, *, by: Any, now: datetime) -> None:
    mailbox.oauth_refresh_token = token
    mailbox.save(update_fields=["oauth_refresh_token"])
    record("mail.mailbox_granted", now=now, actor=by, data={"mailbox": mailbox.pk})
    wake.config_changed()


def _ask(mailbox: Mailbox, form: dict[str, str]) -> dict[str, Any]:
    form |= {"client_id": mailbox.oauth_client, "client_secret": mailbox.oauth_secret or ""}
    if form["grant_type"] == "refresh_token":
        form["scope"] = _endpoints(mailbox).scope
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    request = Request(_token_url(mailbox), body, {"Accept": "application/json"})
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return _read(answer.read(MOST_BYTES))
    except HTTPError as refused:
        told = _read(refused.read(MOST_BYTES), is_refusal=True)
        error = str(told.get("error") or f"HTTP {refused.code}")
        raise OAuthProblem(_REFUSALS.get(error, Problem.TOKEN), error) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise OAuthProblem(Problem.TOKEN, type(error).__name__) from None


def _read(body: bytes, *, is_refusal: bool = False) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if isinstance(told, dict):
        return told
    if is_refusal:
        return {}
    raise ValueError("not a JSON object")


def _seconds(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        return USUAL_SECONDS


def _endpoints(mailbox: Mailbox) -> Endpoints:
    return ENDPOINTS[Provider(mailbox.provider)]


def _token_url(mailbox: Mailbox) -> str:
    chosen = settings.HALLOM_MAIL_TOKEN_URL
    return _filled(chosen or _endpoints(mailbox).token, mailbox)


def _filled(url: str, mailbox: Mailbox) -> str:
    return url.replace("{tenant}", quote(mailbox.oauth_tenant or "common", safe=""))


def _key(mailbox: Mailbox) -> tuple[int, str, str]:
    return mailbox.pk, mailbox.oauth_client, mailbox.oauth_refresh_token or ""
