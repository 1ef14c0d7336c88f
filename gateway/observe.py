"""Logging: structured lines on standard error, never payloads and never people's names."""

import logging
import sys
from typing import Literal

import structlog

Level = Literal["debug", "info", "warning", "error", "critical"]


def configure_logging(level: Level = "info", *, as_json: bool = False) -> None:
    """Set up structlog for the process: for a person on a terminal, or as JSON lines."""
    number = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}[level]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )  # a traceback with local variables would show payloads
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if as_json else _unchanged,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger().setLevel(max(number, logging.WARNING))


def _unchanged(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event
