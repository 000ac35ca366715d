"""Nobody waits for ever: a request that is not answered in time gets a plain 503.

Every wait on the way has a bound of its own. This one is for their sum, and for what nobody foresaw. The
handler is not broken off, since what it does may be durable already; whatever it says later is dropped.
"""

import asyncio
from contextvars import Context
from time import perf_counter
from typing import Final

from litestar import Request
from structlog.contextvars import bind_contextvars

from sertantai.core.errors import Unavailable
from sertantai.http.asgi import App, Message, Receive, Scope, Send
from sertantai.http.caller import AnyRequest
from sertantai.http.exception_handlers import answer_to_error
from sertantai.http.request_ids import request_id_in
from sertantai.process.logs import logger

ANSWER_WITHIN_S: Final = 4.5
RETRY_AFTER_S: Final = 2
TAKES_ITS_TIME: Final = "takes_its_time"
"""A route with this ``opt`` may work for longer before it begins to answer, as for a large file: so many
seconds, or as long as it takes, if it is True."""

log = logger(__name__)


class AnswerLate(Unavailable):
    """Whether it was done is not known."""

    code = "outcome_unknown"

    def __init__(self) -> None:
        super().__init__(
            "This is taking too long: we do not know yet whether it was saved. Check before you try again.",
            retry_after_s=RETRY_AFTER_S,
        )


class ReadingLate(Unavailable):
    """Nothing was to be changed, so nothing can be in doubt."""

    code = "reading_late"

    def __init__(self) -> None:
        super().__init__("This page is taking too long. Try again.", retry_after_s=RETRY_AFTER_S)


class Patience:
    """ASGI wrapper. The time that a client takes to send its request does not count."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._deadlines = _Deadlines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = _Watch(self._deadlines, scope, receive, send)
        watch.begin()
        try:
            await self._app(scope, watch.receive, watch.send)
        except Exception as error:
            if not watch.is_lost:
                raise
            log.exception("late_request_failed", exc_info=error)
        finally:
            watch.end()
            if watch.is_lost:
                await watch.answered()


class _Deadlines:
    """Who is waiting, and until when: one timer for all, since everybody waits equally long."""

    def __init__(self) -> None:
        self._until: dict[_Watch, float] = {}
        """In the order of their ends."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, watch: "_Watch") -> None:
        self._until[watch] = perf_counter() + ANSWER_WITHIN_S
        if self._timer is None:
            self._sleep(ANSWER_WITHIN_S)

    def end(self, watch: "_Watch") -> None:
        self._until.pop(watch, None)

    def _sleep(self, seconds: float) -> None:
        # In no request's context: it is for all of them.
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look, context=Context())

    def _look(self) -> None:
        self._timer = None
        now = perf_counter()
        while self._until:
            watch, until = next(iter(self._until.items()))
            if until > now:
                self._sleep(until - now)
                return
            del self._until[watch]
            watch.lose()


class _Watch:
    """One request: it ends with the first byte of the answer."""

    __slots__ = ("_answering", "_deadlines", "_is_over", "_later", "_receive", "_scope", "_send")

    def __init__(self, deadlines: _Deadlines, scope: Scope, receive: Receive, send: Send) -> None:
        self._deadlines = deadlines
        self._scope = scope
        self._receive = receive
        self._send = send
        self._is_over = False
        self._answering: asyncio.Task[None] | None = None
        """Our own answer, in the place of the handler's."""
        self._later: asyncio.TimerHandle | None = None
        """The end of a patience that is longer than others'."""

    @property
    def is_lost(self) -> bool:
        return self._answering is not None

    def begin(self) -> None:
        if not self._is_over:
            self._deadlines.begin(self)

    def end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._rest()

    def _rest(self) -> None:
        self._deadlines.end(self)
        if self._later is not None:
            self._later.cancel()

    async def receive(self) -> Message:
        self._rest()
        try:
            return await self._receive()
        finally:
            self.begin()

    async def send(self, message: Message) -> None:
        if self._answering is not None:
            return
        self.end()
        await self._send(message)

    async def answered(self) -> None:
        """Wait for our own answer, if there is one: the server takes a request that ends before it is
        answered for broken, and would answer it too."""
        if self._answering is not None:
            await self._answering

    def lose(self) -> None:
        """Nobody waits any longer, unless it is for something that takes its time."""
        handler = self._scope.get("route_handler")
        within_s = None if handler is None else handler.opt.get(TAKES_ITS_TIME)
        if within_s is None:
            self._give_up()
        elif within_s is not True:
            more_s = max(0.0, within_s - ANSWER_WITHIN_S)
            self._later = asyncio.get_running_loop().call_later(more_s, self._give_up, context=Context())

    def _give_up(self) -> None:
        self.end()
        self._answering = asyncio.get_running_loop().create_task(
            self._answer(), name="late-answer", context=Context()
        )

    async def _answer(self) -> None:
        bind_contextvars(request_id=request_id_in(self._scope))
        route = str(self._scope.get("path_template", "unknown"))
        log.warning("answer_late", method=self._scope.get("method"), route=route)
        request: AnyRequest = Request(self._scope)  # type: ignore[arg-type]  # see asgi.py
        response = answer_to_error(request, _late(self._scope)).to_asgi_response(None, request)
        await response(self._scope, self._receive, self._send)  # type: ignore[arg-type]  # see asgi.py


def _late(scope: Scope) -> Unavailable:
    return ReadingLate() if scope.get("method") in ("GET", "HEAD") else AnswerLate()
