"""Health and metrics routes over probes that the rooms above provide."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from sertantai.core.errors import Forbidden
from sertantai.http.caller import ADMIN_ROLE, AnyRequest, caller_or_none
from sertantai.http.client_address import LOOPBACK
from sertantai.http.guards import public
from sertantai.process.logs import logger

PROBE_TIMEOUT_S: Final = 2.0
GOOD_FOR_S: Final = 0.25
FORWARDING_HEADERS: Final = ("x-forwarded-for", "forwarded", "via")

log = logger(__name__)


class Health(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    """It works, but something is late or away; changes are still taken."""
    DOWN = "down"
    """It cannot take changes."""


_WORSE: Final = {Health.OK: 0, Health.DEGRADED: 1, Health.DOWN: 2}


class ProbeResult(Struct, frozen=True, omit_defaults=True):
    """What a probe found. ``detail`` is for an operator; ``measures`` are numbers by name, unit last."""

    status: Health
    detail: str = ""
    measures: dict[str, float] = {}


class Probe(Struct, frozen=True):
    """A named question. ``worst`` caps what it can do to the whole: a late database only degrades."""

    name: str
    ask: Callable[[], Awaitable[ProbeResult]]
    worst: Health = Health.DOWN


class Readiness(Struct, frozen=True):
    status: Health
    checks: dict[str, ProbeResult]


def require_metrics_access(request: AnyRequest, access: str) -> None:
    """Raise `Forbidden` unless the setting ``metrics_access`` lets this caller in."""
    caller = caller_or_none(request)
    is_admin = caller is not None and caller.role == ADMIN_ROLE
    is_local = request.client is not None and request.client.host in LOOPBACK
    # A proxy on this machine asks for somebody else.
    is_forwarded = any(name in request.headers for name in FORWARDING_HEADERS)
    is_let_in = access == "everybody" or is_admin or (access == "local" and is_local and not is_forwarded)
    if not is_let_in:
        raise Forbidden("You cannot read the metrics; see the setting metrics_access.")


async def readiness(probes: Sequence[Probe]) -> Readiness:
    """Ask all probes at once; one that fails or hangs counts as down, as far as it may."""
    results = await asyncio.gather(*(_ask(probe) for probe in probes))
    checks = {probe.name: result for probe, result in zip(probes, results, strict=True)}
    worst = max((result.status for result in results), key=_WORSE.__getitem__, default=Health.OK)
    return Readiness(worst, checks)


class ReadinessLately:
    """Asks the probes once for all who ask at the same time or soon after: anybody may ask, at any rate."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = probes
        self._asking: asyncio.Task[Readiness] | None = None
        self._asked_at = float("-inf")

    async def get(self) -> Readiness:
        loop = asyncio.get_running_loop()
        asking = self._asking
        is_old = asking is not None and asking.done() and loop.time() - self._asked_at > GOOD_FOR_S
        if asking is None or is_old or asking.cancelled():
            self._asked_at = loop.time()
            asking = self._asking = loop.create_task(readiness(self._probes), name="readiness")
        return await asyncio.shield(asking)


async def _ask(probe: Probe) -> ProbeResult:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            found = await probe.ask()
    except Exception as error:  # noqa: BLE001  # whatever fails in a probe is what it has found
        log.warning("probe_failed", probe=probe.name, error=str(error))
        found = ProbeResult(Health.DOWN, f"The check itself failed: {type(error).__name__}.")
    status = min(found.status, probe.worst, key=_WORSE.__getitem__)
    return ProbeResult(status, found.detail, found.measures)


def health_routes(
    ask: Callable[[], Awaitable[Readiness]], registry: CollectorRegistry, metrics_access: Callable[[], str]
) -> list[HTTPRouteHandler]:
    """``/health/live``, ``/health/ready``, which ``ask``s, and ``/metrics``."""

    @get("/health/live", guards=[public], include_in_schema=False, sync_to_thread=False)
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @get("/health/ready", guards=[public], include_in_schema=False)
    async def ready() -> Response[Readiness]:
        found = await ask()
        down = found.status is Health.DOWN
        headers: dict[str, Any] = {"Retry-After": "5"} if down else {}
        return Response(found, status_code=503 if down else 200, headers=headers)

    @get("/metrics", guards=[public], include_in_schema=False, sync_to_thread=False)
    def metrics(request: AnyRequest) -> Response[bytes]:
        require_metrics_access(request, metrics_access())
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [live, ready, metrics]
