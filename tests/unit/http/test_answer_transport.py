"""A small answer is one packet; nothing is kept back that nobody will send later."""

import asyncio
from typing import cast

import pytest

from sertantai.http.protocol.answer_transport import ONE_PACKET_BYTES_MAX, AnswerTransport

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Connection:
    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.packets.append(data)

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def connection() -> Connection:
    return Connection()


def answer_on(connection: Connection) -> AnswerTransport:
    return AnswerTransport(cast(asyncio.Transport, connection), asyncio.get_running_loop(), connection.close)


async def test_head_and_body_are_one_packet(connection: Connection) -> None:
    answer = answer_on(connection)
    answer.write(HEAD)
    assert connection.packets == []
    answer.write(b"body")
    answer.write(b"more")
    await asyncio.sleep(0)
    assert connection.packets == [HEAD + b"body", b"more"]


async def test_a_head_without_a_body_goes_out_at_the_end_of_the_turn(connection: Connection) -> None:
    answer_on(connection).write(HEAD)
    await asyncio.sleep(0)
    assert connection.packets == [HEAD]


async def test_a_connection_is_closed_behind_the_head(connection: Connection) -> None:
    answer = answer_on(connection)
    answer.write(HEAD)
    answer.close()
    await asyncio.sleep(0)
    assert connection.packets == [HEAD]
    assert connection.is_closed


async def test_a_client_that_asks_first_is_told_to_go_on_at_once(connection: Connection) -> None:
    answer = answer_on(connection)
    answer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert len(connection.packets) == 1
    answer.write(HEAD)
    answer.write(b"body")
    assert connection.packets[1:] == [HEAD + b"body"]


@pytest.mark.parametrize(("size", "packets"), [(ONE_PACKET_BYTES_MAX, 1), (ONE_PACKET_BYTES_MAX + 1, 2)])
async def test_what_is_large_is_not_copied(connection: Connection, size: int, packets: int) -> None:
    answer = answer_on(connection)
    answer.write(HEAD)
    answer.write(bytes(size))
    assert len(connection.packets) == packets
    assert b"".join(connection.packets) == HEAD + bytes(size)
