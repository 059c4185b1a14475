"""The control connections to the media workers: one each, requests in order, deaths noticed."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from hallom.media.aio.client import MediaClient, MediaError
from hallom.switch.aio import metrics
from hallom.switch.effects import Media
from hallom.switch.messages import Inventory, MediaEvent, MediaReply, Message, WorkerLost, WorkerReady

logger = structlog.get_logger(__name__)
