"""Delivers alerts through Apprise, in a thread of its own, again and again until it works or is given up."""

import asyncio
import heapq
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Final, Protocol

from sertantai.core.clock import Clock
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.core.security_events import SecurityEvents
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.metrics import ALERTS
from sertantai.security.rules import Alert

log = logger(__name__)

WAITING_MAX: Final = 1_000
ATTEMPTS_MAX: Final = 12
"""Over about an hour."""
PAUSE_MIN_S: Final = 5.0
PAUSE_MAX_S: Final = 900.0
DELIVERY_S_MAX: Final = 60.0


class Delivery(Protocol):
    def deliver(self, alert: Alert) -> bool:
        """Hand it over, blocking; False: not everybody has it."""


class AppriseDelivery:
    """Everybody that the setting ``alert_urls`` names: mail, chat, webhook and over a hundred others."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls

    def deliver(self, alert: Alert) -> bool:
        # It loads its hundred services when it is imported: not before there is something to say.
        from apprise import Apprise, NotifyType

        apprise = Apprise()
        for url in self._urls:
            if not apprise.add(url):
                log.error("alert_url_not_understood", scheme=url.partition(":")[0])
        return bool(apprise.notify(title=alert.title, body=alert.body, notify_type=NotifyType.WARNING))


class Alerting(BackgroundService):
    """Background service. ``raise_alert`` never waits; what cannot be delivered in the end is an event."""

    task_name = "alerts"

    def __init__(self, delivery: Delivery | None, clock: Clock) -> None:
        self._delivery = delivery
        self._clock = clock
        self.events: SecurityEvents | None = None
        """Set once it exists: it reports to this service, and this service to it."""
        self._due: list[tuple[float, int, int, Alert]] = []
        self._numbers = count()
        self._wake = asyncio.Event()
        self._thread: ThreadPoolExecutor | None = None

    @property
    def waiting(self) -> int:
        return len(self._due)

    async def start(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="alerts")
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def raise_alert(self, alert: Alert) -> None:
        """Say it in the log, keep it as an event, and deliver it soon."""
        log.warning("alert", rule=alert.rule, subject=alert.subject, sentence=alert.sentence)
        details = {"rule": alert.rule, "subject": alert.subject, "unsaid": alert.unsaid}
        self._report(Kind.ALERT_RAISED, details)
        if self._delivery is None:
            ALERTS.labels("logged").inc()
        elif len(self._due) >= WAITING_MAX:
            self._give_up(alert, "too many alerts wait")
        else:
            self._put(alert, attempt=1, due_at=self._clock.monotonic())

    def _put(self, alert: Alert, *, attempt: int, due_at: float) -> None:
        heapq.heappush(self._due, (due_at, next(self._numbers), attempt, alert))
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            wait_s = self._due[0][0] - self._clock.monotonic() if self._due else None
            if wait_s is None or wait_s > 0:
                try:
                    async with asyncio.timeout(wait_s):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                continue
            _, _, attempt, alert = heapq.heappop(self._due)
            await self._deliver(alert, attempt)

    async def _deliver(self, alert: Alert, attempt: int) -> None:
        assert self._delivery is not None, "nothing is put without one"
        try:
            async with asyncio.timeout(DELIVERY_S_MAX):
                delivered = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._delivery.deliver, alert
                )
            reason = "refused"
        except Exception as error:  # noqa: BLE001  # a service may fail in any way; the alert is tried again
            delivered, reason = False, type(error).__name__
        if delivered:
            ALERTS.labels("delivered").inc()
        elif attempt >= ATTEMPTS_MAX:
            self._give_up(alert, reason)
        else:
            log.warning("alert_not_delivered", rule=alert.rule, reason=reason, attempt=attempt)
            pause_s = min(PAUSE_MAX_S, PAUSE_MIN_S * 2 ** (attempt - 1))
            self._put(alert, attempt=attempt + 1, due_at=self._clock.monotonic() + pause_s)

    def _give_up(self, alert: Alert, reason: str) -> None:
        ALERTS.labels("given_up").inc()
        log.error("alert_given_up", rule=alert.rule, subject=alert.subject, reason=reason)
        self._report(Kind.ALERT_FAILED, {"rule": alert.rule, "subject": alert.subject, "reason": reason})

    def _report(self, kind: Kind, details: dict[str, object]) -> None:
        if self.events is not None:
            self.events.record(kind, None, None, details)
