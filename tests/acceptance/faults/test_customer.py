"""What somebody makes of a connection that ended while they were not looking."""

import asyncio
import json
import random

import pytest

from tests.acceptance.faults.customer import Customer, Refused
from tests.acceptance.faults.ledger import Broken
from tests.acceptance.faults.wire import Answer, Wire
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


class AlmostServed(Wire):
    """A list of one person, whose first change is done and yet answered with 503."""

    def __init__(self) -> None:
        super().__init__(0)
        self.selected: set[str] = set()
        self.version = 0
        self.newest: tuple[str, set[str]] = ("", set())

    async def ask(self, method: str, path: str, body: object = None, **_headers: str) -> Answer:
        if path.endswith("/undo"):
            undone, wanted = self.newest
        else:
            record, undone = path.rpartition("/")[2], None
            wanted = self.selected | {record} if method == "PUT" else self.selected - {record}
        changed, before, self.selected = len(wanted ^ self.selected), self.selected, wanted
        self.version += bool(changed)
        operation = f"operation {self.version}"
        if changed:
            self.newest = (operation, before)
        answer = {
            "operation_id": operation,
            "undone": undone,
            "changed": changed,
            "version": self.version,
            "count": len(self.selected),
        }
        if self.version == 1:
            return Answer(
                503, {"retry-after": "1"}, json.dumps({"code": "journal_unavailable"}).encode(), 0.0
            )
        return Answer(200, {}, json.dumps(answer).encode(), 0.0)


async def test_a_change_made_while_another_was_in_doubt_is_not_undone() -> None:
    """What it would bring back is not known: the doubt may have been done."""
    wire = AlmostServed()
    customer = Customer("somebody", wire, ["in doubt"], random.Random(1), lambda _opened_at: False)
    with pytest.raises(Refused):
        await customer.tick("in doubt", wish=True)
    await customer.tick("other", wish=True)
    await customer.tick("in doubt", wish=True)
    assert not customer.ledger.unsure
    await customer.undo()
    assert customer.ledger.selected == wire.selected == {"in doubt", "other"}
    await customer.tick("third", wish=True)
    await customer.undo()
    assert customer.ledger.selected == wire.selected == {"in doubt", "other"}
