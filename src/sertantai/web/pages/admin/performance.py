"""``/admin/performance``: live plots of the plan's success metrics, fed by a small JSON route."""

from typing import Any, Final

from litestar import Response, get
from msgspec import Struct

from sertantai.http.caller import AnyRequest
from sertantai.http.guards import admin
from sertantai.http.pages.rendering import page
from sertantai.process.sampling import INTERVAL_S, Sample, Sampler

STATE_KEY: Final = "sampler"


class Plot(Struct, frozen=True):
    """``field`` of a sample; ``target`` is what the plan promises, in the same unit."""

    field: str
    title: str
    unit: str
    explanation: str
    target: float | None = None


PLOTS: Final = (
    Plot("write_ms", "Writes", "ms", "Time to save one change on disk, 99 of 100", 1),
    Plot("read_ms", "Reads", "ms", "Time to read one list, 99 of 100", 1),
    Plot("sync_ms", "Synchronising", "ms", "Time to write one batch to PostgreSQL, 99 of 100", 100),
    Plot("lag_ms", "Behind", "ms", "Age of the oldest change not yet in PostgreSQL", 100),
    Plot("page_ms", "Pages", "ms", "Time to the first byte, 95 of 100", 2_000),
    Plot("commit_ms", "Journal", "ms", "Time to write one group of changes to disk, 99 of 100"),
    Plot("requests_per_s", "Requests", "a second", "All requests answered"),
    Plot("users", "Users", "", "With lists in memory"),
    Plot("screens", "Live", "screens", "Browsers and programs that are told at once what changes"),
    Plot("channels", "Live: topics", "", "Lists and others that they follow, all together"),
    Plot("told_per_s", "Live: told", "a second", "Messages handed to a screen"),
    Plot("told_ms", "Live: delay", "ms", "From a saved change to the first screen, 99 of 100", 20),
    Plot("lagging", "Live: slow", "screens", "Told nothing more until they read again"),
    Plot("refused_per_s", "Live: refused", "a second", "Connections that were not let in"),
)


class Samples(Struct, frozen=True):
    interval_s: float
    samples: list[Sample]


@get("/admin/performance", guards=[admin], include_in_schema=False, sync_to_thread=False)
def performance(request: AnyRequest) -> Response[Any]:
    return page(request, "admin/performance.html", plots=PLOTS)


@get("/admin/performance/samples", guards=[admin], include_in_schema=False, sync_to_thread=False)
def samples(request: AnyRequest) -> Samples:
    sampler: Sampler = request.app.state[STATE_KEY]
    return Samples(INTERVAL_S, list(sampler.samples))


ROUTES = [performance, samples]
