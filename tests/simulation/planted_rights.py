"""Bugs of lists that several people have: somebody does what they may not, or may not do what they may."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import msgspec

from sertantai.core import access_state
from sertantai.core import fold as folding
from sertantai.core import replay as replaying
from sertantai.core.changes import Change, Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import OperationId, Position
from sertantai.core.operations import Amend, Decide, Expel, Operation
from sertantai.core.rights import Rights
from sertantai.core.sharing import access_steps, leaving_steps, permission
from sertantai.core.state import OwnerState
from sertantai.engine import engine
from sertantai.engine.committing import GroupCommit
from sertantai.engine.engine import Engine

Folded = tuple[OwnerState, Change]


def recover_without_asking() -> Any:
    """A recovery takes whatever stands in the journal for allowed."""

    def unasked(state: OwnerState, position: Position, operation: Operation) -> Folded:
        try:
            return folding._STEPS[type(operation)](state, position, operation)
        except (AssertionError, KeyError):  # it needs what only who is asked has
            return fold(state, position, operation)

    return mock.patch.object(replaying, "fold", unasked)


def remove_and_leave_the_grants() -> Any:
    """Who was removed and comes back has again what was granted before."""

    def expel(state: OwnerState, position: Position, operation: Expel) -> Folded:
        after, change = original(state, position, operation)
        if state.access is None or after.access is None:
            return after, change
        access = msgspec.structs.replace(after.access, grants=state.access.grants)
        return after.with_access(access), msgspec.structs.replace(change, access=change.access and access)

    original = folding._STEPS[Expel]
    return mock.patch.dict(folding._STEPS, {Expel: expel})


@contextmanager
def forget_the_last_owner() -> Iterator[None]:
    with (
        mock.patch.object(access_steps, "owners_left", return_value=True),
        mock.patch.object(leaving_steps, "owners_left", return_value=True),
    ):
        yield


def hand_back_what_was_changed_since() -> Any:
    """Whoever is taken back gets a list back from whom it was given anew meanwhile."""

    def hand_back(grants: Any, group: Any, hand: Any, left: Any, position: Any, at: Any) -> None:
        given = grants.get(group, {}).get(hand.grantee)
        original(grants, group, hand, left if given is None else given.position, position, at)

    original = leaving_steps._hand_back
    return mock.patch.object(leaving_steps, "_hand_back", hand_back)


def decide_alone() -> Any:
    """Where two are needed, who suggested accepts."""

    def of_suggestion(state: OwnerState, access: Any, operation: Any) -> bool:
        group = state.groups.get(operation.group)
        if isinstance(operation, Decide) and group is not None:
            state = state.with_group(msgspec.structs.replace(group, four_eyes=False))
        return original(state, access, operation)

    original = permission._of_suggestion
    return mock.patch.object(permission, "_of_suggestion", of_suggestion)


@contextmanager
def remove_before_the_commit() -> Iterator[None]:
    """A removal counts for all of its commit, also for what the removed did before it."""
    refused: set[OperationId] = set()

    async def append(commits: GroupCommit, group: list[Any]) -> Position:
        wishes: list[Operation] = [waiting.operation for waiting in group]
        for number, removal in enumerate(wishes):
            if isinstance(removal, Expel):
                refused.update(one.id for one in wishes[:number] if one.origin.actor == removal.member)
        first: Position = await original(commits, group)
        return first

    def folded(state: OwnerState, position: Position, operation: Operation) -> Folded:
        if operation.id in refused:
            change = Change(position, operation, Outcome.FORBIDDEN, state.groups.get(operation.group))
            return state, change
        return fold(state, position, operation)

    original: Any = GroupCommit._append
    with mock.patch.object(GroupCommit, "_append", append), mock.patch.object(engine, "fold", folded):
        yield


def undo_anybodys() -> Any:
    """Whoever may undo what is theirs may undo a colleague's."""

    def in_list(state: OwnerState, access: Any, operation: Any) -> bool:
        if isinstance(operation, Amend):
            operation = msgspec.structs.replace(operation, undoes_of=None)
        return original(state, access, operation)

    original = permission._in_list
    return mock.patch.object(permission, "_in_list", in_list)


def remember_rights_too_long() -> Any:
    """What somebody may do is kept by who they are and which list it is, whatever becomes of it."""
    known: dict[Any, Rights] = {}

    def rights_in(access: Any, actor: Any, list_: Any = None, now: Any = None) -> Rights:
        key = (actor, None if list_ is None else list_.id)
        if key not in known:
            known[key] = original(access, actor, list_, now)
        return known[key]

    original = access_state.rights_in
    return mock.patch.object(permission, "rights_in", rights_in)


def take_away_what_nobody_has_seen() -> Any:
    """A list is cleared whatever was done to it since whoever asks has looked."""
    return mock.patch.object(folding, "_is_past", return_value=False)


def hand_over_what_was_seen() -> Any:
    """A list goes as it was when somebody asked, not as it is when it goes."""

    async def together(engine: Engine, owners: Any, actor: Any, make: Any) -> Any:
        seen = await make([await engine.state(owner) for owner in owners])

        async def made(_states: Any) -> Any:
            return seen

        await asyncio.sleep(0.1)
        return await original(engine, owners, actor, made)

    original = Engine.together
    return mock.patch.object(Engine, "together", together)


def hand_over_what_was_made_beforehand() -> Any:
    """What was made before its turn came is taken for what is there then."""
    return mock.patch("sertantai.engine.together._is_as_it_was", return_value=True)


OF_RIGHTS: dict[str, Callable[[], Any]] = {
    "recover without asking": recover_without_asking,
    "remove and leave the grants": remove_and_leave_the_grants,
    "forget the last owner": forget_the_last_owner,
    "hand back what was changed since": hand_back_what_was_changed_since,
    "decide alone": decide_alone,
    "remove before the commit": remove_before_the_commit,
    "undo anybody's": undo_anybodys,
    "remember rights too long": remember_rights_too_long,
    "take away what nobody has seen": take_away_what_nobody_has_seen,
    "hand over what was seen": hand_over_what_was_seen,
    "hand over what was made beforehand": hand_over_what_was_made_beforehand,
}
