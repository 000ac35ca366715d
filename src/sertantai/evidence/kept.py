"""Packs that were made, until whoever asked has fetched them: an hour, in memory."""

import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.errors import TooLarge
from sertantai.core.ids import UserId
from sertantai.evidence.packs import Made
from sertantai.process.new_ids import new_id

KEPT_FOR_S: Final = 3_600.0
PACKS_MAX: Final = 20
BYTES_MAX: Final = 64 << 20


class _Kept(msgspec.Struct, frozen=True):
    whose: UserId
    made: Made
    until: float


class KeptPacks:
    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, _Kept] = OrderedDict()

    def keep(self, whose: UserId, made: Made) -> UUID:
        """Those that were made longest ago go for it. Raises `TooLarge` for one that finds no room at all."""
        if len(made.data) > BYTES_MAX:
            raise TooLarge(
                "This pack is too large to be fetched here: `sertantai audit pack` writes it to a file."
            )
        id = new_id()
        self._kept[id] = _Kept(whose, made, time.monotonic() + KEPT_FOR_S)
        while len(self._kept) > PACKS_MAX or self._bytes() > BYTES_MAX:
            self._kept.popitem(last=False)
        return id

    def of(self, whose: UserId, id: UUID) -> Made | None:
        """None: there is none, it is another's, or its time is over."""
        now = time.monotonic()
        for each in [each for each, kept in self._kept.items() if kept.until < now]:
            del self._kept[each]
        kept = self._kept.get(id)
        return kept.made if kept is not None and kept.whose == whose else None

    def _bytes(self) -> int:
        return sum(len(kept.made.data) for kept in self._kept.values())
