"""What waits of each suggestion where an organization's trail ends, and who might decide it. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from sertantai.audit.differing import Differing, Said, differences
from sertantai.core.audit_words import DECIDE, SUGGEST
from sertantai.core.bitmaps import EMPTY, pack
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.operations import Decide, Origin, Suggest, SuggestionOperation, Withdraw
from sertantai.core.sharing.permission import may_be_done
from sertantai.core.state import OwnerState
from sertantai.core.suggestion import Suggestion, digest_of
from sertantai.postgres import Record
from sertantai.sync.audit_metadata import LEFT

_Key = tuple[GroupId, OperationId]
NO_RECORDS: Final = pack(EMPTY)
UNREADABLE: Final = "unreadable"


class SuggestionsThen:
    """Played line by line. Of those from ``since`` and before, where the trail begins, nothing is claimed."""

    def __init__(self, since: Position) -> None:
        self._since = since
        self._waiting: dict[_Key, Suggestion] = {}
        self._left: dict[_Key, str] = {}
        """As far as it was told: lines of earlier releases do not say it."""

    def play(self, row: Any, state: OwnerState) -> bool:
        """Whether it was allowed, in an organization as it was then."""
        operation = _operation_of(row, state.owner)
        group, said = operation.group, row["metadata"]
        id = operation.id if isinstance(operation, Suggest) else operation.suggestion
        allowed = self._may_be_done(state, operation, id)
        if isinstance(operation, Suggest):
            self._waiting[group, id] = _made(operation, Position(row["position"]))
        if isinstance(operation, Withdraw) or said.get(LEFT) == "":
            self._waiting.pop((group, id), None)
        self._left.pop((group, id), None)
        if said.get(LEFT):
            self._left[group, id] = said[LEFT]
        return allowed

    def _may_be_done(self, state: OwnerState, operation: SuggestionOperation, id: OperationId) -> bool:
        group = state.groups.get(operation.group)
        if group is None:
            return False
        made = self._waiting.get((group.id, id))
        waiting = {} if made is None or isinstance(operation, Suggest) else {id: made}
        return may_be_done(state.with_group(replace(group, suggestions=waiting)), operation)

    def end_list(self, group: GroupId) -> None:
        """It is not there any more, and with it is gone what was suggested."""
        self._waiting = {key: one for key, one in self._waiting.items() if key[0] != group}

    def differing(self, rows: Sequence[Record]) -> Iterator[Differing]:
        """``rows``: those that wait in the database."""
        stored = {
            (GroupId(row["group_id"]), OperationId(row["id"])): row
            for row in rows
            if row["position"] > self._since
        }
        rebuilt = {
            key: _of_suggestion(one, self._left.get(key))
            for key, one in self._waiting.items()
            if key in self._left or key in stored  # of others nobody knows whether they still wait
        }
        of_rows = {key: _of_row(row, told=key in self._left) for key, row in stored.items()}
        for (group, id), what in differences(rebuilt, of_rows):
            made = self._waiting.get((group, id))
            who = made.by if made else UserId(stored[group, id]["suggested_by"])
            position = made.position if made else Position(0)
            yield Differing(who, f"suggestion {id} in list {group}: {what}", position)


def _operation_of(row: Any, owner: OwnerId) -> SuggestionOperation:
    """Without its laws, on which no right depends."""
    said = row["metadata"]
    common: dict[str, Any] = {
        "id": OperationId(row["operation_id"]),
        "owner": owner,
        "group": GroupId(row["group_id"]),
        "at": row["created_at"],
        "origin": Origin(UserId(row["actor_id"])),
    }
    if row["action"] == SUGGEST:
        return Suggest(add=NO_RECORDS, remove=NO_RECORDS, reason=said["reason"], **common)
    suggestion = OperationId(UUID(said["suggestion"]))
    if row["action"] == DECIDE:
        return Decide(suggestion=suggestion, accepted=said["accepted"], records=NO_RECORDS, **common)
    return Withdraw(suggestion=suggestion, **common)


def _made(operation: Suggest, position: Position) -> Suggestion:
    by, at = operation.origin.actor, operation.at
    return Suggestion(by, at, position, NO_RECORDS, NO_RECORDS, operation.reason)


def _of_suggestion(one: Suggestion, left: str | None) -> Said:
    said = {"by": one.by, "at": one.at, "position": one.position, "reason": one.reason}
    return said if left is None else {**said, "laws": left}


def _of_row(row: Record, *, told: bool) -> Said:
    names = {"by": "suggested_by", "at": "suggested_at", "position": "position", "reason": "reason"}
    said = {name: row[column] for name, column in names.items()}
    return {**said, "laws": _digest(row)} if told else said


def _digest(row: Record) -> str:
    try:
        return digest_of(row["ticks"], row["unticks"])
    except ValueError:
        return UNREADABLE
