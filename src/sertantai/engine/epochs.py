"""In which the versions of lists compare: within one epoch one version is one content.

Another one begins where positions may stand for something else than they did (`Journal.epoch`), and where
something that was true is not any more: an operation was set aside.
"""

from secrets import token_hex
from typing import Final

from sertantai.core.ids import OwnerId
from sertantai.journal.protocol import Journal

READ_ANEW_MAX: Final = 10_000
"""Owners of whom it is remembered; then all begin another epoch."""


class Epochs:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._before = token_hex(4)
        """How many operations were set aside before the start; where that is not known, it is like none."""
        self._anew: dict[OwnerId, str] = {}
        """Owners who were read anew since, as what they showed may have been wrong."""

    def begin(self, rejected: int) -> None:
        """At the start: so many of the journal's operations were ever set aside."""
        self._before = str(rejected)

    def read_anew(self, owner: OwnerId) -> None:
        if len(self._anew) >= READ_ANEW_MAX:
            self._before, self._anew = token_hex(4), {}
        self._anew[owner] = f"-{token_hex(4)}"

    @property
    def of_all(self) -> str:
        """That of whoever was not read anew."""
        return f"{self._journal.epoch}-{self._before}"

    def of(self, owner: OwnerId) -> str:
        return self.of_all + self._anew.get(owner, "")
