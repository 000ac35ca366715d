"""What kind of request a route takes, as far as limits are concerned. Decided once for each handler."""

from enum import StrEnum
from typing import Final

from litestar.handlers import BaseRouteHandler

from sertantai.http.csrf import SAFE_METHODS
from sertantai.http.guards import public

OPTION: Final = "rate_limit"
"""A handler with ``opt={"rate_limit": LimitClass.BULK}`` says it itself; None: it is never limited."""


class LimitClass(StrEnum):
    SIGN_IN = "sign-in"
    """Everything a stranger can change: signing in and up, links from mails."""
    SIGN_OUT = "sign-out"
    """Nobody's tries to sign in keep anybody from signing out."""
    GUESTS = "guests"
    """New guests; counted where one is made."""
    CHANGES = "changes"
    BULK = "bulk"
    BULK_RECORDS = "bulk-records"
    """Records that bulk operations touch; counted once they are known, before the journal."""
    BULK_BYTES = "bulk-bytes"
    """What changes write of notes, tags and descriptions; counted like the records."""
    READS = "reads"
    EXPORTS = "exports"


WORKED_ALWAYS: Final = frozenset({LimitClass.SIGN_IN, LimitClass.SIGN_OUT})
"""Done however much of the server's time was used: nobody is kept out or in because others asked for much."""
SIGN_IN_PATHS: Final = frozenset({"/sign-in", "/sign-in/code", "/api/v1/auth/token"})
"""Routes where somebody proves who they are; other routes for strangers make or send something."""
UNLIMITED_PREFIXES: Final = (
    "/static/",
    "/health/",
    "/metrics",
    "/openapi.json",
    "/csrf-token",
    "/favicon.ico",
)
BULK_ENDINGS: Final = (
    "/operations",
    "/ranges",
    "/transfers",
    "/undo",
    "/imports",
    "/match",
    "/columns",
    "/combine",
    "/restore",
    "/accept",
    "/hand-over",
    "/copy",
)


def class_of(handler: BaseRouteHandler, method: str, path_template: str) -> LimitClass | None:
    """None for what is never limited: files, probes, metrics."""
    if OPTION in handler.opt:
        given = handler.opt[OPTION]
        return None if given is None else LimitClass(given)
    if path_template.startswith(UNLIMITED_PREFIXES):
        return None
    if method in SAFE_METHODS:
        return LimitClass.EXPORTS if "/export" in path_template else LimitClass.READS
    if public in handler.resolve_guards():
        return LimitClass.SIGN_IN
    return LimitClass.BULK if path_template.endswith(BULK_ENDINGS) else LimitClass.CHANGES


def may_be_refused_for_work(kind: LimitClass, path_template: str) -> bool:
    """False for all that it takes to sign in and out."""
    return kind not in WORKED_ALWAYS and path_template not in SIGN_IN_PATHS
