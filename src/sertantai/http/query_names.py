"""Which names an address may have behind its question mark.

A misspelt filter would mean the whole register, so a name that an address does not take is refused, on pages
and in the API alike. Only what other people's links carry to follow their readers is passed over.
"""

from collections.abc import Collection, Iterable
from typing import Final, Protocol

from sertantai.core.errors import InvalidInput
from sertantai.http.caller import AnyRequest

ASKS: Final = "asks"
"""A handler with ``opt={"asks": shape}`` takes the names of ``shape``; without it none; with None any."""
TRACKING: Final = frozenset(
    {
        *("_ga", "_gl", "dclid", "gad_source", "gbraid", "gclid", "wbraid"),
        *("fbclid", "igshid", "mc_cid", "mc_eid", "msclkid", "twclid", "yclid"),
    }
)
TRACKING_PREFIX: Final = "utm_"
NAME_SHOWN_CHARS: Final = 60


class Names(Protocol):
    @property
    def names(self) -> Collection[str]: ...


class _None:
    names: Final = frozenset[str]()


def is_passed_over(name: str) -> bool:
    return name in TRACKING or (name.startswith(TRACKING_PREFIX) and name != TRACKING_PREFIX)


def refuse_unknown(given: Iterable[str], known: Collection[str]) -> None:
    """Raises `InvalidInput` naming the first name that means nothing."""
    for name in given:
        if name not in known and not is_passed_over(name):
            shown = str(name)[:NAME_SHOWN_CHARS]
            raise InvalidInput(f"{shown!r} is not something that can be asked for here.", field=shown)


def check_names(request: AnyRequest) -> None:
    """Refuse a page or an answer to whoever asks for something that it does not know."""
    if not request.scope["query_string"] or request.method not in ("GET", "HEAD"):
        return
    asks: Names | None = request.route_handler.opt.get(ASKS, _None)
    if asks is not None:
        refuse_unknown(request.query_params.keys(), asks.names)
