"""Django's settings, all derived from `hallom.config.environment`."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from hallom.config import environment, logs, postgres
from hallom.storage import key_file

_given = environment.read()
BASE_DIR = environment.ROOT

HALLOM_DATA = environment.data_folder()
HALLOM_DEMO: bool = _given["HALLOM_DEMO"]
HALLOM_HOST: str = _given["HALLOM_HOST"]
HALLOM_WEB_PORT: int = _given["HALLOM_WEB_PORT"]
HALLOM_LIVE_PORT: int = _given["HALLOM_LIVE_PORT"]
HALLOM_PUBLIC_URL: str = _given["HALLOM_PUBLIC_URL"]
HALLOM_PROXIES: int = _given["HALLOM_PROXIES"]
HALLOM_LIVE_URL: str = _given["HALLOM_LIVE_URL"]
HALLOM_SIP_WS_URL: str = _given["HALLOM_SIP_WS_URL"]
HALLOM_WEB_THREADS: int = _given["HALLOM_WEB_THREADS"]
HALLOM_WEB_PROCESSES: int = _given["HALLOM_WEB_PROCESSES"]
HALLOM_SIP_HOST: str = _given["HALLOM_SIP_HOST"]
HALLOM_SIP_PORT: int = _given["HALLOM_SIP_PORT"]
HALLOM_SIP_WS_PORT: int = _given["HALLOM_SIP_WS_PORT"]
HALLOM_SIP_TLS_CERT: str = _given["HALLOM_SIP_TLS_CERT"]
HALLOM_SIP_TLS_KEY: str = _given["HALLOM_SIP_TLS_KEY"]
HALLOM_MEDIA_HOST: str = _given["HALLOM_MEDIA_HOST"]
_first, _dash, _last = str(_given["HALLOM_RTP_PORTS"]).partition("-")
HALLOM_RTP_PORTS: tuple[int, int] = (int(_first), int(_last or _first))
HALLOM_MEDIA_WORKERS: int = _given["HALLOM_MEDIA_WORKERS"] or min(os.cpu_count() or 1, 8)
HALLOM_MAIL_PORT: int = _given["HALLOM_MAIL_PORT"]
HALLOM_MAIL_HOST: str = _given["HALLOM_MAIL_HOST"]
HALLOM_MAIL_NETWORKS: list[str] = _given["HALLOM_MAIL_NETWORKS"]
HALLOM_MAIL_TOKEN_URL: str = _given["HALLOM_MAIL_TOKEN_URL"]
HALLOM_MAIL_RAW_DAYS: int = _given["HALLOM_MAIL_RAW_DAYS"]
HALLOM_CLAMD: str = _given["HALLOM_CLAMD"]
HALLOM_METRICS_TOKEN: str = _given["HALLOM_METRICS_TOKEN"]
HALLOM_LOG_LEVEL: str = _given["HALLOM_LOG_LEVEL"]

DEBUG: bool = _given["HALLOM_DEBUG"]
SECRET_KEY = _given["HALLOM_SECRET_KEY"] or key_file.text_of(HALLOM_DATA / "secret" / "secret-key")
_public = urlsplit(HALLOM_PUBLIC_URL)
HALLOM_SECURE = _public.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", HALLOM_HOST, *_given["HALLOM_ALLOWED_HOSTS"]]
if _public.hostname:
    ALLOWED_HOSTS.append(_public.hostname)
    CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

# `hallom.ui` may import nothing above it: it is told where to ask.
HALLOM_CAN = "hallom.staff.permissions.can"
HALLOM_TOPICS = "hallom.config.topics.allowed"
HALLOM_REMEMBER = "hallom.staff.preferences.remember"

ROOMS = (
    "ui",
    "hours",
    "timeline",
    "storage",
    "staff",
    "customers",
    "tickets",
    "knowledge",
    "mail",
    "calls",
    "automation",
    "desk",
)
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "django_htmx",
    "csp",
    *(f"hallom.{room}" for room in ROOMS),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hallom.ui.addresses.AddressesMiddleware",
    "hallom.config.request_log.RequestLogMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "hallom.ui.signs.SignsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hallom.staff.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
    "hallom.tickets.views.gone.GoneMiddleware",
]
ROOT_URLCONF = "hallom.config.urls"
WSGI_APPLICATION = "hallom.config.wsgi.application"
ASGI_APPLICATION = "hallom.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "hallom.ui.addresses.addresses",
            ],
        },
    },
]


def _database(url: str) -> dict[str, Any]:
    given: dict[str, Any] = conninfo_to_dict(url or postgres.conninfo(HALLOM_DATA / "postgres"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": given.pop("dbname", "hallom"),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "OPTIONS": given,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": f"test_hallom_{_given['HALLOM_TEST_DB']}"},
    }


HALLOM_OWN_POSTGRES = not _given["DATABASE_URL"]
DATABASES = {"default": _database(_given["DATABASE_URL"])}
# Counters of attempts: all processes share them. Full, it would forget some, so it never gets full.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Beside the `tasks` of the rooms.
PROCRASTINATE_IMPORT_PATHS = ["hallom.config.purge"]

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "hallom.staff.backends.StaffBackend",
    "hallom.staff.backends.EmailBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Empty: no mail can be sent, and nothing is offered that needs it.
EMAIL_HOST = ""
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "hallom.config.log_in_form.LogInForm"}
ACCOUNT_ADAPTER = "hallom.config.sign_up.NoSignUp"
# Codes of a second factor are counted by user ("key"); wrong passwords are left to axes, see NoSignUp.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,5/5m/key,20/h/key"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HALLOM_SECURE else "http"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Hallom"
MFA_ADAPTER = "hallom.config.second_factor.EncryptedSecrets"
AXES_CLIENT_IP_CALLABLE = "hallom.config.client_address.of"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "login", "ip_address"]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "hallom.config.lock_out.name_of"

SESSION_ENGINE = "hallom.staff.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HALLOM_SECURE
CSRF_COOKIE_SECURE = HALLOM_SECURE
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if HALLOM_SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if HALLOM_SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

LANGUAGE_CODE: str = _given["HALLOM_LANGUAGE"]
LANGUAGES = [("hu", _("Hungarian")), ("pl", _("Polish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "hallom" / "locale"]
TIME_ZONE: str = _given["HALLOM_TIME_ZONE"]
FORMAT_MODULE_PATH = "hallom.config.formats"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(HALLOM_DATA / "files")},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGGING_CONFIG = None
logs.configure(HALLOM_DATA / "log", level=HALLOM_LOG_LEVEL)
