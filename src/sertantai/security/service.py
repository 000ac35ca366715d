"""Security as the composition root sees it: one service that puts recorder, rules and alerts together."""

from collections.abc import Callable, Mapping

from sertantai.core.clock import Clock
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.engine.feed import Feed
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from sertantai.sealing.notices import Notices
from sertantai.security.alerting import Alerting, AppriseDelivery, Delivery
from sertantai.security.denials import DenialWatch
from sertantai.security.events_told import EventsTelling, EventsTold
from sertantai.security.recording import EventRecorder
from sertantai.security.retention import EventRetention
from sertantai.security.rules import Judge, rules_of
from sertantai.security.store import SecurityEventStore
from sertantai.security.watching import FeedWatch

STATE_KEY = "security"


class Security:
    """Is a `SecurityEvents`; start it before whoever reports to it, and stop it after."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        feed: Feed | None = None,
        delivery: Delivery | None = None,
        notices: Notices | None = None,
    ) -> None:
        """``feed`` is the engine's, of whose changes the unusual ones are recorded. ``notices``: with which
        the sealed log is told of events."""
        if delivery is None and settings.alert_urls:
            delivery = AppriseDelivery(settings.alert_urls)
        self.clock = clock
        self.rules = rules_of(settings)
        told = None if notices is None else EventsTold(notices, clock)
        self._telling = None if told is None else EventsTelling(database, told)
        self.store = SecurityEventStore(database, told)
        self.alerting = Alerting(delivery, clock)
        self.has_recipients = delivery is not None
        self._judge = Judge(self.rules, settings.security_alert_quiet_s)
        self._recorder = EventRecorder(
            self.store,
            clock,
            waiting_max=settings.security_events_waiting_max,
            on_event=self._judged,
        )
        self.alerting.events = self._recorder
        self._retention = EventRetention(self.store, settings.security_events_retention_days)
        self.denials = DenialWatch(self.store, self)
        unusual = settings.security_mass_removal_records, settings.security_mass_removal_fraction
        self._watch = FeedWatch(feed or Feed(), self, *unusual)

    @property
    def queues(self) -> dict[str, Callable[[], int]]:
        """What waits, for the metrics."""
        return {
            "security events": lambda: self._recorder.waiting,
            "alerts": lambda: self.alerting.waiting,
        }

    async def start(self) -> None:
        await self._recorder.start()
        await self._watch.start()
        await self.alerting.start()
        await self.denials.start()
        await self._retention.start()
        if self._telling is not None:
            await self._telling.start()

    async def stop(self) -> None:
        await self._retention.stop()
        await self.denials.stop()
        await self.alerting.stop()
        await self._watch.stop()
        await self._recorder.stop()
        if self._telling is not None:
            await self._telling.stop()

    def record(
        self,
        kind: Kind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """See `SecurityEvents`."""
        self._recorder.record(kind, user_id, ip, details)

    def on_clock_ahead(self, seconds: float) -> None:
        """The clock is ahead of all that was known: for a day, nothing that is old by it is removed."""
        self.record(Kind.CLOCK_AHEAD, None, None, {"days": round(seconds / 86_400, 1)})

    def on_clock_believed(self, seconds: float) -> None:
        """It has said so for a day: what is old by it is removed from now on."""
        self.record(Kind.CLOCK_BELIEVED, None, None, {"days": round(seconds / 86_400, 1)})

    def on_sealed_differs(self, what: str) -> None:
        """The history in the database, or the sealed log, is not what it was."""
        self.record(Kind.TRAIL_DIFFERS, None, None, {"reason": what})

    def on_trail_unheard(self, who: str, reason: str) -> None:
        """Somebody outside who is to remember the sealed log has been silent for a day."""
        self.record(Kind.TRAIL_UNHEARD, None, None, {"who": who, "reason": reason})

    def on_retention_failed(self, reason: str) -> None:
        """What is over could not be removed; told once until it could."""
        self.record(Kind.RETENTION_FAILED, None, None, {"reason": reason})

    def on_protection(self, statement: str) -> None:
        """PostgreSQL refused to change rows that are kept for ever."""
        self.record(Kind.PROTECTION_TRIGGERED, None, None, {"reason": statement})

    def _judged(self, kind: Kind, user_id: UserId | None, ip: str | None) -> None:
        for alert in self._judge.judge(kind, user_id, ip, self.clock.monotonic()):
            self.alerting.raise_alert(alert)
