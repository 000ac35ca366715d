"""bcrypt in a bounded pool of threads: it computes for a quarter of a second, and not on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final, TypeVar

from sertantai.accounts.passwords.hashes import (
    COST_MAX,
    HashForm,
    Verdict,
    check_password,
    cost_of,
    hash_password,
)
from sertantai.core.errors import InvalidInput, Unavailable

PUBLIC_COST_MIN: Final = 10

T = TypeVar("T")


class PasswordHasher:
    """Hashes and checks passwords; past ``waiting_max`` waiting jobs it raises `Unavailable`."""

    def __init__(self, *, cost: int, threads: int, waiting_max: int) -> None:
        self.cost = cost
        self._threads = threads
        self._dearest = cost
        """The highest cost met; what is wrong costs that, so that no foreign hash tells who is there."""
        self._jobs_max = threads + waiting_max
        self._jobs = 0
        self._pool: ThreadPoolExecutor | None = None

    @property
    def waiting(self) -> int:
        """Passwords that wait for a thread."""
        return max(0, self._jobs - self._threads)

    async def start(self) -> None:
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="bcrypt")

    async def stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def hash(self, password: str, form: HashForm = HashForm.OWN) -> str:
        return await self._run(lambda: hash_password(password, self.cost, form))

    async def check(self, password: str, stored: str | None, form: HashForm = HashForm.OWN) -> Verdict:
        """See `check_password`: what is wrong costs the same, whatever ``stored`` is."""
        self._dearest = max(self._dearest, min(cost_of(stored), COST_MAX))
        dearest = self._dearest
        return await self._run(
            lambda: check_password(password, stored, self.cost, form, failing_cost=dearest)
        )

    async def _run(self, job: Callable[[], T]) -> T:
        if self._pool is None:
            raise Unavailable("You cannot sign in while the server is stopping.", retry_after_s=5)
        if self._jobs >= self._jobs_max:
            raise Unavailable(
                "Too many people are signing in at once. Try again in a moment.", retry_after_s=2
            )
        self._jobs += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, job)
        finally:
            self._jobs -= 1


def require_fitting_cost(host: str, cost: int) -> None:
    """Raise `InvalidInput` for a cost that only tests may have, on a host that others can reach."""
    if cost < PUBLIC_COST_MIN and not _is_loopback(host):
        raise InvalidInput(
            f"bcrypt_cost: {cost} is for tests on this machine only; listening on {host} "
            f"it must be at least {PUBLIC_COST_MIN}.",
            field="bcrypt_cost",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
