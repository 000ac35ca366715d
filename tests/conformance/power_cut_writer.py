"""The program whose power is cut: it appends, trims, and notes in ACKS what it was promised."""

import asyncio
import sqlite3
import sys
from pathlib import Path

from sertantai.core.ids import OwnerId, Position
from sertantai.journal.protocol import Checkpoint
from sertantai.journal.sqlite import SqliteJournal
from sertantai.process.new_ids import new_id

ROUNDS = 60


class SmallJournal(SqliteJournal):
    """Copies its log into the file every few pages, so that a short run does so often."""

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute("PRAGMA wal_autocheckpoint = 12")
        return connection


def body(serial: int) -> bytes:
    return b"%d:" % serial + b"x" * (serial * 37 % 3000)


async def main(path: Path, acks: Path) -> None:
    journal = SmallJournal(path)
    await journal.open()
    with acks.open("ab", buffering=0) as notes:
        for number in range(ROUNDS):
            serials = range(number * 10, number * 10 + number % 4 + 1)
            first = await journal.append([body(serial) for serial in serials])
            for position, serial in enumerate(serials, first):
                notes.write(b"ack %d %d\n" % (position, serial))
            if number % 20 == 19:
                upto = Position(journal.last - 5)
                notes.write(b"trim %d\n" % upto)
                await journal.trim(upto, {OwnerId(new_id()): Checkpoint(upto, b"state" * 100)})
    await journal.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
