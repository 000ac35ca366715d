"""The time zone in which a reader's browser shows points in time, as the browser itself says it.

A cookie holds its name, written by our script: which days a history is divided into is decided on the server.
"""

import re
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sertantai.http.caller import AnyConnection

ZONE_COOKIE: Final = "sertantai_zone"
ZONE_CHARACTERS_MAX: Final = 64
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)


def reader_zone(connection: AnyConnection) -> tzinfo:
    """UTC for a browser that says nothing, or says what is no zone."""
    return zone_named(connection.cookies.get(ZONE_COOKIE, ""))


def zone_named(name: str) -> tzinfo:
    """The zone of this name in the IANA's list; UTC for whatever is none, as anybody can write a cookie."""
    return _zone(name) if len(name) <= ZONE_CHARACTERS_MAX and _NAME.fullmatch(name) else UTC


@lru_cache(maxsize=1024)  # there are some six hundred, and a file for each
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # not there, a folder, or a file that is something else
        return UTC


def name_of(zone: tzinfo) -> str:
    """What a browser calls it, to see whether it is its own."""
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"
