"""Mail that strangers may cause: written after they have been answered, so that the answer tells nothing.

Whether an address has an account shows neither in what is said nor in how long it takes to say it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.accounts.mail import texts as mail_texts
from sertantai.accounts.mail.links import MailLinks
from sertantai.accounts.model import User
from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError, Unavailable
from sertantai.core.ids import UserId
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger

log = logger(__name__)

WAITING_MAX: Final = 1_000
TOLD_AGAIN_AFTER_S: Final = 3600.0
TOLD_MAX: Final = 10_000

Job = Callable[[], Awaitable[object]]


class MailRequests(BackgroundService):
    """Background service: does what was asked for, one after the other.

    What waits when it is stopped is dropped: who asked asks again.
    """

    task_name = "mail-requests"

    def __init__(self, links: MailLinks, on_mail: Callable[[], None], clock: Clock) -> None:
        self._links = links
        self._clock = clock
        self._told_at: OrderedDict[UserId, float] = OrderedDict()
        self._on_mail = on_mail
        self._jobs: asyncio.Queue[Job] = asyncio.Queue(WAITING_MAX)

    @property
    def waiting(self) -> int:
        return self._jobs.qsize()

    async def done(self) -> None:
        """Wait until all that was asked for is in the outbox."""
        await self._jobs.join()

    def reset_password(self, user: User | None) -> None:
        """``user`` None: nobody has that address, and just as much is done here."""
        self._put(lambda: self._send(user, Purpose.RESET_PASSWORD))

    def confirm_email(self, user: User | None) -> None:
        self._put(lambda: self._send(user, Purpose.CONFIRM_EMAIL))

    def already_registered(self, user: User) -> None:
        """Once an hour, however often somebody tries."""
        now = self._clock.monotonic()
        if now - self._told_at.get(user.user_id, float("-inf")) < TOLD_AGAIN_AFTER_S:
            return
        self._told_at[user.user_id] = now
        self._told_at.move_to_end(user.user_id)
        if len(self._told_at) > TOLD_MAX:
            self._told_at.popitem(last=False)
        text = mail_texts.already_registered(self._links.url("/sign-in"), self._links.url("/forgot-password"))
        self._put(lambda: self._links.write(user, text))

    def _put(self, job: Job) -> None:
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            raise Unavailable(
                "Too many e-mails are waiting to be sent. Try again in a minute.", retry_after_s=60
            ) from None

    async def _send(self, user: User | None, purpose: Purpose) -> None:
        if user is not None and user.email and not user.is_disabled:
            await self._links.send(user, purpose)

    async def _run(self) -> None:
        while True:
            job = await self._jobs.get()
            try:
                await job()
                self._on_mail()
            except SertantaiError as error:
                log.warning("mail_not_written", reason=error.message)
            except Exception:  # nobody else writes the mails of others: this task outlives what it meets
                log.exception("mail_not_written")
            finally:
                self._jobs.task_done()
