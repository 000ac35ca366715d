"""What is stored, held against what the trail leads to, name by name. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from sertantai.core.ids import Position, UserId

MISSING: Final = "not in the database"
UNFOUNDED: Final = "in the database only"
Said = Mapping[str, Any]
_Key = TypeVar("_Key")


class Differing(NamedTuple):
    """``what``: the names of what differs, or which side has nothing. ``position``: where it came to be."""

    who: UserId
    what: str
    position: Position = Position(0)


def differences(rebuilt: Mapping[_Key, Said], stored: Mapping[_Key, Said]) -> Iterator[tuple[_Key, str]]:
    """Of each thing that is not the same on both sides, in one order."""
    for key in sorted(rebuilt.keys() | stored.keys(), key=str):
        if what := difference(rebuilt.get(key), stored.get(key)):
            yield key, what


def difference(rebuilt: Said | None, stored: Said | None) -> str:
    if stored is None:
        return MISSING
    if rebuilt is None:
        return UNFOUNDED
    names = sorted(rebuilt.keys() | stored.keys())
    return ", ".join(name for name in names if rebuilt.get(name) != stored.get(name))
