"""Somebody who works with a list while things break, and believes only what was acknowledged."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.acceptance.faults.ledger import Broken, Ledger
from tests.acceptance.faults.tally import Tally
from tests.acceptance.faults.wire import Answer, Cut, Wire

LIST = "/api/v1/groups/default"
TRIES_MAX = 3
SETTLE_TRIES_MAX = 50
BULK_RECORDS_MAX = 12
REFUSED_PAUSE_S = 0.2
"""Less than what Retry-After asks for: people are impatient."""


class Refused(Exception):
    """503 or 429: nothing is known to have happened."""


class Customer:
    """``may_be_cut`` says whether a connection opened at a time may have ended since."""

    def __init__(
        self,
        name: str,
        wire: Wire,
        records: list[str],
        rng: random.Random,
        may_be_cut: Callable[[float], bool],
    ) -> None:
        self.name = name
        self.wire = wire
        self.records = records
        self.random = rng
        self.ledger = Ledger()
        self.tally = Tally()
        self._may_be_cut = may_be_cut
        self._undoable: tuple[str, set[str]] | None = None
        """The newest change, if it can be undone: its id, and the list as it was before."""
        self._actions = {
            self._tick: 60,
            self._bulk: 8,
            self.undo: 6,
            self._read_ids: 10,
            self._read_page: 8,
            self._read_count: 8,
        }

    async def work(self, stop: asyncio.Event, think_s: float) -> None:
        while not stop.is_set():
            action = self.random.choices([*self._actions], [*self._actions.values()])[0]
            try:
                await action()
            except (Cut, Refused):
                await asyncio.sleep(REFUSED_PAUSE_S * self.random.uniform(0.5, 1.5))
            await asyncio.sleep(think_s * self.random.uniform(0.5, 1.5))

    async def work_under_keys(self, times: int) -> None:
        """So many bulk changes, one after the other, each under a key of its own."""
        for _ in range(times):
            await self._bulk()

    async def settle(self) -> None:
        """Compare the list with the ledger while nothing is under way.

        A connection kept from before a fault may be found closed only now: asking again is what clients do.
        """
        self.ledger.settle(await self._list_as_shown())
        self._undoable = None

    async def _list_as_shown(self) -> list[str]:
        for _ in range(SETTLE_TRIES_MAX - 1):
            try:
                return await self._record_ids()
            except Cut:
                continue
            except Refused:
                await asyncio.sleep(REFUSED_PAUSE_S)
        return await self._record_ids()

    async def _record_ids(self) -> list[str]:
        answer = await self._ask("GET", f"{LIST}/record-ids")
        found: list[str] = answer.json()["record_ids"]
        return found

    # Changes

    async def _tick(self) -> None:
        await self.tick(self.random.choice(self.records), wish=self.random.random() < 0.6)

    async def tick(self, record: str, *, wish: bool) -> None:
        await self._change(
            [record], wish, lambda: self._ask("PUT" if wish else "DELETE", f"{LIST}/records/{record}")
        )

    async def _bulk(self) -> None:
        records = self.random.sample(self.records, self.random.randint(2, BULK_RECORDS_MAX))
        wish = self.random.random() < 0.5
        body = {"action": "bulk_select" if wish else "bulk_deselect", "record_ids": records}
        key = self._new_key()
        await self._again_and_again(
            lambda: self._change(
                records, wish, lambda: self._ask("POST", f"{LIST}/operations", body, Idempotency_Key=key)
            )
        )

    async def _change(self, records: list[str], wish: bool, ask: Callable[[], Awaitable[Answer]]) -> None:
        before = None if self.ledger.unsure else set(self.ledger.selected)
        try:
            answer = (await ask()).json()
        except (Cut, Refused):
            self.ledger.doubt(records)
            self._undoable = None
            raise
        self.ledger.acknowledge(records, wish, answer)
        self.tally.acknowledged += 1
        if answer["changed"]:
            # Where something was in doubt before, undo brings back a list that nobody here knows.
            self._undoable = None if before is None else (answer["operation_id"], before)

    async def undo(self) -> None:
        if self._undoable is None or self.ledger.unsure:
            return
        (operation, before), key = self._undoable, self._new_key()
        self._undoable = None
        touched = before ^ self.ledger.selected

        async def ask() -> None:
            try:
                answer = (await self._ask("POST", f"{LIST}/undo", {}, Idempotency_Key=key)).json()
            except (Cut, Refused):
                self.ledger.doubt(touched)
                raise
            if answer["undone"] != operation:
                raise Broken(f"the newest change was {operation}, but another was undone: {answer}")
            self.ledger.acknowledge_undo(before, answer)
            self.tally.acknowledged += 1

        await self._again_and_again(ask)

    async def _again_and_again(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Send a request with its key until it is answered, as clients are told to."""
        for _ in range(TRIES_MAX - 1):
            try:
                await ask()
            except (Cut, Refused):
                await asyncio.sleep(REFUSED_PAUSE_S)
            else:
                return
        await ask()

    # Reads

    async def _read_ids(self) -> None:
        self.ledger.check(await self._record_ids())
        self.tally.read += 1

    async def _read_page(self) -> None:
        answer = await self._ask("GET", "/api/v1/records?group=default&limit=100")
        shown = {row["id"]: row["selected"] for row in answer.json()["items"]}
        if not shown.keys() & set(self.records):
            raise Broken("the register's page shows none of the records")
        known = shown.keys() & set(self.records) - self.ledger.unsure
        wrong = {record for record in known if shown[record] != (record in self.ledger.selected)}
        if wrong:
            raise Broken(f"the register's page shows {len(wrong)} of {len(known)} records with a wrong tick")
        self.tally.read += 1

    async def _read_count(self) -> None:
        count = (await self._ask("GET", LIST)).json()["count"]
        known = len(self.ledger.selected - self.ledger.unsure)
        if not known <= count <= known + len(self.ledger.unsure):
            raise Broken(f"the list has {known} records, and is told to have {count}")
        self.tally.read += 1

    # Asking

    async def _ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        try:
            answer = await self.wire.ask(method, path, body, **headers)
        except Cut as cut:
            if not self._may_be_cut(self.wire.opened_at):
                raise Broken(f"the server runs, and yet: {cut}") from cut
            self.tally.cut += 1
            raise
        self.tally.note(answer)
        if answer.status in (429, 503):
            assert answer.retry_after_s > 0
            self.tally.refused[answer.json()["code"]] += 1
            raise Refused
        if answer.status != 200:
            raise Broken(f"{method} {path} was answered {answer.status}: {answer.body[:300]!r}")
        return answer

    def _new_key(self) -> str:
        return f"{self.random.getrandbits(64):016x}"
