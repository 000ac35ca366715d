"""The hub: reads what happened to lists, and tells it to whoever listens, in order.

It is one more reader of the engine's feed, so nobody waits for it: not an acknowledgement, and not each
other. A message goes to those who listen at that time; somebody who joins is given the list as it is in the
very turn in which they begin to listen, so nothing falls between and nothing comes twice. Whether somebody
may still be told is asked at each message.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import OwnerId
from sertantai.core.operations import ACCESS_KINDS, ONLY_TOLD, Describe, HandOver
from sertantai.core.sharing.who_is_here import PRESENCE, is_presence_shown
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.engine.feed import Changed, Entry, FeedCut, Lost, ReadAnew, Reader, Rejected
from sertantai.http.protocol.websocket_protocol import GOING_AWAY
from sertantai.live import metrics
from sertantai.live.bounds import FLUSH_EVERY_S, PENDING_MAX, RING_KEPT_S
from sertantai.live.due import Due, flushes_at_once
from sertantai.live.frames import CLOSE, ERROR
from sertantai.live.lanes import Lanes
from sertantai.live.listening_rights import ListeningRights, living
from sertantai.live.messages import GONE, LISTS, RESET, Message
from sertantai.live.news import News
from sertantai.live.ring import Rings
from sertantai.live.screens import Channel, Screen, Screens
from sertantai.live.steps import Missed, since, step_of, steps_of
from sertantai.live.telling import messages_of
from sertantai.live.topics import Kind, Topic
from sertantai.live.watched import Watched
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.records.register import Register

log = logger(__name__)

NOTHING: Final[dict[str, object]] = {}
"""An event that says all by its name."""
RIGHTS_KINDS: Final = ACCESS_KINDS - ONLY_TOLD
"""What may end a right."""


class Follower(Protocol):
    """Hears who listens to what; ``hushed``: where nobody is to be told of that any more."""

    def joined(self, channel: Channel) -> None: ...

    def left(self, channel: Channel) -> None: ...

    def hushed(self, watched: Watched) -> None: ...


class Hub(BackgroundService):
    task_name = "live-hub"

    def __init__(self, engine: Engine, register: Register, clock: Clock, screens: Screens) -> None:
        self.screens = screens
        self.followers: list[Follower] = []
        self.rights = ListeningRights(engine, clock)
        self._engine = engine
        self._register = register
        self._clock = clock
        self._lanes = lanes = Lanes(self._deliver)
        self.news = News(self.watched, self.send, lambda: lanes.is_behind(quick=False), clock.monotonic)
        self._due = Due(self._flush, lambda: lanes.is_behind(quick=True), clock.monotonic)
        self._watched: dict[Topic, Watched] = {}
        self._rings = Rings()
        self._of_owner: dict[OwnerId, dict[Watched, None]] = {}
        self._channels = 0
        self._reader: Reader | None = None
        self._epoch = ""

    def epoch(self, owner: OwnerId | None) -> str:
        """In which versions compare: of somebody's lists, or of all."""
        return self._engine.epochs.of_all if owner is None else self._engine.epochs.of(owner)

    def now(self) -> float:
        return self._clock.monotonic()

    # -------------------------------------------------------------------------------- coming and going

    def join(self, channel: Channel) -> None:
        """From now on it is told what happens; what has happened until now goes to those who were here."""
        self._catch_up()
        watched = self._watched.get(channel.topic)
        if watched is None:
            watched = self._watched[channel.topic] = Watched(channel.topic, channel.owner, self._rings)
            if channel.owner is not None:
                self._of_owner.setdefault(channel.owner, {})[watched] = None
        self._flush(watched)
        watched.add(channel)
        channel.screen.channels[channel.form.topic] = channel
        channel.screen.has_joined = True
        self._count(1)
        for follower in self.followers:
            follower.joined(channel)

    def leave(self, channel: Channel) -> None:
        """It is told nothing more, nor that."""
        if not channel.is_open:
            return
        channel.is_open = False
        if channel.screen.channels.get(channel.form.topic) is channel:
            del channel.screen.channels[channel.form.topic]
        self._count(-1)
        watched = self._watched.get(channel.topic)
        if watched is not None:
            watched.remove(channel, self._clock.monotonic())
            if not len(watched) and watched.topic.kind is not Kind.LIST:
                self._forget(watched)
        for follower in self.followers:
            follower.left(channel)

    def close(self, channel: Channel) -> None:
        """For good: a client does not come back to it by itself."""
        self._end(channel, CLOSE)

    def begin_anew(self, channel: Channel) -> None:
        """It missed something: a client joins again, and says what it has."""
        self._end(channel, ERROR)

    def close_screen(self, screen: Screen, code: int, why: str) -> None:
        """What it listens to ends first, so that nothing can follow. Where it is the right that has ended,
        that is said of each topic; else a client comes again, and goes on."""
        if screen.is_closed:
            return
        if code == GOING_AWAY:
            for channel in list(screen.channels.values()):
                self.close(channel)
        self.forget(screen)
        metrics.CLOSED.labels(why).inc()
        screen.outlet.close(code, why)

    def add(self, screen: Screen) -> None:
        self.screens.add(screen)
        metrics.SCREENS.set(len(self.screens))

    def forget(self, screen: Screen) -> None:
        """It is gone."""
        if screen.is_closed:
            return
        screen.is_closed = True
        for channel in list(screen.channels.values()):
            self.leave(channel)
        self.screens.remove(screen)
        metrics.SCREENS.set(len(self.screens))

    def drained(self, screen: Screen) -> None:
        """It reads again: at what it missed it has to look."""
        screen.lagging_since = None
        missed, screen.missed = screen.missed, set()
        for topic in missed:
            channel = screen.channels.get(topic)
            if channel is not None:
                self.begin_anew(channel)
        screen.answers.drained()

    def _end(self, channel: Channel, event: str) -> None:
        if channel.is_open:
            self.leave(channel)
            channel.screen.write(channel.form.ending(event))

    def _count(self, more: int) -> None:
        self._channels += more
        metrics.CHANNELS.set(self._channels)

    # --------------------------------------------------------------------------------------- the feed

    async def _run(self) -> None:
        while not self._engine.feed.is_closed:
            reader = self._begin_to_read()
            try:
                while entries := await reader.some():
                    self._take(entries)
            except FeedCut:
                self._lost_track()

    def _begin_to_read(self) -> Reader:
        self._reader, self._epoch = self._engine.feed.subscribe(), self.epoch(None)
        return self._reader

    def _catch_up(self) -> None:
        if self._reader is None:
            return
        try:
            self._take(self._reader.at_hand())
        except FeedCut:
            self._lost_track()
            self._reader.wake()  # who waits for it is told the same, and begins to read anew

    def _take(self, entries: Iterable[Entry]) -> None:
        if self.epoch(None) != self._epoch:
            self._epoch = self.epoch(None)
            self._lost_track()
        if not self._watched:
            return
        changed_rights: dict[OwnerId, None] = {}
        for entry in entries:
            try:
                self._one(entry)
            except Exception:  # what cannot be told to some must not keep the next from all
                log.exception("live_entry_failed")
                self._reset(self._of(_owner_of(entry)))
            if isinstance(entry, Changed) and type(entry.change.operation) in RIGHTS_KINDS:
                changed_rights[entry.change.operation.owner] = None
        # Each message is asked for its right as it is written; what has none any more ends once for them all.
        for owner in changed_rights:
            self.look_at_rights(owner)

    def _one(self, entry: Entry) -> None:
        match entry:
            case Changed():
                self._changed(entry)
            case ReadAnew(owner):
                self._reset(self._of(owner))
            case Lost(owner):
                for watched in self._of(owner):
                    self._gone(watched)
        # One that was rejected is not told: its owner is read anew, and that is.

    def _changed(self, entry: Changed) -> None:
        change, operation = entry.change, entry.change.operation
        if type(operation) in ONLY_TOLD:
            return
        owner, group = operation.owner, entry.change.group
        watched = self._watched.get(Topic(Kind.LIST, operation.group))
        if watched is not None and watched.owner == owner:
            step = step_of(change, entry.before, entry.count)
            if step is not None:
                watched.put(step, self._clock.monotonic())
                if len(watched.pending) > PENDING_MAX:
                    self._reset([watched])
                self._due.put(watched)
            elif isinstance(operation, HandOver):
                self._moved(watched)
            elif group is None or group.deleted:
                self._gone(watched)
        self.news.changed(entry, owner)
        if isinstance(operation, Describe) and PRESENCE in operation.settings:
            self._look_who_is_here(owner, is_shown=is_presence_shown(change.access))

    def _look_who_is_here(self, owner: OwnerId, *, is_shown: bool) -> None:
        """An organization has decided about that: who is here comes anew, and is told again, or nobody is."""
        for watched in self._of(owner):
            for follower in self.followers:
                follower.hushed(watched)
            for channel in watched.members if is_shown else ():
                self.begin_anew(channel)

    # ---------------------------------------------------------------------------------------- rights

    def look_at_rights(self, owner: OwnerId) -> None:
        """End what nobody has a right to any more."""
        for watched in self._of(owner):
            for channel in watched.members:
                if not self.rights.may_listen(channel):
                    self.close(channel)

    # --------------------------------------------------------------------------------------- telling

    def watched(self, topic: Topic) -> Watched | None:
        return self._watched.get(topic)

    def send(self, watched: Watched, message: Message) -> None:
        """To whoever listens now."""
        if len(watched):
            self._lanes.put(message, watched.members, quick=watched.topic.kind in (Kind.LIST, Kind.USER))

    def _flush(self, watched: Watched) -> None:
        """What is pending is on its way to whoever is here now."""
        steps, watched.pending = watched.pending, []
        state = None if watched.owner is None else self._engine.in_sight(watched.owner)
        group = living(state, watched.topic.id)
        if not steps:
            return
        if group is None:  # its owner left memory in between; of one that is gone that is told
            self._reset([watched])
            return
        now = self._clock.monotonic()
        watched.flushed(now, FLUSH_EVERY_S, flushes_at_once(watched))
        metrics.COMMIT_TO_WRITE.observe(now - watched.since)
        try:
            catalogue = self._register.catalogue
        except SertantaiError:  # it was never seen
            self._reset([watched])
            return
        for step in steps:
            for message in messages_of(step, state, group, catalogue):
                self.send(watched, message)

    def _deliver(self, channel: Channel, message: Message) -> None:
        if not self.rights.may_listen(channel):
            self.close(channel)
            return
        if message.about is not None and not self.rights.may_know_of(channel, message.about):
            return
        version = message.version
        if message.event == RESET:
            channel.version = version or 0
        elif version is not None:
            if message.before < channel.version:
                return  # it came with the list as it was given
            channel.version = version
        if channel.screen.tell(channel, message.written(channel.form), self._clock.monotonic()):
            metrics.WRITES.sum += 1

    # ----------------------------------------------------------------------------------- being wrong

    def _of(self, owner: OwnerId) -> list[Watched]:
        return list(self._of_owner.get(owner, ()))

    def _lost_track(self) -> None:
        self._reset(list(self._watched.values()))

    def _reset(self, some: Iterable[Watched]) -> None:
        """Whatever they were told may have been wrong: they look again."""
        for watched in some:
            watched.pending.clear()
            watched.ring.clear()
            if watched.topic.kind is not Kind.LIST:
                self.send(watched, Message(LISTS, NOTHING))
                continue
            state = None if watched.owner is None else self._engine.in_sight(watched.owner)
            group = living(state, watched.topic.id)
            version = 0 if group is None else group.version
            self.send(
                watched,
                Message(RESET, {"epoch": self.epoch(watched.owner), "version": version}, version=version),
            )

    def _moved(self, watched: Watched) -> None:
        """Another owner has it, and who may see it there is for the door to say."""
        for channel in watched.members:
            self.begin_anew(channel)
        self._forget(watched)

    def _gone(self, watched: Watched) -> None:
        message = Message(GONE, NOTHING)
        for channel in watched.members:
            if channel.form.version is not None:  # a stream's end says it
                channel.screen.write(message.written(channel.form))
            self.close(channel)
        self._forget(watched)

    def _forget(self, watched: Watched) -> None:
        watched.pending.clear()
        watched.ring.clear()
        self._watched.pop(watched.topic, None)
        if watched.owner is not None:
            others = self._of_owner.get(watched.owner, {})
            others.pop(watched, None)
            if not others:
                self._of_owner.pop(watched.owner, None)

    # --------------------------------------------------------------------------------------- resuming

    def missed(self, owner: OwnerId, group: GroupState, known: int) -> Missed | None:
        """What is different in a list since a version that somebody has; None: it is not remembered, or was
        never a version of it."""
        watched = self._watched.get(Topic(Kind.LIST, group.id))
        found = None if watched is None else watched.ring.since(known)
        hot = self._engine.in_memory_now(owner)
        if found is not None or hot is None:
            return found
        return since(steps_of(hot.recent_changes(), group.id, hot.known_from(group.id)), known)

    def forget_unwatched(self) -> None:
        """What happens to lists that nobody looks at any more is remembered for a while."""
        now = self._clock.monotonic()
        for watched in list(self._watched.values()):
            if watched.left_at is not None and now - watched.left_at > RING_KEPT_S:
                self._forget(watched)


def _owner_of(entry: Entry) -> OwnerId:
    match entry:
        case Changed(change):
            return change.operation.owner
        case Rejected(rejection):
            return rejection.owner
        case ReadAnew(owner) | Lost(owner):
            return owner
