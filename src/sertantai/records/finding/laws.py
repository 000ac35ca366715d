"""What finding asks of a register."""

from collections.abc import Collection
from typing import Any, Protocol

from pyroaring import BitMap

from sertantai.core.citations import Citation
from sertantai.core.ids import RecordNo
from sertantai.records.terms import Terms


class Laws(Protocol):
    """The register in memory. Sets that it gives are shared: nobody changes one in place."""

    count: int
    everything: BitMap

    @property
    def terms(self) -> Terms: ...

    def number_named(self, name: str) -> RecordNo | None: ...

    def of_citation(self, citation: Citation) -> BitMap:
        """The laws that it may be: of its year, its number and one of its series."""
        ...

    def of_year(self, year: int) -> BitMap: ...

    def holding(self, words: Collection[str]) -> BitMap:
        """The laws with every one of these folded words in title, name or number."""
        ...

    def title(self, number: int) -> str | None: ...

    def value(self, column: str, number: int) -> Any: ...
