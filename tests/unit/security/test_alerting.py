"""Alerts are delivered in a thread, tried again, and reported when they are given up."""

import asyncio
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.process.system_clock import SystemClock
from sertantai.security import alerting
from sertantai.security.alerting import Alerting, AppriseDelivery
from sertantai.security.rules import Alert

ALERT = Alert("protection", "system", "Something happened.")
WAITED_S_MAX = 60.0


class Recipient:
    """Refuses so many times before it takes an alert."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.tries = 0
        self.thread = ""
        self.got = threading.Event()

    def deliver(self, alert: Alert) -> bool:
        self.tries += 1
        self.thread = threading.current_thread().name
        if self.tries <= self.refusals:
            raise ConnectionError("not now")
        self.got.set()
        return True


class Events:
    def __init__(self) -> None:
        self.kinds: list[Kind] = []
        self.given_up = asyncio.Event()

    def record(
        self,
        kind: Kind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.kinds.append(kind)
        if kind is Kind.ALERT_FAILED:
            self.given_up.set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "PAUSE_MIN_S", 0.001)


async def test_an_alert_is_delivered_in_another_thread_after_failures(impatient: None) -> None:
    recipient = Recipient(refusals=3)
    service = Alerting(recipient, SystemClock())
    await service.start()
    service.raise_alert(ALERT)
    assert await asyncio.to_thread(recipient.got.wait, WAITED_S_MAX)
    await service.stop()
    assert recipient.tries == 4
    assert recipient.thread.startswith("alerts")


async def test_an_alert_that_cannot_be_delivered_is_given_up_and_reported(impatient: None) -> None:
    service, events = Alerting(Recipient(refusals=1_000), SystemClock()), Events()
    service.events = events
    await service.start()
    service.raise_alert(ALERT)
    async with asyncio.timeout(WAITED_S_MAX):
        await events.given_up.wait()
    await service.stop()
    assert events.kinds == [Kind.ALERT_RAISED, Kind.ALERT_FAILED]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Apprise asks an old module for image types
def test_apprise_posts_the_alert_to_a_webhook() -> None:
    bodies: list[bytes] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Be quiet."""

    with HTTPServer(("127.0.0.1", 0), Webhook) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        delivered = AppriseDelivery([f"json://127.0.0.1:{server.server_port}/hook"]).deliver(ALERT)
        thread.join(WAITED_S_MAX)
    assert delivered
    assert b"Something happened." in bodies[0]
