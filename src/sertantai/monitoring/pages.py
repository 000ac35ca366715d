"""``/admin/performance``: live plots of the plan's success metrics, fed by a small JSON route."""

from typing import Any, Final

from litestar import Request, Response, get
from msgspec import Struct

from sertantai.monitoring.sampling import INTERVAL_S, Sample, Sampler
from sertantai.web.guards import admin
from sertantai.web.rendering import page

STATE_KEY: Final = "sampler"

AnyRequest = Request[Any, Any, Any]


class Plot(Struct, frozen=True):
    """``field`` of a sample; ``target`` is what the plan promises, in the same unit."""

    field: str
    title: str
    unit: str
    explanation: str
    target: float | None = None


PLOTS: Final = (
    Plot("write_ms", "Writes", "ms", "One change until it is on the disk and acknowledged, 99 of 100", 1),
    Plot("read_ms", "Reads", "ms", "A list from memory, else from PostgreSQL, 99 of 100", 1),
    Plot("sync_ms", "Synchronising", "ms", "One batch into PostgreSQL, 99 of 100", 100),
    Plot("lag_ms", "Behind", "ms", "Age of the oldest change that is not in PostgreSQL yet", 100),
    Plot("page_ms", "Pages", "ms", "Until the first byte, 95 of 100", 2_000),
    Plot("commit_ms", "Journal", "ms", "One group of changes onto the disk, 99 of 100"),
    Plot("requests_per_s", "Requests", "a second", "All that were answered"),
    Plot("users", "Users", "", "With lists in memory"),
)


class Samples(Struct, frozen=True):
    interval_s: float
    samples: list[Sample]


@get("/admin/performance", guards=[admin], include_in_schema=False, sync_to_thread=False)
def performance(request: AnyRequest) -> Response[Any]:
    return page(request, "monitoring/performance.html", plots=PLOTS)


@get("/admin/performance/samples", guards=[admin], include_in_schema=False, sync_to_thread=False)
def samples(request: AnyRequest) -> Samples:
    sampler: Sampler = request.app.state[STATE_KEY]
    return Samples(INTERVAL_S, list(sampler.samples))


ROUTES = [performance, samples]
