"""Who comes too often costs nothing: the refused are remembered, and of those who come so many are let in."""

from typing import Any
from uuid import UUID

import pytest

from sertantai.accounts.caller import Caller
from sertantai.accounts.errors import TokenRefused
from sertantai.core.clock import ManualClock
from sertantai.live.credentials import REFUSED_MAX, REFUSED_S, Credentials
from sertantai.live.screens import Credential
from sertantai.live.tickets import Tickets
from sertantai.web.live.knocking import Doorkeeper, Refused
from sertantai.web.live.sockets import HANDSHAKES_MAX, PATH, Sockets


class Nobody:
    """Accounts that know no one."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve_bearer(self, token: str, _ip: str | None, _program: str | None) -> Caller:
        self.asked.append(token)
        raise TokenRefused

    resolve_cookie = resolve_bearer

    def note_misuse(self, ip: str | None, user_id: UUID | None = None) -> None: ...


async def test_who_was_refused_costs_no_look_for_a_while() -> None:
    accounts, clock = Nobody(), ManualClock()
    credentials = Credentials(accounts, None, clock)  # type: ignore[arg-type]  # as much as is asked of them
    for _ in range(3):
        assert await credentials.known(Credential("a", is_cookie=False), None, None) is None
    assert accounts.asked == ["a"]
    clock.advance(REFUSED_S)
    await credentials.known(Credential("a", is_cookie=False), None, None)
    assert accounts.asked == ["a", "a"]


async def test_so_many_of_the_refused_are_remembered_and_no_more() -> None:
    accounts = Nobody()
    credentials = Credentials(accounts, None, ManualClock())  # type: ignore[arg-type]  # as above
    for number in range(REFUSED_MAX):
        await credentials.known(Credential(str(number), is_cookie=True), None, None)
    await credentials.known(Credential("0", is_cookie=True), None, None)
    assert len(accounts.asked) == REFUSED_MAX
    await credentials.known(Credential("one more", is_cookie=True), None, None)
    await credentials.known(Credential("1", is_cookie=True), None, None)
    assert len(accounts.asked) == REFUSED_MAX + 1
    await credentials.known(Credential("0", is_cookie=True), None, None)
    assert accounts.asked[-2:] == ["one more", "0"], "the oldest was forgotten"


class Closed:
    """A door at which nobody passes."""

    is_ending = False

    def look(self, _scope: Any) -> None:
        raise Refused(403, "Not you.")


async def test_so_many_handshakes_go_on_at_once_and_no_more() -> None:
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        raise AssertionError("nobody was let in")

    sockets = Sockets(Closed(), Closed())  # type: ignore[arg-type]  # as much as is asked of them
    for under_way, status in ((HANDSHAKES_MAX - 1, 403), (HANDSHAKES_MAX, 503)):
        said.clear()
        sockets._under_way = under_way
        await sockets({"type": "websocket", "path": PATH}, receive, send)
        assert said[0]["status"] == status
        assert ((b"retry-after", b"2") in said[0]["headers"]) == (status == 503)
        assert sockets._under_way == under_way


@pytest.mark.parametrize("origin", [b"http://[", b"null", b"", b"http://x.example]:1"])
def test_an_origin_that_is_none_is_refused_in_words(origin: bytes) -> None:
    clock = ManualClock()
    credentials = Credentials(Nobody(), None, clock)  # type: ignore[arg-type]  # as much as is asked of them
    door = Doorkeeper(credentials, Tickets(clock), "session", ())
    headers = [(b"host", b"here.example"), (b"origin", origin)]
    with pytest.raises(Refused, match="origin"):
        door.look({"query_string": b"vsn=2.0.0&token=x", "scheme": "ws", "headers": headers})


@pytest.mark.parametrize(
    ("scheme", "page", "is_let_in"),
    [("ws", "http", True), ("wss", "https", True), ("ws", "https", True), ("wss", "http", False)],
)
def test_a_page_that_anybody_may_have_written_asks_no_safe_address(
    scheme: str, page: str, is_let_in: bool
) -> None:
    clock = ManualClock()
    credentials = Credentials(Nobody(), None, clock)  # type: ignore[arg-type]  # as much as is asked of them
    door = Doorkeeper(credentials, Tickets(clock), "session", ())
    headers = [
        (b"host", b"here.example"),
        (b"origin", f"{page}://here.example".encode()),
        (b"cookie", b"session=hers"),
    ]
    scope = {"query_string": b"vsn=2.0.0", "scheme": scheme, "headers": headers, "client": ("192.0.2.1", 1)}
    if is_let_in:
        assert door.look(scope).credential is not None
    else:
        with pytest.raises(Refused, match="origin"):
            door.look(scope)
