"""What a session was opened with, in words: “Firefox on Windows”. A guess, for people to read."""

from typing import Final

_PROGRAMS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-httpx/", "Python (httpx)"),
    ("python-requests/", "Python (requests)"),
    ("Python", "Python"),
    ("PostmanRuntime/", "Postman"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_HANDHELD: Final = frozenset({"iPhone", "iPad", "Android"})
SHOWN_CHARACTERS_MAX: Final = 40


def describe_device(user_agent: str | None) -> str:
    """The program and the system it runs on, as far as the header tells."""
    if not user_agent:
        return "Unknown device"
    program = _first(_PROGRAMS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if program and system:
        return f"{program} on {system}"
    return program or system or user_agent[:SHOWN_CHARACTERS_MAX]


def is_handheld(user_agent: str | None) -> bool:
    return _first(_SYSTEMS, user_agent or "") in _HANDHELD


def _first(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for mark, name in names if mark in text), None)
