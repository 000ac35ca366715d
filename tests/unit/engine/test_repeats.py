"""What was done under a key is done once, also while the journal cannot be read yet."""

from pathlib import Path
from uuid import UUID, uuid5

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import JournalUnavailable, Unavailable
from sertantai.core.ids import OperationId, Position, UserId
from sertantai.core.operations import BulkSelect
from sertantai.engine import repeats
from sertantai.engine.bounds import Bounds
from sertantai.engine.repeats import Repeats
from sertantai.journal.protocol import Entry
from sertantai.journal.sqlite import SqliteJournal
from tests.unit.engine.engine_house import ANN, LIST_OF, House, by

KEYED = OperationId(uuid5(UUID(int=7), "the same key"))


async def test_while_the_journal_cannot_be_read_nobody_says_that_it_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, Bounds())
    await house.open()
    asked = {**by(ANN, LIST_OF[ANN]), "id": KEYED}
    await house.engine.perform(BulkSelect(records=pack(bitmap((1, 2, 3))), **asked))

    async def broken(_journal: SqliteJournal, _after: Position, _count: int) -> list[Entry]:
        raise JournalUnavailable("The disk does not answer.")

    monkeypatch.setattr(repeats, "READ_WAIT_S", 0.01)
    known = Repeats(house.engine, house.asked, house.effects.of)
    with monkeypatch.context() as patch:
        patch.setattr(SqliteJournal, "read", broken)
        await known.start()
        with pytest.raises(Unavailable, match="cannot tell yet"):
            await known.done(ANN, UserId(ANN), KEYED)
    monkeypatch.setattr(repeats, "READ_WAIT_S", 60.0)
    done = await known.done(ANN, UserId(ANN), KEYED)
    assert done is not None
    assert done.changed == 3
    await known.stop()
    await house.close()
