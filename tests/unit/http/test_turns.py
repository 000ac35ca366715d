"""What goes through much gives others their turns, and the longest turn is what is told."""

import asyncio
from collections.abc import Iterator

import pytest

from sertantai.http import turns
from sertantai.http.answers import PIECE_BYTES
from sertantai.http.asgi import Message, Receive, Scope, Send
from sertantai.http.pages.page_response import PIECES_AT_A_TIME, PageResponse
from sertantai.http.turns import SLICE_S, Turns, breathe, sliced

SCOPE: Scope = {"type": "http", "method": "GET", "path_template": "/much"}


class Work:
    """Moves the clock on, as work would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        monkeypatch.setattr(turns, "clock", lambda: self.seconds)

    def takes(self, slices: float) -> None:
        self.seconds += slices * SLICE_S


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


class Others:
    """Somebody else on the same loop, who counts the turns they are given."""

    async def __aenter__(self) -> "Others":
        self.turns = 0
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            self.turns += 1
            await asyncio.sleep(0)


async def longest_turn(handler: object) -> tuple[float, list[Message]]:
    """In slices, and what was sent."""
    told: list[float] = []
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    noting = Turns(handler, lambda _scope, longest_s: told.append(longest_s), long_s=0)  # type: ignore[arg-type]  # a function, as any
    await noting(SCOPE, receive, send)
    return told[0] / SLICE_S, sent


async def test_a_large_page_is_made_in_short_turns(work: Work) -> None:
    def pieces() -> Iterator[str]:
        for at in range(10_000):
            work.takes(0.01)
            yield f"<p>{at}</p>" if at % 2 else ""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        answer = PageResponse(pieces(), status_code=200, media_type="text/html")
        await answer.to_asgi_response(None, None)(scope, receive, send)

    async with Others() as others:
        longest, sent = await longest_turn(page)
    assert longest < 3
    assert others.turns >= 30
    body = b"".join(message["body"] for message in sent[1:])
    assert body.startswith(b"<p>1</p><p>3</p>")
    assert body.endswith(b"<p>9999</p>")
    assert dict(sent[0]["headers"])[b"content-length"] == b"%d" % len(body)


async def test_a_page_is_begun_in_a_turn_of_its_own_where_its_handler_took_long(work: Work) -> None:
    def pieces() -> Iterator[str]:
        work.takes(2)
        yield "<p>"

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        answer = PageResponse(pieces(), status_code=200, media_type="text/html")
        work.takes(2)
        await answer.to_asgi_response(None, None)(scope, receive, send)

    longest, _ = await longest_turn(page)
    assert longest == pytest.approx(2)


async def test_a_page_as_large_as_a_film_is_sent_in_parts_and_others_have_a_turn_between_them(
    work: Work,
) -> None:
    pieces = ["x" * (PIECE_BYTES // PIECES_AT_A_TIME)] * 3 * PIECES_AT_A_TIME

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        answer = PageResponse(iter(pieces), status_code=200, media_type="text/html")
        await answer.to_asgi_response(None, None)(scope, receive, send)

    async with Others() as others:
        _, sent = await longest_turn(page)
    bodies = [message["body"] for message in sent[1:]]
    assert len(bodies) == 4
    assert b"".join(bodies) == "".join(pieces).encode()
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, True, False]
    assert others.turns >= 3


async def test_a_page_that_cannot_be_made_is_not_begun(work: Work) -> None:
    def pieces() -> Iterator[str]:
        yield "<p>"
        work.takes(1)
        raise ZeroDivisionError

    sent: list[Message] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        answer = PageResponse(pieces(), status_code=200, media_type="text/html")
        with pytest.raises(ZeroDivisionError):
            await answer.to_asgi_response(None, None)(scope, receive, send)

    _, sent = await longest_turn(page)
    assert sent == []


async def test_rows_are_gone_through_in_short_turns(work: Work) -> None:
    done: list[int] = []

    async def rows(_scope: Scope, _receive: Receive, _send: Send) -> None:
        async for row in sliced(range(1_000)):
            work.takes(0.05)
            done.append(row)

    async with Others() as others:
        longest, _ = await longest_turn(rows)
    assert done == list(range(1_000))
    assert longest < 3
    assert others.turns >= 20


async def test_what_is_short_is_done_in_one_turn(work: Work) -> None:
    async def short(_scope: Scope, _receive: Receive, _send: Send) -> None:
        for _ in range(9):
            work.takes(0.1)
            await breathe()

    async with Others() as others:
        await longest_turn(short)
    assert others.turns == 0


async def test_the_longest_of_all_turns_is_told(work: Work) -> None:
    async def three(_scope: Scope, _receive: Receive, _send: Send) -> None:
        for slices in (1, 5, 2):
            work.takes(slices)
            await asyncio.sleep(0)

    longest, _ = await longest_turn(three)
    assert longest == pytest.approx(5)
