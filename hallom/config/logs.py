"""Logs are JSON lines, one file a process, and tell nothing about a person."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

PERSONAL = frozenset(
    [
        "address",
        "authorization",
        "birth_date",
        "body",
        "caller",
        "code",
        "cookie",
        "email",
        "from_name",
        "from_uri",
        "full_name",
        "ip",
        "ip_address",
        "login",
        "maiden_name",
        "message_text",
        "name",
        "note",
        "password",
        "phone",
        "query",
        "query_string",
        "sdp",
        "secret",
        "subject",
        "to_uri",
        "token",
        "username",
    ]
)
HIDDEN = "…"
SIGNS = ("DETAIL:", "CONTEXT:", "LINE ", "invalid input ", "out of range")
# From the word to the end of the error, whatever lines the value of a row may have.
DETAILS = re.compile(
    r"\b(DETAIL:|CONTEXT:|LINE \d+:).*?"
    r"(?=\n[ |]*(?:DETAIL|CONTEXT|HINT):|\n\n(?:The above|During handling)|\n *\+-|\Z)",
    re.DOTALL,
)
QUOTED = re.compile(r"((?:invalid input [^:\n]*:|value) )\"[^\n]*\"")


def hide_personal_data(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> dict[str, Any]:
    """Values under names that hold personal data are replaced, however deep they lie."""
    return {key: HIDDEN if key.lower() in PERSONAL else _hidden(value) for key, value in entry.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return hide_personal_data(None, "", value)
    if isinstance(value, str):
        return _without_details(value)
    if isinstance(value, (list, tuple)):
        return [_hidden(item) for item in value]
    return value


def _without_details(text: str) -> str:
    """PostgreSQL tells the values of rows in its errors, and so do the texts of exceptions."""
    if not any(sign in text for sign in SIGNS):
        return text
    return QUOTED.sub(rf"\1{HIDDEN}", DETAILS.sub(rf"\1 {HIDDEN}", text))


def configure(folder: Path, *, level: str = "INFO") -> None:
    """Send structlog and the standard library's logging to `<folder>/<process>.log`, or to stderr outside the supervisor."""
    process = os.environ.get("HALLOM_PROCESS", "")
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _handler(folder, process)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                hide_personal_data,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level if process else "WARNING")
    _quieten()


def _handler(folder: Path, process: str) -> logging.Handler:
    if not process:
        return logging.StreamHandler()
    folder.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(
        folder / f"{process}.log", maxBytes=20_000_000, backupCount=5, encoding="utf-8"
    )


def _quieten() -> None:
    # At its start each process would tell every task that the code has, and each minute the worker that it is one later.
    for name in ("procrastinate.blueprints", "procrastinate.periodic"):
        logging.getLogger(name).setLevel("WARNING")
    # These write addresses, queries or whole requests into their messages, where no processor finds them.
    for name in ("django.request", "django.server", "uvicorn.access", "gunicorn.access", "axes"):
        logging.getLogger(name).setLevel("ERROR")
