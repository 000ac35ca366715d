"""For who shows all lists of somebody: the newest of each, now and then, however often they change."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sertantai.core.fold import Change, Outcome
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo, UserId
from sertantai.core.operations import (
    Expel,
    HandOver,
    Operation,
    Origin,
    PurgeGroup,
    Select,
    SetGrant,
    UpdateGroup,
    of_no_list,
)
from sertantai.core.state import GroupState
from sertantai.engine.feed import Changed
from sertantai.live import news as module
from sertantai.live.bounds import WORKS_PENDING_MAX
from sertantai.live.messages import Message
from sertantai.live.news import News
from sertantai.live.topics import Kind, Topic
from sertantai.live.watched import Watched
from sertantai.process.under_way import UnderWay, WorkKind

HOUSE, ANNA = OwnerId(UUID(int=1)), UserId(UUID(int=2))
LISTS = [GroupId(UUID(int=number)) for number in (11, 12)]
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Told:
    def __init__(self) -> None:
        self.watched = {Topic(kind, id): Watched(Topic(kind, id), HOUSE) for kind, id in ROOMS}
        self.messages: list[tuple[str, Message]] = []
        self.is_behind = False
        self.news = News(self.watched.get, self._send, lambda: self.is_behind, lambda: self.now)
        self.now = 100.0

    def _send(self, watched: Watched, message: Message) -> None:
        self.messages.append((str(watched.topic.kind), message))

    def ticked(self, list_: GroupId, position: int) -> None:
        group = GroupState(list_, f"list {list_.int}", AT, AT, version=Position(position))
        common: dict[str, Any] = {"id": OperationId(UUID(int=position)), "owner": HOUSE, "at": AT}
        self._changed(
            Select(group=list_, origin=Origin(ANNA), record=RecordNo(1), **common), group, position, 3
        )

    def expelled(self, position: int) -> None:
        common: dict[str, Any] = {"id": OperationId(UUID(int=position)), "owner": HOUSE, "at": AT}
        none = of_no_list(HOUSE)
        self._changed(Expel(group=none, origin=Origin(ANNA), member=ANNA, **common), None, position, 0)

    def done(self, kind: type[Operation], list_: GroupId, version: int | None, **fields: Any) -> None:
        """At position 50, of a list that has this version then; None: it is gone."""
        group = None
        if version is not None:
            group = GroupState(list_, "list", AT, AT, version=Position(version))
        common: dict[str, Any] = {"id": OperationId(UUID(int=50)), "owner": HOUSE, "at": AT}
        self._changed(kind(group=list_, origin=Origin(ANNA), **common, **fields), group, 50, 3)

    def _changed(self, operation: Operation, group: GroupState | None, position: int, count: int) -> None:
        change = Change(Position(position), operation, Outcome.APPLIED, group)
        self.news.changed(Changed(change, Position(position - 1), count), HOUSE)


ROOMS = [(Kind.ORGANIZATION, HOUSE), (Kind.USER, ANNA)]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEWS_EVERY_S", 0.01)


async def until_told(told: Told, count: int) -> None:
    async with asyncio.timeout(10):
        while len(told.messages) < count:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.002)


async def test_of_many_changes_the_newest_of_each_list_is_told_and_says_about_which() -> None:
    told = Told()
    for position in range(1, 201):
        told.ticked(LISTS[position % 2], position)
    await until_told(told, 2)
    await asyncio.sleep(0.03)
    assert [(to, message.about) for to, message in told.messages] == [
        ("organization", LISTS[1]),
        ("organization", LISTS[0]),
    ]
    assert b'"version":199' in told.messages[0][1].payload
    assert b'"version":200' in told.messages[1][1].payload


async def test_members_hear_once_of_many_changes_of_rights_and_whoever_it_is_about_too() -> None:
    told = Told()
    for position in range(1, 50):
        told.expelled(position)
    await until_told(told, 2)
    await asyncio.sleep(0.03)
    assert sorted((to, message.event) for to, message in told.messages) == [
        ("organization", "members"),
        ("user", "organizations"),
    ]


@pytest.mark.parametrize(
    ("kind", "version", "fields"),
    [
        (UpdateGroup, 50, {"restricted": True}),
        (SetGrant, 7, {"grantee": ANNA, "level": None}),
        (HandOver, None, {"receiver": OwnerId(UUID(int=3))}),
        (PurgeGroup, None, {}),
    ],
    ids=["restricted", "grant", "handed over", "purged"],
)
async def test_where_it_changes_who_may_see_a_list_all_look_again_and_hear_no_name(
    kind: type[Operation], version: int | None, fields: dict[str, Any]
) -> None:
    told = Told()
    told.done(kind, LISTS[0], version, **fields)
    await until_told(told, 2)
    of_all = [message for to, message in told.messages if to == "organization" and message.about is None]
    assert [(message.event, message.payload) for message in of_all] == [("members", b"{}")]
    if kind is SetGrant:
        assert [message.event for to, message in told.messages if to == "user"] == ["organizations"]


async def test_a_rename_is_nothing_for_all_to_look_at_again() -> None:
    told = Told()
    told.done(UpdateGroup, LISTS[0], 50, name="Other")
    await until_told(told, 1)
    assert [message.event for _, message in told.messages] == ["lists"]


async def test_the_version_that_is_told_is_the_lists() -> None:
    """A grant is given at a position of its own, and leaves the list as it is."""
    told = Told()
    told.done(SetGrant, LISTS[0], 7, grantee=ANNA, level=None)
    await until_told(told, 2)
    [said] = [msgspec.json.decode(one.payload) for _, one in told.messages if one.event == "lists"]
    assert said == {"list": str(LISTS[0]), "version": 7, "count": 3, "name": "list"}


async def test_nothing_is_put_behind_what_is_not_written_yet() -> None:
    told = Told()
    told.is_behind = True
    for position in range(1, 20):
        told.ticked(LISTS[0], position)
        await asyncio.sleep(0.002)
    assert not told.messages
    told.is_behind = False
    await until_told(told, 1)
    assert len(told.messages) == 1


async def test_of_work_the_newest_is_told_to_whose_it_is_and_of_a_list_to_who_may_read_it() -> None:
    told, under_way = Told(), UnderWay()
    under_way.listeners.append(told.news.worked)
    export = under_way.piece(ANNA, WorkKind.EXPORT, list=LISTS[0], name="Leeds")
    under_way.piece(UUID(int=3), WorkKind.EXPORT).runs()  # nobody listens
    export.waits(ahead=2)
    export.runs(1_000, 5_000)
    followed = under_way.piece(HOUSE, WorkKind.SMART_LIST, id="smart", list=LISTS[1])
    followed.waits()
    await until_told(told, 2)
    assert [(to, message.event, message.about) for to, message in told.messages] == [
        ("user", "work", None),
        ("organization", "work", LISTS[1]),
    ]
    said = msgspec.json.decode(told.messages[0][1].payload)
    assert said.pop("id")
    assert said == {
        "kind": "export",
        "state": "running",
        "list": str(LISTS[0]),
        "name": "Leeds",
        "done": 1_000,
        "of": 5_000,
    }


async def test_of_much_work_what_begins_is_passed_over_and_never_an_end() -> None:
    told, under_way = Told(), UnderWay()
    under_way.listeners.append(told.news.worked)
    first = [under_way.piece(HOUSE, WorkKind.SMART_LIST, list=LISTS[0]) for _ in range(WORKS_PENDING_MAX)]
    for piece in first:
        piece.waits()
    first[0].ends(well=True)
    last = under_way.piece(HOUSE, WorkKind.SMART_LIST, id="last", list=LISTS[0])
    last.waits()
    last.ends(well=True)
    await until_told(told, WORKS_PENDING_MAX + 1)
    assert b'"last"' in told.messages[-1][1].payload
    assert b'"done"' in told.messages[-1][1].payload
