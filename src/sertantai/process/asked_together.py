"""What many want to know at the same moment is asked in one question, as when everybody comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar, cast

from sertantai.core.errors import Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class AskedTogether(Generic[K, V]):
    """Whoever comes while nothing is asked is asked for at once, and alone; those who come meanwhile go into
    the next question, ``keys_max`` of them at most. ``questions_max`` are under way at a time.

    What somebody is told was asked after they came. Where a question of several fails for another reason than
    that nobody can be asked now, each is asked for alone.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        *,
        keys_max: int,
        questions_max: int = 1,
    ) -> None:
        self._ask = ask
        self._keys_max = keys_max
        self._questions_max = questions_max
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def get(self, key: K) -> V | None:
        """None: there is none. Raises what the question raises. Whoever goes away takes no question back."""
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if len(self._under_way) < self._questions_max:
            self._under_way.add(asyncio.create_task(self._ask_for_all(), name="asked-together"))
        return await asyncio.shield(future)

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                keys = list(islice(self._waiting, self._keys_max))
                await self._answer({key: self._waiting.pop(key) for key in keys})
        finally:
            # In the turn in which nobody waits any more: a callback of the task comes a turn later, and who
            # came between the two would wait for a question that nobody asks.
            self._under_way.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _answer(self, wanted: Mapping[K, "asyncio.Future[V | None]"]) -> None:
        try:
            found = await self._ask(list(wanted))
        except asyncio.CancelledError:
            for future in wanted.values():
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # whoever asked is told
            if len(wanted) > 1 and not isinstance(error, Unavailable):
                # It may lie with one of them: then it is nothing to the others.
                for key, future in wanted.items():
                    await self._answer({key: future})
                return
            for future in wanted.values():
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever asked may have gone; that is no error
        else:
            for key, future in wanted.items():
                if not future.done():
                    future.set_result(found.get(key))
