"""Logging of the commands: to stderr, so that stdout carries answers alone."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(*, is_verbose: bool) -> None:
    """Set the process-wide logger; only programs do this, never the library inside another one."""
    level = logging.DEBUG if is_verbose else logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            # The other formatters show the values of variables, and these may be keys and prompts.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
