"""What somebody makes of a connection that ended while they were not looking."""

import asyncio
import json
import random

import pytest

from tests.acceptance.faults.customer import Customer
from tests.acceptance.faults.ledger import Broken
from tests.acceptance.faults.wire import Wire
from tests.fixtures.ports import HERE

LIST_OF_NOTHING = json.dumps({"record_ids": []}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(LIST_OF_NOTHING), LIST_OF_NOTHING)


async def one_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that dies after it, without a word on the connections that are kept."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("died", [True, False], ids=["after a restart", "while it runs"])
async def test_a_connection_kept_from_before_a_restart_is_opened_again_and_no_other(died: bool) -> None:
    server = await asyncio.start_server(one_answer, HERE, 0)
    wire = Wire(server.sockets[0].getsockname()[1])
    customer = Customer("somebody", wire, [], random.Random(1), lambda _opened_at: died)
    await customer.settle()
    if died:
        await customer.settle()
    else:
        with pytest.raises(Broken, match="the server runs"):
            await customer.settle()
    wire.close()
    server.close()
    await server.wait_closed()
