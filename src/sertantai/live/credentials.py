"""What screens proved themselves with: asked once more when there is a reason to, and ended when it ends."""

import asyncio
from collections import OrderedDict
from hashlib import sha256
from typing import Final

from sertantai.accounts.caller import Caller, TokenScope
from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.live_sessions import Ended
from sertantai.accounts.service import Accounts
from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.http.protocol.websocket_protocol import GOING_AWAY
from sertantai.live.hub import Hub
from sertantai.live.screens import Credential, Screen
from sertantai.process.logs import logger

REFUSED_MAX: Final = 2_000
REFUSED_S: Final = 30.0
"""Who was refused comes again each 5 s, and is refused without a look into the database."""
CHECKS_AT_ONCE: Final = 8
NEVER: Final = float("-inf")

log = logger(__name__)


class Credentials:
    def __init__(self, accounts: Accounts, hub: Hub, clock: Clock) -> None:
        self._accounts = accounts
        self._hub = hub
        self._clock = clock
        self._refused: OrderedDict[bytes, float] = OrderedDict()
        self._checking: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._doubted_at = NEVER

    async def known(self, credential: Credential, ip: str | None, program: str | None) -> Caller | None:
        """Whom it speaks for; None: it is refused. Raises `Unavailable` where nobody can say."""
        mark, now = sha256(credential.token.encode()).digest(), self._clock.monotonic()
        if self._refused.get(mark, 0.0) > now:
            return None
        try:
            if credential.is_cookie:
                caller = await self._accounts.resolve_cookie(credential.token, ip, program)
            else:
                caller = await self._accounts.resolve_bearer(credential.token, ip, program)
        except TokenRefused:
            if not credential.is_cookie:
                self._accounts.note_misuse(ip)
            self._refused[mark] = now + REFUSED_S
            if len(self._refused) > REFUSED_MAX:
                self._refused.popitem(last=False)
            return None
        if caller.session_id is None and not caller.may(TokenScope.READ):
            self._accounts.note_misuse(ip, caller.user_id)
            return None
        return caller

    # ------------------------------------------------------------------------------------ their ends

    def ended(self, ended: Ended) -> None:
        """In the turn in which it is known. What of a person was ended is asked of each of their screens."""
        if ended.everything:
            self._doubted_at = self._clock.monotonic()
        elif ended.user_id is not None:
            for screen in self._hub.screens.of_user(ended.user_id):
                self.check(screen)
        else:
            for screen in self._hub.screens.of_session(ended.session_id, ended.token_hash):
                self._end(screen)

    def is_doubted(self, screen: Screen) -> bool:
        return screen.checked_at <= self._doubted_at

    def is_over(self, screen: Screen) -> bool:
        ends_at = screen.caller.expires_at
        return ends_at is not None and ends_at <= self._clock.now()

    def check(self, screen: Screen) -> None:
        """Ask whether it is good still, and end the screen where it is not."""
        task = asyncio.create_task(self._check(screen), name="live-check")
        self._checking.add(task)
        task.add_done_callback(self._checking.discard)

    async def _check(self, screen: Screen) -> None:
        async with self._turns:
            credential = screen.credential
            if screen.is_closed or credential is None:
                return
            screen.checked_at = self._clock.monotonic()
            try:
                caller = await self.known(credential, screen.caller.ip, screen.caller.user_agent)
            except SertantaiError as error:
                log.info("live_check_failed", reason=error.message)
                screen.checked_at = NEVER
                return
            if screen.credential is not credential:
                return  # of another than it has by now, which was asked about as it was given
            if not self._accounts.is_confirmed(credential.token):
                screen.checked_at = NEVER  # it goes on while nobody can say, and is asked again
        if caller is None or caller.user_id != screen.caller.user_id:
            self._end(screen)
        else:
            self._hub.screens.renew(screen, caller, credential)

    def _end(self, screen: Screen) -> None:
        self._hub.close_screen(screen, GOING_AWAY, "signed out")
