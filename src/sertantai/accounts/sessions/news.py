"""Listens for sessions that other servers have ended, so that nobody goes on with one here."""

import asyncio
from typing import Any
from uuid import UUID

from sertantai.accounts import sql
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import SessionId, UserId
from sertantai.postgres import Database, Role
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger

log = logger(__name__)

RECONNECT_MIN_S = 0.5
RECONNECT_MAX_S = 15.0
PING_EVERY_S = 30.0
PING_TIMEOUT_S = 10.0


class SessionNews(BackgroundService):
    """Background service: keeps one connection that listens; doubts everything whenever it was lost."""

    task_name = "session-news"

    def __init__(self, database: Database, live: LiveSessions) -> None:
        self._database = database
        self._live = live
        self.listening = asyncio.Event()
        """Set while news can be heard."""
        self.heard = asyncio.Event()
        """Set once any has been."""

    async def _run(self) -> None:
        pause_s = RECONNECT_MIN_S
        while True:
            try:
                await self._listen()
                pause_s = RECONNECT_MIN_S
            except SertantaiError as error:
                log.warning("session_news_lost", reason=error.message, retry_in_s=pause_s)
            self.listening.clear()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RECONNECT_MAX_S)

    async def _listen(self) -> None:
        """Returns when the connection is gone."""
        async with self._database.session(Role.ACCOUNTS) as connection:
            gone = asyncio.Event()
            connection.add_termination_listener(lambda _connection: gone.set())
            await connection.add_listener(sql.CHANNEL, self._hear)
            self._live.doubt_all()
            self.listening.set()
            while not gone.is_set():
                await self._wait(gone)
                # A half-open connection is silent; only asking shows that it is dead.
                async with asyncio.timeout(PING_TIMEOUT_S):
                    await connection.execute("SELECT 1")

    async def _wait(self, gone: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(PING_EVERY_S):
                await gone.wait()
        except TimeoutError:
            return

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._forget(payload)
        self.heard.set()

    def _forget(self, payload: object) -> None:
        kind, _, text = str(payload).partition(":")
        try:
            named = UUID(text)
        except ValueError:
            self._live.doubt_all()
            return
        if kind == "session":
            self._live.forget_session(SessionId(named))
        elif kind == "user":
            self._live.forget_user(UserId(named))
        else:
            self._live.doubt_all()
