"""What one person knows of their list: what was acknowledged, and what may be either way."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any


class Broken(AssertionError):
    """The server broke a promise."""


@dataclass
class Ledger:
    selected: set[str] = field(default_factory=set)
    """As the acknowledged changes left it."""
    unsure: set[str] = field(default_factory=set)
    """Records of requests that were not acknowledged, until a later change of them is."""
    changed: dict[str, int] = field(default_factory=dict)
    """Acknowledged operations that changed something, in their order, with how many records each."""
    unanswered: int = 0
    """Requests that were not acknowledged: each may have been done, once."""
    version: int = 0

    def acknowledge(self, records: Collection[str], wish: bool, answer: dict[str, Any]) -> None:
        """A change of ``records`` to ``wish`` was answered with success."""
        changed = int(answer["changed"])
        wanted = set(records)
        already = self.selected & wanted if wish else wanted - self.selected
        if not self.unsure & wanted and changed != len(wanted - already):
            raise Broken(
                f"{changed} of {len(wanted)} records changed, but {len(already)} were so already: {answer}"
            )
        self.selected = self.selected | wanted if wish else self.selected - wanted
        self.unsure -= wanted
        self._note(answer["operation_id"], changed, answer)

    def acknowledge_undo(self, before: set[str], answer: dict[str, Any]) -> None:
        """The newest change was undone: the list is as it was ``before`` it."""
        self.unsure -= self.selected ^ before
        self.selected = set(before)
        self._note(answer["operation_id"], int(answer["changed"]), answer)

    def _note(self, operation: str, changed: int, answer: dict[str, Any]) -> None:
        version = int(answer["version"])
        if version < self.version or (changed and version == self.version):
            raise Broken(f"the version went from {self.version} to {version}: {answer}")
        self.version = version
        if changed:
            self.changed[operation] = changed
        if not self.unsure and int(answer["count"]) != len(self.selected):
            raise Broken(f"the list has {len(self.selected)} records, and is told to have {answer['count']}")

    def doubt(self, records: Collection[str]) -> None:
        """A change of ``records`` was not acknowledged."""
        self.unsure |= set(records)
        self.unanswered += 1

    def check(self, found: Collection[str]) -> None:
        """Raises `Broken` unless ``found`` is this list, as far as it is known."""
        shown = set(found)
        lost = self.selected - shown - self.unsure
        foreign = shown - self.selected - self.unsure
        if lost or foreign:
            raise Broken(
                f"of {len(self.selected)} acknowledged records {len(lost)} are missing; "
                f"{len(foreign)} are shown that were never ticked or were unticked"
            )

    def settle(self, found: Collection[str]) -> None:
        """Nothing is under way any more: what is ``found`` is so."""
        self.check(found)
        self.selected = set(found)
        self.unsure.clear()
