"""A screen proves itself anew while what it had before is being asked about: the last counts."""

from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace

from sertantai.accounts.caller import Caller
from sertantai.accounts.errors import TokenRefused
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Unavailable
from sertantai.core.ids import SessionId, UserId
from sertantai.live.credentials import Credentials
from sertantai.live.screens import Credential, Screen, Screens
from tests.unit.live.people import Sheet, caller

SESSION = SessionId(UUID(int=5))
OLD, NEW = Credential("old", is_cookie=False), Credential("new", is_cookie=False)
OLD_CALLER = replace(caller(1), session_id=SESSION)
Answer = Callable[[], Caller]


class Rooms:
    """As much of the hub and of accounts as is asked of them. ``meanwhile`` happens before the answer."""

    def __init__(self, answer: Answer, meanwhile: Callable[["Rooms"], None]) -> None:
        self.screens = Screens()
        self.screen = Screen(OLD_CALLER, OLD, Sheet(), 0.0)
        self.screens.add(self.screen)
        self.ended: list[Screen] = []
        self._answer, self._meanwhile = answer, meanwhile

    async def resolve_bearer(self, token: str, _ip: str | None, _program: str | None) -> Caller:
        assert token == OLD.token
        self._meanwhile(self)
        return self._answer()

    def is_confirmed(self, _token: str) -> bool:
        return True

    def note_misuse(self, ip: str | None, user_id: UserId | None = None) -> None: ...

    def close_screen(self, screen: Screen, _code: int, _why: str) -> None:
        self.ended.append(screen)
        self.go()

    def go(self) -> None:
        self.screen.is_closed = True
        self.screens.remove(self.screen)

    async def check(self) -> None:
        await Credentials(self, self, ManualClock())._check(self.screen)  # type: ignore[arg-type]  # see above


def refused() -> Caller:
    raise TokenRefused


def unknown() -> Caller:
    raise Unavailable("Nobody can say.")


@pytest.mark.parametrize("answer", [lambda: OLD_CALLER, lambda: caller(2), refused, unknown])
async def test_what_is_said_of_the_old_one_changes_nothing(answer: Answer) -> None:
    rooms = Rooms(answer, lambda rooms: rooms.screens.renew(rooms.screen, caller(1), NEW))
    await rooms.check()
    assert (rooms.screen.caller, rooms.screen.credential, rooms.ended) == (caller(1), NEW, [])
    assert rooms.screens.of_session(None, NEW.hash) == [rooms.screen]
    rooms.go()
    assert not rooms.screens._by_proof


async def test_who_went_meanwhile_does_not_come_back() -> None:
    rooms = Rooms(lambda: replace(OLD_CALLER, session_id=None), Rooms.go)
    await rooms.check()
    assert (len(rooms.screens), rooms.ended) == (0, [])
    assert not rooms.screens._by_proof
    rooms.screens.renew(rooms.screen, caller(1), NEW)
    assert (len(rooms.screens), rooms.screens.of_user(caller(1).user_id)) == (0, [])


async def test_what_is_said_of_the_same_one_counts() -> None:
    """That of which session it is, too."""
    other = SessionId(UUID(int=6))
    rooms = Rooms(lambda: replace(OLD_CALLER, session_id=other), lambda _: None)
    await rooms.check()
    assert rooms.screens.of_session(other, None) == [rooms.screen]
    assert not rooms.screens.of_session(SESSION, None)
    ended = Rooms(refused, lambda _: None)
    await ended.check()
    assert ended.ended == [ended.screen]
