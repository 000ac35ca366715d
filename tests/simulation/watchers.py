"""People who look at lists while all this happens: what their screens show is compared with what is true.

The hub, the joins and what clients say are the product's own; a watcher is a client as `docs/guides/live.md`
tells one to be. It joins, is cut off, does not read for a while, and comes back with what it had.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import msgspec
from pyroaring import BitMap

from sertantai.accounts.caller import ALL_SCOPES, Caller
from sertantai.core.access_state import rights_in
from sertantai.core.ids import GroupId, OwnerId, Position, UserId
from sertantai.core.rights import Right
from sertantai.core.state import GroupState, OwnerState
from sertantai.lists.access import Access
from sertantai.live.bounds import LAGGING_BYTES
from sertantai.live.conversation import Conversation
from sertantai.live.frames import Version
from sertantai.live.hub import Hub
from sertantai.live.joining import Joining
from sertantai.live.listening_rights import living
from sertantai.live.messages import Written
from sertantai.live.screens import Screen, Screens
from sertantai.live.telling import SHOWN
from sertantai.process.background import BackgroundService
from sertantai.process.under_way import UnderWay
from tests.simulation.colleagues import Works
from tests.simulation.model import Violation
from tests.simulation.world import Life, World

RETURN_S = 0.3
SETTLE_S = 2.0
TURNS_TO_SETTLE = 20
EVENTS = frozenset({"changes", "annotations", "list", "suggestions"})


class _Catalogue:
    def record_ids(self, numbers: BitMap) -> list[str]:
        return [str(number) for number in numbers]


class _Register:
    catalogue = _Catalogue()


class _Nothing:
    """No register and no state to tell of, and nobody greets."""

    def said(self, _kind: object) -> dict[str, object]:
        return {}

    def greet(self, _channel: object, _payload: object) -> None: ...


class Server:
    """The live channels of one life."""

    def __init__(self, world: World, life: Life, organizations: list[OwnerId]) -> None:
        async def organizations_of(_person: UserId) -> AsyncIterator[OwnerId]:
            for one in organizations:
                yield one

        self.life = life
        register: Any = _Register()
        self.hub = Hub(life.engine, register, world.clock, Screens())
        nothing = _Nothing()
        access = Access(life.engine, organizations_of)
        self.joining = Joining(self.hub, access, life.engine, register, nothing, nothing, UnderWay())
        self.reading = life.spawn(self.hub._run())
        assert isinstance(self.hub, BackgroundService)


class Watcher:
    """One client, of one list. ``outlet`` and client are one: what is written arrives at once."""

    def __init__(self, watching: "Watching", person: UserId, owner: OwnerId, list_: GroupId) -> None:
        self._watching = watching
        self.person = person
        self.owner = owner
        self._topic = f"list:{list_}"
        self._list = list_
        self._server: Server | None = None
        self._talk: Conversation | None = None
        self._saying: asyncio.Task[None] | None = None
        self._join_ref = 0
        self.is_joined = False
        self._is_lagging = False
        self.version, self.epoch = 0, ""
        self.records: dict[int, dict[str, Any] | None] | None = None
        """With what is noted beside each, where it is known; None: nothing was told yet."""
        self.told = 0

    # ---------------------------------------------------------------------------------- as an outlet

    @property
    def unread_bytes(self) -> int:
        return LAGGING_BYTES + 1 if self._is_lagging else 0

    def write(self, message: Written) -> None:
        server = self._server
        if server is not None and not server.life.dead:
            self._watching.world.holds(lambda: self._heard(server, message.text))

    def close(self, _code: int, _reason: str = "") -> None:
        self._drop()

    def abort(self) -> None:
        self._drop()

    # ------------------------------------------------------------------------------------- what it does

    async def run(self, rng: random.Random) -> None:
        while True:
            await asyncio.sleep(rng.random() * RETURN_S)
            server = await self._watching.server()
            if self._server is not server or self._talk is None:
                self._drop()
                self._connect(server)
                continue
            what = rng.random()
            if what < 0.15:
                self._drop()
            elif what < 0.3:
                self._is_lagging = True
                await asyncio.sleep(rng.random() * RETURN_S)
                self._read_again()
            elif what < 0.4 or not self.is_joined:
                self._join()

    def _connect(self, server: Server) -> None:
        caller = Caller(self.person, None, "user", None, ALL_SCOPES, None, None)
        screen = Screen(caller, None, self, server.hub.now())
        server.hub.add(screen)
        self._server, self._is_lagging = server, False

        async def nobody(*_given: object) -> None: ...

        self._talk = Conversation(
            screen, Version.V2, server.hub, server.joining, nobody, lambda *_given: None
        )
        self._join()

    def _join(self) -> None:
        talk, server = self._talk, self._server
        assert talk is not None
        assert server is not None
        self._join_ref += 1
        self.is_joined = False
        ref = str(self._join_ref)
        payload = {} if self.records is None else {"since": self.version, "epoch": self.epoch}
        frame = msgspec.json.encode([ref, ref, self._topic, "phx_join", payload]).decode()
        if not server.life.dead:
            self._saying = server.life.spawn(_said(talk, frame))

    def _read_again(self) -> None:
        self._is_lagging = False
        if self._talk is not None and self._server is not None and not self._server.life.dead:
            self._talk.drained()

    def _drop(self) -> None:
        talk, self._talk, self.is_joined = self._talk, None, False
        if talk is not None:
            talk.gone()

    # -------------------------------------------------------------------------------------- what it hears

    def _heard(self, server: Server, text: bytes) -> None:
        join_ref, _ref, topic, event, payload = msgspec.json.decode(text)
        if topic != self._topic or join_ref != str(self._join_ref):
            return  # of a join that another took the place of
        if event == "phx_reply" and payload["status"] == "ok":
            self._begin(payload["response"])
        elif event == "phx_reply":
            self.is_joined = False
        elif event in ("phx_close", "gone"):
            self.is_joined, self.records = False, None
        elif event == "phx_error":
            self._join()
        elif event == "reset":
            self.records = None
            self._join()
        elif event in EVENTS and self.is_joined:
            self._event(event, payload)
        self._compare(server)
        self.told += 1

    def _begin(self, said: dict[str, Any]) -> None:
        mode = said["mode"]
        if mode == "current":
            if said["version"] != self.version or self.records is None:
                raise Violation(f"told that it is current at {self.version}, which is {said}")
        elif mode == "changes":
            if self.records is None:
                raise Violation("told a difference to nothing")
            self._apply(said)
            self._note(said.get("annotations", {}))
        else:
            self.records = {}
            # Who does not read is given no laws with it, and asks for the list.
            laws = said["ids"] if "ids" in said else self._watching.laws(self.owner, self._list)
            self._add(map(int, laws), self._watching.notes(self.owner, self._list))
        self.version, self.epoch, self.is_joined = said["version"], said["epoch"], True

    def _event(self, event: str, told: dict[str, Any]) -> None:
        if told["from"] != self.version:
            raise Violation(f"{event} from {told['from']} to {told['version']}, and it has {self.version}")
        self.version = told["version"]
        if event == "changes":
            self._apply(told)
        elif event == "annotations":
            self._note(told)

    def _apply(self, told: dict[str, Any]) -> None:
        assert self.records is not None
        added, removed = map(int, told.get("added", ())), map(int, told.get("removed", ()))
        for number in removed:
            if number not in self.records:
                raise Violation(f"{number} was removed, and is not there")
            del self.records[number]
        self._add(added, {})  # what comes with notes is told with them

    def _add(self, numbers: Iterable[int], notes: dict[int, dict[str, Any]] | None) -> None:
        """With the notes that are known; None: they are not."""
        assert self.records is not None
        for number in numbers:
            if number in self.records:
                raise Violation(f"{number} was added twice")
            self.records[number] = None if notes is None else notes.get(number, {})

    def _note(self, told: dict[str, Any]) -> None:
        assert self.records is not None
        for id, annotation in told.get("records", {}).items():
            self.records[int(id)] = annotation

    # ------------------------------------------------------------------------------------------ checks

    def _compare(self, server: Server) -> None:
        """Whatever it shows of a version is what the list has at that version."""
        state = server.life.engine.in_sight(self.owner)
        if state is None or self.records is None:
            return
        if self.is_joined and not may_read(state, self._list, self.person):
            raise Violation(f"{self._topic} is told to whom it is nothing to")
        group = living(state, self._list)
        same = group is not None and (group.version, server.hub.epoch(self.owner)) == (
            self.version,
            self.epoch,
        )
        if group is not None and same and set(group.records) != self.records.keys():
            wrong = sorted(set(group.records) ^ self.records.keys())
            raise Violation(f"at {self.version} its screen and the list differ in {wrong}")
        model = self._watching.world.model
        model.learn()  # nobody may have heard of it: the server died
        view = None if model.rejected else model.views[self._list].get(Position(self.version))
        if view is not None and view != self.records.keys():
            raise Violation(f"at {self.version} its screen is not the list of that version")

    def _compare_notes(self) -> None:
        notes = self._watching.notes(self.owner, self._list)
        if notes is None or self.records is None:
            return
        shown = {number: one for number, one in self.records.items() if one is not None}
        if shown != {number: notes.get(number, {}) for number in shown}:
            raise Violation(f"{self._topic} is shown with other notes than it has")

    async def check_at_rest(self) -> None:
        """Nothing happens any more: it is joined and shows what is there, with its notes; or may not."""
        for _ in range(TURNS_TO_SETTLE):
            server = await self._watching.server()
            if self._server is not server or self._talk is None:
                self._drop()
                self._connect(server)
            elif not self.is_joined:
                self._join()
            self._read_again()
            await asyncio.sleep(SETTLE_S / TURNS_TO_SETTLE)
            group, may = await self._truth(server)
            if group is None or not may:
                if not self.is_joined:
                    return
            elif self.is_joined and self.version == group.version:
                self._compare(server)
                self._compare_notes()
                return
        raise Violation(f"{self._topic} is shown at {self.version} ({self.is_joined}), not as it is")

    async def _truth(self, server: Server) -> tuple[GroupState | None, bool]:
        """Of a move that was set aside the list is its giver's again, who may be whoever looks."""
        for owner in (self.owner, OwnerId(self.person)):
            state = await self._state(server, owner)
            if state is not None and (group := living(state, self._list)) is not None:
                self.owner = owner
                return group, may_read(state, self._list, self.person)
        return None, False

    async def _state(self, server: Server, owner: OwnerId) -> OwnerState | None:
        try:
            return await server.life.engine.state(owner)
        except Exception:  # noqa: BLE001  # it is gone
            return None


def may_read(state: OwnerState, list_: GroupId, person: UserId) -> bool:
    group = state.groups.get(list_)
    if group is None:
        return True  # it is gone, and that is told
    if state.access is None:
        return state.owner == person
    return Right.READ in rights_in(state.access, person, group.access)


async def _said(talk: Conversation, frame: str) -> None:
    talk.heard(frame)


class Watching:
    """All watchers of a story, each with dice of their own: the story stays what it is without them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self._rng = random.Random(f"watchers {seed}")
        self._server: Server | None = None
        self._organizations: list[OwnerId] = []
        self.watchers: list[Watcher] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def server(self) -> Server:
        await self.world.running.wait()
        life = self.world.life
        assert life is not None
        if self._server is None or self._server.life is not life:
            self._server = Server(self.world, life, self._organizations)
        return self._server

    def begin(self, works: Works | None) -> None:
        rng, self.world.is_watched = self._rng, True
        if works is not None:
            self._organizations.append(works.owner)
            for person in works.people:
                default = GroupId(UUID(int=rng.getrandbits(128)))
                self.world.database.add_user(OwnerId(person), default)  # with lists of their own, too
                self.watchers.append(Watcher(self, person, works.owner, rng.choice(works.lists)))
        for owner in self.world.owners:
            if works is None or owner != works.owner:
                default = self.world.model.defaults[owner]
                self.watchers += [Watcher(self, UserId(owner), owner, default) for _ in range(2)]
        for watcher in self.watchers:
            dice = random.Random(rng.random())
            self._tasks.append(asyncio.create_task(watcher.run(dice), name="watcher"))

    def laws(self, owner: OwnerId, list_: GroupId) -> Iterable[int]:
        """Those of a list as HTTP has them."""
        server = self._server
        group = None if server is None else living(server.life.engine.in_sight(owner), list_)
        assert group is not None, "it was joined in this very turn"
        return group.records

    def notes(self, owner: OwnerId, list_: GroupId) -> dict[int, dict[str, Any]] | None:
        """As HTTP shows them: a screen reads them with the list that it begins with. None: not at hand."""
        server = self._server
        group = None if server is None else living(server.life.engine.in_sight(owner), list_)
        if group is None:
            return None
        return {
            number: {key: one[key] for key in SHOWN if key in one}
            for number, one in group.annotations.items()
        }

    @property
    def told(self) -> int:
        return sum(watcher.told for watcher in self.watchers)

    async def end(self) -> None:
        """They do nothing more by themselves."""
        for task in self._tasks:
            task.cancel()
        await asyncio.sleep(SETTLE_S)

    async def check_at_rest(self) -> None:
        for watcher in self.watchers:
            # Of who was deleted nobody has told the server: their screens end with their sessions.
            if self.world.model.deleted_users.isdisjoint((watcher.owner, OwnerId(watcher.person))):
                await watcher.check_at_rest()
