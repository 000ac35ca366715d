"""Logs: structured, and a name that may hold a secret never reaches them."""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

SECRET_NAMES = ("password", "token", "secret", "authorization", "cookie", "hash", "csrf", "key")


_is_configured = False
logging.getLogger("sertantai").addHandler(logging.NullHandler())

_operation_id: ContextVar[object] = ContextVar("operation_id", default=None)


def logger(name: str) -> Any:
    """A structured logger: ``log.info("what happened", key=value)``.

    Until `configure_logs` it is a library's: it goes to the logger ``name`` of the standard library, and is
    shown only if the program around us wants it.
    """
    return _Logger(name)


class _Logger:
    """Decides at each call, since loggers are made before anybody knows whose process this is."""

    def __init__(self, name: str) -> None:
        self._ours = structlog.get_logger(name)
        self._theirs = structlog.wrap_logger(
            logging.getLogger(name),
            processors=[_only_wanted, _add_operation_id, _hide_secrets, _as_one_line],
            wrapper_class=structlog.stdlib.BoundLogger,
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ours if _is_configured else self._theirs, name)


def _only_wanted(theirs: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    level = logging.ERROR if method == "exception" else logging.getLevelNamesMapping()[method.upper()]
    if not theirs.isEnabledFor(level):
        raise structlog.DropEvent
    return event


def _as_one_line(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> tuple[tuple[str], dict[str, Any]]:
    passed = {name: event.pop(name) for name in ("exc_info", "stack_info") if name in event}
    what = str(event.pop("event"))
    text = " ".join([what, *(f"{name}={value!r}" for name, value in event.items())])
    return (text,), passed


def name_operation(operation_id: object) -> None:
    """Every log line of this request says from here on which operation it was."""
    _operation_id.set(operation_id)


def configure_logs(level: str, style: str) -> None:
    """Send every log of this process, the libraries' too, to standard error in one form."""
    global _is_configured
    _is_configured = True
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_operation_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
        *([_plain] if console else []),
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer()
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if console else [structlog.processors.format_exc_info]),
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.INFO))
    # It tells of each plugin at every start.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It tells of each connection that comes and goes.
    logging.getLogger("websockets").setLevel(logging.WARNING)


def _add_operation_id(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Here, as text, and not at every change: few of them log a line."""
    operation_id = event.get("operation_id", _operation_id.get())
    if operation_id is not None:
        event["operation_id"] = str(operation_id)
    return event


def _plain(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What somebody sent must not colour, clear or rewrite an operator's terminal."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = ascii(value)
    return event


def _hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if name != "event" and any(secret in name.lower() for secret in SECRET_NAMES):
            event[name] = "[hidden]"
    return event
