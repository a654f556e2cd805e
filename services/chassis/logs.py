"""Structured logs: one JSON object a line, with the ids that thread a chain together.

A log line carries ids, codes and numbers. What is not on the list of allowed keys is left out rather
than trusted, and an exception is told by its kind and place: its text may quote what somebody wrote.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

__all__ = ["bind_contextvars", "bound_contextvars", "clear_contextvars", "configure", "logger"]

Entry = MutableMapping[str, Any]
"""A log line before it is written."""

HIDDEN = "***"
_FORBIDDEN = re.compile(
    r"(name|navn|cpr|address|adresse|mail|phone|text|body|data|token|password|secret|key$|position|colour|color)",
    re.IGNORECASE,
)
_ALLOWED = {"logger_name", "event_id", "consumer", "correlation_id", "causation_id", "actor_id"}
_CPR = re.compile(r"\b\d{6}-?\d{4}\b")
_MAIL = re.compile(r"\S+@[^\s@<>]+")


def logger(name: str) -> Any:
    """A logger of one part of the system: ``logger("relay").info("published", count=3)``."""
    return structlog.get_logger(part=name)


def redact(_logger: Any, _method: str, entry: Entry) -> Entry:
    """Hides values under keys that could hold a person, and anything shaped like CPR or e-mail."""
    return {
        key: HIDDEN if key not in _ALLOWED and _FORBIDDEN.search(key) else _clean(value)
        for key, value in entry.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _MAIL.sub(HIDDEN, _CPR.sub(HIDDEN, value))
    if isinstance(value, dict):
        return redact(None, "", value)
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def describe_exception(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replaces an exception by its kind and the places it passed; its words stay unsaid."""
    info = entry.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[0] is not None:
        entry["error"] = info[0].__name__
        entry["at"] = _places(info[2])
    return entry


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


class _Foreign(logging.Handler):
    """Takes libraries' log lines into ours, by their source and level: their words may quote data."""

    def emit(self, record: logging.LogRecord) -> None:
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        structlog.get_logger(part=record.name).log(
            record.levelno, "library", said=template[:200], exc_info=record.exc_info or None
        )


def configure(level: str = "INFO", stream: TextIO | None = None, *, pretty: bool = False) -> None:
    """Sets logging up for this process: JSON for machines, or coloured lines for a developer."""
    number = logging.getLevelNamesMapping()[level]
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(sort_keys=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            describe_exception,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Foreign()]
    root.setLevel(max(number, logging.WARNING))
