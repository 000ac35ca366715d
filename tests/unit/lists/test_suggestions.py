"""What one who may not tick suggests, another accepts or declines; what removes many names its version."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY
from sertantai.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    PermissionNeeded,
    PreconditionFailed,
    PreconditionRequired,
)
from sertantai.core.ids import OperationId, UserId
from sertantai.core.operations import Origin, SetGrant, UpdateGroup
from sertantai.core.rights import Level, Right
from sertantai.engine.bounds import Bounds
from sertantai.engine.errors import SuggestionGone
from sertantai.lists.access import Allowed
from sertantai.lists.together import suggestions as module
from sertantai.lists.together.seen import UNSEEN_REMOVED_MAX, check_seen
from sertantai.lists.together.suggestions import PENDING_MAX, REASON_CHARACTERS_MAX, Suggestions, as_sets
from sertantai.process.new_ids import new_id
from sertantai.process.system_clock import SystemClock
from sertantai.web.requests import VERSION_DIGITS_MAX, version_seen
from tests.unit.engine.engine_house import ANN, BEN, House
from tests.unit.lists.test_access import asking, door, works


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path, Bounds())
    await house.open()
    yield house
    await house.close()


@pytest.fixture
async def service(house: House) -> Suggestions:
    return Suggestions(house.engine, SystemClock())


async def lists(house: House) -> tuple[Allowed, Allowed]:
    """The open list as Ann, its owner, and Ben, who may suggest, see it."""
    default, _ = await works(house)
    of_ann = await door(house).list_of(asking(ANN), default, Right.APPROVE)
    grant = SetGrant(
        id=OperationId(new_id()),
        owner=of_ann.owner,
        group=default,
        at=SystemClock().now(),
        origin=of_ann.by,
        grantee=BEN,
        level=Level.SUGGEST,
    )
    await house.engine.perform(grant)
    return of_ann, await door(house).list_of(asking(BEN), default, Right.SUGGEST)


async def now(house: House, found: Allowed) -> Allowed:
    return await door(house).list_of(asking(ANN), found.group.id, Right.READ)


async def test_a_suggestion_waits_and_is_accepted_in_part(house: House, service: Suggestions) -> None:
    of_ann, of_ben = await lists(house)
    made = await service.suggest(of_ben, BitMap(range(1, 48)), EMPTY, "as at Leeds")
    assert (made.status, made.action, made.count, made.by.name) == ("pending", "bulk_select", 47, "viewer")
    assert service.pending(await now(house, of_ann)) == [made]
    done = await service.accept(of_ann, made.id, BitMap(range(1, 41)), "these 40")
    assert (done.status, done.changed, done.left, done.count) == ("pending", 40, 7, 40)
    declined = await service.decline(of_ann, made.id, word="not for us")
    assert (declined.status, declined.changed, declined.left) == ("declined", 0, 0)
    with pytest.raises(SuggestionGone):
        await service.accept(of_ann, made.id)
    assert (await now(house, of_ann)).group.count == 40


async def test_only_who_suggested_withdraws_and_nothing_is_suggested_that_is_so(
    house: House, service: Suggestions
) -> None:
    of_ann, of_ben = await lists(house)
    made = await service.suggest(of_ben, BitMap([1]), EMPTY)
    with pytest.raises(Forbidden):
        await service.withdraw(of_ann, made.id)
    with pytest.raises(InvalidInput, match="none of these laws"):
        await service.accept(of_ann, made.id, BitMap([9]))
    await service.accept(of_ann, made.id)
    with pytest.raises(Conflict, match="like that already"):
        await service.suggest(of_ben, BitMap([1]), EMPTY)
    other = await service.suggest(of_ben, EMPTY, BitMap([1]))
    assert other.action == "bulk_deselect"
    await service.withdraw(of_ben, other.id)
    with pytest.raises(SuggestionGone):
        await service.withdraw(of_ben, OperationId(uuid4()))


async def test_with_four_eyes_ones_own_is_for_another_to_accept(house: House, service: Suggestions) -> None:
    of_ann, _ = await lists(house)
    switch = UpdateGroup(
        id=OperationId(new_id()),
        owner=of_ann.owner,
        group=of_ann.group.id,
        at=SystemClock().now(),
        origin=of_ann.by,
        four_eyes=True,
    )
    await house.engine.perform(switch)
    own = await service.suggest(of_ann, BitMap([1]), EMPTY)
    with pytest.raises(PermissionNeeded):
        await service.accept(of_ann, own.id)
    with pytest.raises(PermissionNeeded):
        await door(house).list_of(asking(ANN), of_ann.group.id, Right.TICK)


async def test_suggestions_are_bounded(
    house: House, service: Suggestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (PENDING_MAX, REASON_CHARACTERS_MAX, UNSEEN_REMOVED_MAX) == (500, 2_000, 1_000)
    monkeypatch.setattr(module, "PENDING_MAX", 1)
    _, of_ben = await lists(house)
    with pytest.raises(InvalidInput, match=f"{REASON_CHARACTERS_MAX:,}"):
        await service.suggest(of_ben, BitMap([1]), EMPTY, "x" * (REASON_CHARACTERS_MAX + 1))
    await service.suggest(of_ben, BitMap([1]), EMPTY, "x" * REASON_CHARACTERS_MAX)
    with pytest.raises(Conflict, match="maximum"):
        await service.suggest(of_ben, BitMap([2]), EMPTY)
    with pytest.raises(InvalidInput):
        as_sets("clear_all", BitMap([1]))


async def test_in_a_list_of_ones_own_there_is_nobody_to_suggest_to(
    house: House, service: Suggestions
) -> None:
    own = await door(house).list_of(asking(ANN), "default", Right.SUGGEST)
    with pytest.raises(Conflict, match="your own"):
        await service.suggest(own, BitMap([1]), EMPTY)


async def test_what_removes_many_says_which_version_was_seen(house: House) -> None:
    found, _ = await lists(house)
    held = BitMap(range(UNSEEN_REMOVED_MAX + 1))
    target = replace(found.group, records=held, version=7)
    own = await door(house).list_of(asking(ANN), "default", Right.TICK)
    check_seen(own, target, held, is_all=True)
    check_seen(found, target, BitMap(range(UNSEEN_REMOVED_MAX)))
    check_seen(replace(found, seen=7), target, held)
    check_seen(replace(found, by=Origin(UserId(found.owner), source="system")), target, held, is_all=True)
    for is_all, removed in ((True, BitMap([1])), (False, held)):
        with pytest.raises(PreconditionRequired):
            check_seen(found, target, removed, is_all=is_all)
        with pytest.raises(PreconditionFailed):
            check_seen(replace(found, seen=6), target, removed, is_all=is_all)


@pytest.mark.parametrize("said", ["-1", "1.0", "", "x", "9" * (VERSION_DIGITS_MAX + 1)])
def test_what_is_no_version_is_refused(said: str) -> None:
    request: Any = SimpleNamespace(headers={"if-unmodified-since-version": said})
    with pytest.raises(InvalidInput):
        version_seen(request)
    request.headers = {"if-unmodified-since-version": "9" * VERSION_DIGITS_MAX}
    assert version_seen(request) == int("9" * VERSION_DIGITS_MAX)
    request.headers = {}
    assert version_seen(request) is None
