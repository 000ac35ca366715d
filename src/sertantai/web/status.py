"""What pages and probes are told of the engine."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sertantai.backend import Backend
from sertantai.core.errors import DatabaseUnavailable
from sertantai.engine.engine import Engine
from sertantai.engine.status import EngineStatus
from sertantai.http.asgi import Scope
from sertantai.http.caller import ADMIN_ROLE, AnyCaller, caller_or_none
from sertantai.http.front_door import Observer
from sertantai.http.health import Health, Probe, ProbeResult
from sertantai.http.pages.rendering import PageContext
from sertantai.postgres import Database
from sertantai.postgres.logins import Standing
from sertantai.process.metrics import HTTP_REQUESTS, Times
from sertantai.process.sampling import Present
from sertantai.sealing.outside.heard import Heard
from sertantai.sealing.sealer import SealStatus
from sertantai.security.denials import DenialWatch
from sertantai.web.top_bar import organizations_known
from sertantai.web.viewing import viewing_shown

JOURNAL_ALARM_FRACTION = 0.5
HISTORY_DIFFERS = "The history is not what was sealed; see sertantai audit verify."
"""Anybody may ask, and what differs names lists and people."""
FILES_DAMAGED = "Files of the sealed log are damaged; see sertantai audit fsck."


def observer(denials: DenialWatch) -> Observer:
    """One observation a request, by route and not by path: paths hold ids."""

    times: dict[tuple[str, str, int], Times] = {}

    def observe(scope: Scope, status: int, seconds: float) -> None:
        route, method = scope.get("path_template", "unknown"), scope.get("method", "")
        labels = (route, method, status)
        found = times.get(labels)
        if found is None:
            found = times[labels] = HTTP_REQUESTS.of(str(route), str(method), str(status))
        found.observe(seconds)
        denials.observe(scope, status)

    return observe


def probes(backend: Backend) -> list[Probe]:
    engine, database, sealer = backend.engine, backend.database, backend.sealer

    async def journal() -> ProbeResult:
        status = engine.status()
        if not status.accepting:
            return ProbeResult(Health.DOWN, status.journal_error or "The journal is full.")
        measures = {"journal_bytes": float(status.journal_bytes), "journal_fraction": status.journal_fraction}
        if status.journal_fraction > JOURNAL_ALARM_FRACTION:
            return ProbeResult(Health.DEGRADED, "The journal is more than half full.", measures)
        lost = [damage.text for damage in engine.journal.damages if damage.is_loss]
        if lost:
            return ProbeResult(Health.DEGRADED, " ".join(lost), measures)
        return ProbeResult(Health.OK, measures=measures)

    async def synchroniser() -> ProbeResult:
        sync = engine.status().sync
        measures = {
            "waiting_operations": float(sync.waiting),
            "oldest_wait_s": sync.oldest_wait_s,
            "position": float(sync.position),
            "rejected": float(sync.rejected),
        }
        if sync.failing_since is not None:
            return ProbeResult(Health.DEGRADED, sync.last_error or "It cannot write.", measures)
        return ProbeResult(Health.OK, measures=measures)

    async def postgres() -> ProbeResult:
        try:
            await database.ping()
        except DatabaseUnavailable as error:
            return ProbeResult(Health.DOWN, error.message)
        return ProbeResult(Health.OK)

    async def database_login() -> ProbeResult:
        return of_the_login(backend.login_standing)

    async def trail() -> ProbeResult:
        damaged = bool(backend.patrol.damaged)
        return of_the_trail(sealer.status, backend.memories.heard, engine.status().sync.position, damaged)

    async def erasures() -> ProbeResult:
        return of_erasures(backend.erased_back)

    return [
        Probe("journal", journal),
        Probe("synchroniser", synchroniser, Health.DEGRADED),
        Probe("database", postgres, Health.DEGRADED),
        Probe("database_login", database_login, Health.DEGRADED),
        Probe("trail", trail, Health.DEGRADED),
        Probe("erasures", erasures, Health.DEGRADED),
    ]


def of_erasures(back: Mapping[UUID | None, str]) -> ProbeResult:
    """In a word: anybody may ask. Who and why, say the log, pages of administrators and `audit verify`."""
    if not back:
        return ProbeResult(Health.OK)
    said = "People who were erased came back with a restore; see sertantai audit verify."
    return ProbeResult(Health.DEGRADED, said, {"people": float(len(back))})


def of_the_trail(
    sealed: SealStatus, heard: Sequence[Heard], synced: int, damaged: bool = False
) -> ProbeResult:
    """``synced``: the last operation that PostgreSQL has; ``damaged``: files of the log are."""
    behind = max(0, synced - sealed.position)
    measures = {"entries": float(sealed.size), "behind_operations": float(behind)}
    if sealed.fault is not None:
        return ProbeResult(Health.DEGRADED, HISTORY_DIFFERS, measures)
    if damaged:
        return ProbeResult(Health.DEGRADED, FILES_DAMAGED, measures)
    silent = [one.name for one in heard if one.is_silent]
    if silent:
        said = f"For a day nothing was heard of {', '.join(silent)}, who should remember the sealed log."
        return ProbeResult(Health.DEGRADED, said, measures)
    return ProbeResult(Health.OK, measures=measures)


def of_the_login(found: Standing | None) -> ProbeResult:
    """In a word: anybody may ask. Why, and what to do, say the log and `sertantai doctor`. With one login for
    all it is as the operator has it; with two it is not what they wanted."""
    if found is None or found.harmless:
        return ProbeResult(Health.OK)
    said = "The database user can change what is kept for ever; see sertantai doctor."
    return ProbeResult(Health.DEGRADED if found.two_wanted else Health.OK, said)


def present(engine: Engine) -> Callable[[], Present]:
    """What the sampler asks of the engine."""

    def ask() -> Present:
        status = engine.status()
        return Present(status.owners, status.sync.waiting, status.sync.oldest_wait_s)

    return ask


def state_in_a_word(engine: Engine, database: Database) -> Callable[[], str]:
    """``synced``, ``degraded`` with the database away, ``read_only`` while nothing can be kept."""

    def ask() -> str:
        status = engine.status()
        if not status.accepting:
            return "read_only"
        away = status.sync.failing_since is not None or database.is_away
        return "degraded" if status.degraded or away else "synced"

    return ask


def page_context(backend: Backend) -> PageContext:
    """What every page shows of the engine: the sync state, and a plain banner when something is wrong."""
    engine, database, sealer = backend.engine, backend.database, backend.sealer

    def context(request: Any) -> Mapping[str, Any]:
        status = engine.status()
        sync = status.sync
        away = sync.failing_since is not None or database.is_away
        state = "degraded" if status.degraded or away else ("waiting" if sync.waiting else "synced")
        return {
            "sync": {"state": state, "waiting": sync.waiting, "oldest_wait_s": sync.oldest_wait_s},
            "epoch": engine.epochs.of_all,
            "banner": _banner(status, database_away=away)
            or _loss(engine, caller_or_none(request))
            or _history_differs(sealer.status.fault, caller_or_none(request))
            or _erased_back(backend.erased_back, caller_or_none(request)),
            "organizations": organizations_known(request),
            "site_provider": _site_provider(request),
            "viewing": viewing_shown(request),
        }

    return context


def _site_provider(request: Any) -> str:
    """What it is called with which everybody may sign in; empty: there is none."""
    site = request.app.state.accounts.site_provider
    return "" if site is None else site.name


def _loss(engine: Engine, caller: AnyCaller | None) -> dict[str, str] | None:
    """What the journal has lost, until an operator has accepted it: in detail for administrators."""
    lost = [damage.text for damage in engine.journal.damages if damage.is_loss]
    if not lost:
        return None
    text = (
        "The server's disk was damaged, and changes that were saved shortly before may be missing. "
        "Please look through your lists."
    )
    if caller is not None and caller.role == ADMIN_ROLE:
        text = f"{' '.join(lost)} Investigate it, then run: sertantai journal accept"
    return {"kind": "danger", "text": text}


def _history_differs(fault: str | None, caller: AnyCaller | None) -> dict[str, str] | None:
    """What is in the database is not what was sealed: in detail for administrators."""
    if fault is None:
        return None
    text = "The history in the database is not what was sealed. Your administrators have been told."
    if caller is not None and caller.role == ADMIN_ROLE:
        text = (
            f"{fault} No head is signed any more. Find out more with: sertantai audit verify. Once it is "
            "investigated: sertantai audit accept"
        )
    return {"kind": "danger", "text": text}


def _erased_back(back: Mapping[UUID | None, str], caller: AnyCaller | None) -> dict[str, str] | None:
    """For administrators alone, who can do something about it."""
    if not back or caller is None or caller.role != ADMIN_ROLE:
        return None
    reasons = " ".join(sorted(set(back.values())))
    text = f"People who were erased are here again, after a restore ({len(back):,}). {reasons}"
    return {"kind": "danger", "text": text}


def _banner(status: EngineStatus, *, database_away: bool) -> dict[str, str] | None:
    if status.journal_error is not None:
        text = "Changes cannot be saved at the moment. Everything you ticked before is safe."
        return {"kind": "danger", "text": text}
    if not status.accepting:
        text = "Too many changes are waiting for the database. You can make new ones when it is back."
        return {"kind": "danger", "text": text}
    near = status.journal_fraction > JOURNAL_ALARM_FRACTION
    used = f"{status.journal_fraction:.0%}"
    limit = f"The space for waiting changes is {used} full; once it is full, no more can be made."
    if database_away:
        text = (
            "The database is not available. You can carry on: every tick is saved on disk and will be "
            "written to the database when it is back."
        )
        return {"kind": "warning", "text": f"{text} {limit}" if near else text}
    if near:
        return {"kind": "warning", "text": f"Many changes are waiting for the database. {limit}"}
    return None
