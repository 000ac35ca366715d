"""What happens to any list of somebody, or of an organization, for pages that show them all.

Of each list its newest state is told, and no more often than is of use: in an organization everybody hears of
every tick of everybody.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sertantai.core.ids import OwnerId
from sertantai.core.operations import ACCESS_KINDS, HandOver, Operation, PurgeGroup, SetGrant, UpdateGroup
from sertantai.engine.feed import Changed
from sertantai.live.bounds import NEWS_EVERY_S, WORKS_PENDING_MAX
from sertantai.live.messages import LISTS, MEMBERS, ORGANIZATIONS, WORK, Message
from sertantai.live.topics import Kind, Topic
from sertantai.live.watched import Watched
from sertantai.process.under_way import Work, WorkKind


class _Pending:
    __slots__ = ("lists", "members", "organizations", "works")

    def __init__(self) -> None:
        self.lists: dict[UUID, dict[str, Any]] = {}
        self.members = False
        self.organizations: set[OwnerId] = set()
        self.works: dict[str, Work] = {}

    def messages(self) -> list[Message]:
        told = [Message(ORGANIZATIONS, {"organization": str(one)}) for one in self.organizations]
        if self.members:
            told.append(Message(MEMBERS, {}))
        told += [Message(LISTS, said, about=list_) for list_, said in self.lists.items()]
        return told + [Message(WORK, work, about=about(work)) for work in self.works.values()]


def about(work: Work) -> UUID | None:
    """The list that somebody has to be allowed to read to hear of it. What one does oneself, one may know."""
    return work.list if work.kind is WorkKind.SMART_LIST else None


def decides_who_sees(operation: Operation) -> bool:
    """Whoever may not know of a list any more is not told of it, only that there is something to look at."""
    if isinstance(operation, UpdateGroup):
        return operation.restricted is not None
    return type(operation) in ACCESS_KINDS or isinstance(operation, HandOver | PurgeGroup)


class News:
    """``send`` tells whoever listens; ``is_behind``: what was sent before has not been written yet."""

    def __init__(
        self,
        watched: Callable[[Topic], Watched | None],
        send: Callable[[Watched, Message], None],
        is_behind: Callable[[], bool],
        now: Callable[[], float],
    ) -> None:
        self._watched = watched
        self._send = send
        self._is_behind = is_behind
        self._now = now
        self._pending: dict[Topic, _Pending] = {}

    def changed(self, entry: Changed, owner: OwnerId) -> None:
        operation, group = entry.change.operation, entry.change.group
        is_access = type(operation) in ACCESS_KINDS
        for kind in (Kind.USER, Kind.ORGANIZATION):
            pending = self._of(Topic(kind, owner))
            if pending is None:
                continue
            pending.members |= decides_who_sees(operation)
            if group is None and is_access:
                continue
            version = entry.change.position if group is None else group.version
            said = {"list": str(operation.group), "version": version}
            if group is not None and not group.deleted:
                said |= {"count": entry.count, "name": group.name}
            pending.lists[operation.group] = said
        if isinstance(operation, SetGrant):
            self._of_member(owner, operation.grantee)
        elif is_access:
            self._of_member(owner, getattr(operation, "member", None))

    def worked(self, whose: UUID, work: Work) -> None:
        """How far a piece of work is. Where there is much, what begins is passed over, never an end."""
        for kind in (Kind.USER, Kind.ORGANIZATION):
            pending = self._of(Topic(kind, whose))
            if pending is not None and (
                work.is_over or work.id in pending.works or len(pending.works) < WORKS_PENDING_MAX
            ):
                pending.works[work.id] = work

    def _of_member(self, owner: OwnerId, member: UUID | None) -> None:
        """To whoever the organization means something else from now on."""
        pending = None if member is None else self._of(Topic(Kind.USER, member))
        if pending is not None:
            pending.organizations.add(owner)

    def _of(self, topic: Topic) -> _Pending | None:
        """What is to be told there, soon; None: nobody listens."""
        watched = self._watched(topic)
        if watched is None:
            return None
        pending = self._pending.get(topic)
        if pending is None:
            pending = self._pending[topic] = _Pending()
            wait_s = watched.wait_s(self._now(), NEWS_EVERY_S)
            asyncio.get_running_loop().call_later(wait_s, self._flush, topic)
        return pending

    def _flush(self, topic: Topic) -> None:
        if self._is_behind():
            asyncio.get_running_loop().call_later(NEWS_EVERY_S, self._flush, topic)
            return
        pending, watched = self._pending.pop(topic), self._watched(topic)
        if watched is not None:
            watched.flushed(self._now(), NEWS_EVERY_S)
            for message in pending.messages():
                self._send(watched, message)
