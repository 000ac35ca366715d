"""What is made of a large answer is made elsewhere, and there it ends."""

import threading
from typing import Any, cast

from sertantai.postgres.large_answers import LET_GO_AT_ONCE, made_of

ROWS = 2 * LET_GO_AT_ONCE + 7


class Row:
    """Tells where it ends."""

    ended: list[int]

    def __init__(self, ended: list[int]) -> None:
        self.ended = ended

    def __del__(self) -> None:
        self.ended.append(threading.get_ident())


async def test_rows_end_where_they_were_looked_at() -> None:
    ended: list[int] = []
    rows = [Row(ended) for _ in range(ROWS)]
    others = [Row(ended)]
    assert (
        await made_of(lambda *answers: sum(map(len, answers)), cast(Any, rows), cast(Any, others)) == ROWS + 1
    )
    assert (len(rows), len(others), len(ended)) == (0, 0, ROWS + 1)
    assert threading.get_ident() not in ended
