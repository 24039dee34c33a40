"""Logging of the commands: to stderr, so that stdout contains only results; a server also logs to a file."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog

NAME = "iib"
FILE_BYTES, OLD_FILES = 2 * 1024 * 1024, 3
# The other formatters print the values of variables, which may be keys and prompts.
TRACEBACK = structlog.dev.plain_traceback


def configure_logs(*, is_verbose: bool, file: Path | None = None) -> None:
    """Configure the logger of the process. Commands call this; the library inside a host application does not.

    Log lines are appended to `file`, which is renamed to `file.1` when it has 2 MB. If it cannot be written, a warning
    is logged and no file is used.
    """
    level = logging.DEBUG if is_verbose else logging.INFO
    stamps = structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            stamps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logger = logging.getLogger(NAME)
    logger.setLevel(level)
    logger.propagate = False
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(_formatter(colors=sys.stderr.isatty()))
    logger.addHandler(terminal)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(file, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8")
        except OSError as error:
            structlog.get_logger(NAME).warning("the log file cannot be written", path=str(file), reason=str(error))
            return
        handler.setFormatter(_formatter(colors=False))
        logger.addHandler(handler)


def _formatter(*, colors: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=TRACEBACK),
        ]
    )
