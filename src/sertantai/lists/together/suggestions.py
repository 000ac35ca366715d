"""Suggest and accept: who may not tick an organization's list says what they would, and somebody decides."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY, pack, unpack
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, Forbidden, InvalidInput, PermissionNeeded
from sertantai.core.fold import Change
from sertantai.core.ids import OperationId, UserId
from sertantai.core.operations import Decide, Suggest, SuggestionOperation, Withdraw
from sertantai.core.rights import Right
from sertantai.core.spelling import lines
from sertantai.core.state import GroupState
from sertantai.core.suggestion import Suggestion
from sertantai.engine.engine import Engine
from sertantai.engine.errors import SuggestionGone
from sertantai.lists.access import Allowed, Lists, group_now
from sertantai.lists.together.reasons import reason_for
from sertantai.organizations.standing import who_can_give
from sertantai.process.new_ids import new_id

REASON_CHARACTERS_MAX: Final = 2_000
PENDING_MAX: Final = 500
"""Suggestions of one list that wait."""
FORMER: Final = "A former member"


class By(msgspec.Struct, frozen=True):
    id: UserId
    name: str


class SuggestionFacts(msgspec.Struct, frozen=True):
    """``count`` laws wait for a decision: to be ticked, or unticked, as ``action`` says."""

    id: OperationId
    status: str
    action: str
    count: int
    by: By
    at: datetime
    reason: str


class Decided(msgspec.Struct, frozen=True):
    """``changed`` laws were ticked or unticked by it, ``left`` wait still."""

    id: OperationId
    status: str
    decided: int
    changed: int
    left: int
    version: int
    count: int
    operation_id: OperationId


class Suggestions:
    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def suggest(
        self, found: Allowed, add: BitMap, remove: BitMap, reason: str = "", id: OperationId | None = None
    ) -> SuggestionFacts:
        """Raises `Conflict` where nothing would change, or too many wait already."""
        _require_organization(found)
        reason = _text(reason, "reason")
        target = await group_now(self._engine, found)
        if len(target.suggestions) >= PENDING_MAX:
            raise Conflict(f"{PENDING_MAX} suggestions wait in this list, which is the maximum.")
        change = await self._perform(
            Suggest, found, id or OperationId(new_id()), add=pack(add), remove=pack(remove), reason=reason
        )
        assert change.group is not None
        made = change.group.suggestions.get(change.operation.id)
        if made is None:
            raise Conflict("The list is like that already; nothing was suggested.")
        return facts_of(found, change.operation.id, made)

    def pending(self, found: Allowed) -> list[SuggestionFacts]:
        """All that wait, the oldest first."""
        return [facts_of(found, id, one) for id, one in found.group.suggestions.items()]

    async def accept(
        self, found: Allowed, suggestion: OperationId, records: BitMap | None = None, word: str = ""
    ) -> Decided:
        """All of it that waits, or ``records``. Raises `SuggestionGone`; with four eyes, for one's own,
        `PermissionNeeded`."""
        return await self._decide(found, suggestion, records, word, accepted=True)

    async def decline(
        self, found: Allowed, suggestion: OperationId, records: BitMap | None = None, word: str = ""
    ) -> Decided:
        return await self._decide(found, suggestion, records, word, accepted=False)

    async def withdraw(self, found: Allowed, suggestion: OperationId) -> None:
        """One's own."""
        _, made = await self._one(found, suggestion)
        if made.by != found.actor:
            raise Forbidden("Only who suggested something can withdraw it. You can decline it.")
        await self._perform(Withdraw, found, OperationId(new_id()), suggestion=suggestion)

    async def _decide(
        self, found: Allowed, suggestion: OperationId, records: BitMap | None, word: str, *, accepted: bool
    ) -> Decided:
        word = _text(word, "reason")
        target, made = await self._one(found, suggestion)
        if target.four_eyes and made.by == found.actor:
            assert found.access is not None
            raise PermissionNeeded(Right.APPROVE.value, who_can_give(found.access, found.actor))
        waiting = laws_of(made)
        chosen = waiting if records is None else records & waiting
        if not chosen:
            raise InvalidInput("record_ids: none of these laws waits in this suggestion.", field="record_ids")
        removed = chosen & unpack(made.remove) & target.records if accepted else EMPTY
        reason = reason_for(found, None, removed) if not (said := made.reason or word) else said
        change = await self._perform(
            Decide,
            found,
            OperationId(new_id()),
            suggestion=suggestion,
            accepted=accepted,
            records=pack(chosen),
            word=word,
            reason=reason if removed else None,
        )
        assert change.group is not None
        left = change.group.suggestions.get(suggestion)
        waits = 0 if left is None else len(laws_of(left))
        status = "pending" if waits else "accepted" if accepted else "declined"
        version, count = change.group.version, change.group.count
        return Decided(
            suggestion, status, len(chosen), change.changed, waits, version, count, change.operation.id
        )

    async def _one(self, found: Allowed, suggestion: OperationId) -> tuple[GroupState, Suggestion]:
        _require_organization(found)
        target = await group_now(self._engine, found)
        made = target.suggestions.get(suggestion)
        if made is None:
            raise SuggestionGone
        return target, made

    async def _perform(
        self, kind: type[SuggestionOperation], found: Allowed, id: OperationId, **fields: Any
    ) -> Change:
        common: dict[str, Any] = {
            "owner": found.owner,
            "group": found.group.id,
            "at": self._clock.now(),
            "origin": found.by,
        }
        return await self._engine.perform(kind(id=id, **common, **fields))


def laws_of(suggestion: Suggestion) -> BitMap:
    """What waits: to be ticked and to be unticked."""
    return unpack(suggestion.add) | unpack(suggestion.remove)


def facts_of(lists: Lists, id: OperationId, suggestion: Suggestion) -> SuggestionFacts:
    add, remove = unpack(suggestion.add), unpack(suggestion.remove)
    action = "bulk_select" if add else "bulk_deselect"
    by = By(suggestion.by, name_of(lists, suggestion.by))
    return SuggestionFacts(
        id, "pending", action, len(add) + len(remove), by, suggestion.at, suggestion.reason
    )


def name_of(lists: Lists, person: UserId) -> str:
    member = None if lists.access is None else lists.access.members.get(person)
    return FORMER if member is None else member.name


def as_sets(action: str, records: BitMap) -> tuple[BitMap, BitMap]:
    """What is to be ticked and unticked. Raises `InvalidInput`."""
    if action in ("bulk_select", "select"):
        return records, EMPTY
    if action in ("bulk_deselect", "deselect"):
        return EMPTY, records
    raise InvalidInput("action: bulk_select or bulk_deselect.", field="action")


def _require_organization(found: Lists) -> None:
    if found.access is None:
        raise Conflict("In a list of your own there is nobody to suggest to: tick the laws.")


def _text(text: str, field: str) -> str:
    kept = lines(text, field)
    if len(kept) > REASON_CHARACTERS_MAX:
        raise InvalidInput(f"{field}: at most {REASON_CHARACTERS_MAX:,} characters.", field=field)
    return kept


def waiting_for(lists: Lists, groups: Sequence[GroupState]) -> list[GroupState]:
    """Those with suggestions that whoever asks may decide."""
    return [group for group in groups if group.suggestions and Right.APPROVE in lists.rights(group)]
