"""The server: accounts, routes and pages in front of the backend, run by uvicorn until it is told to stop."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import Any, Final, cast

import msgspec
import uvicorn
from litestar import Litestar
from litestar.middleware import DefineMiddleware

from sertantai.accounts.hooks import Hooks
from sertantai.accounts.passwords.hasher import require_fitting_cost
from sertantai.accounts.service import Accounts
from sertantai.accounts.sessions.sister_tokens import require_long_secret
from sertantai.audit.changed_by import ChangedBy
from sertantai.audit.moments import Moments
from sertantai.audit.operations import Timeline
from sertantai.audit.rights_then import RightsThen
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.trail import Trail
from sertantai.backend import Backend
from sertantai.backend import Hooks as BackendHooks
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import UserId
from sertantai.core.operations import Operation
from sertantai.core.sealing.notes import NotANote, head_in_words
from sertantai.core.security_events import SecurityEventKind
from sertantai.core.state import OwnerState
from sertantai.core.weight import records_named, written_bytes
from sertantai.evidence.kept import KeptPacks
from sertantai.http.application import Routes
from sertantai.http.charged_threads import charge_for_threads
from sertantai.http.client_address import TrustedProxies
from sertantai.http.limits.rate_limits import RateLimits
from sertantai.http.limits.shared_counts import open_store
from sertantai.http.protocol.connections import Connections, room_for_connections
from sertantai.http.protocol.http_protocol import BoundedHttp
from sertantai.http.protocol.websocket_protocol import WebSocketProtocol
from sertantai.lists.access import Access, own_lists
from sertantai.lists.between.by_operator import MovesByOperator
from sertantai.lists.between.copying import Copying
from sertantai.lists.between.handing_over import HandingOver
from sertantai.lists.exporting.running import RunningExports
from sertantai.lists.guest_ticks import GuestTicks
from sertantai.lists.importing.kept_reports import ImportReports
from sertantai.lists.importing.matching import Matching
from sertantai.lists.importing.uploads import Uploads
from sertantai.lists.past import PastLists
from sertantai.lists.saved_views import SavedViews
from sertantai.lists.together.links import Links
from sertantai.lists.together.suggestions import Suggestions
from sertantai.live.bounds import SCREENS_MAX
from sertantai.live.metrics import SAMPLED
from sertantai.live.service import STATE_KEY as LIVE
from sertantai.live.service import Live
from sertantai.organizations.directory import Directory
from sertantai.organizations.domain_checks import DomainChecks
from sertantai.organizations.domains import Domains
from sertantai.organizations.ended_organizations import EndedOrganizations
from sertantai.organizations.expired_grants import ExpiredGrants
from sertantai.organizations.going.returning import Returning
from sertantai.organizations.going.taking_back import TakingBack
from sertantai.organizations.invitation_rows import InvitationsByOperator
from sertantai.organizations.invitations import Invitations
from sertantai.organizations.joining import Joining
from sertantai.organizations.looking_in import LooksIn
from sertantai.organizations.operator import Operator, OperatorRequests
from sertantai.organizations.providers import Providers
from sertantai.organizations.provisioning.directories import directories
from sertantai.organizations.retention_notices import RetentionNotices
from sertantai.organizations.settings import WaysSaid
from sertantai.organizations.txt_records import TxtRecords
from sertantai.persons.desk import STATE_KEY as PERSONS
from sertantai.persons.desk import PersonsDesk
from sertantai.persons.given import Given
from sertantai.persons.performing import Eraser
from sertantai.persons.remembered import Erased
from sertantai.persons.service import Erasing
from sertantai.process import logs
from sertantai.process.data_directory import PAGE_SECRET_FILE
from sertantai.process.garbage import collect_rarely
from sertantai.process.listening import Listening, public_url, url_of
from sertantai.process.name_servers import NameServers
from sertantai.process.queues import watch as watch_queues
from sertantai.process.sampling import Sampler
from sertantai.process.secret_file import secret_in
from sertantai.process.settings import Settings
from sertantai.records.own_abbreviations import OwnAbbreviations
from sertantai.reporting.heads_mailed import HeadsMailed, recipients_of
from sertantai.reporting.reports import Reports, reports_of
from sertantai.reporting.sending import ReportsSent
from sertantai.retention.service import STATE_KEY as RETENTION
from sertantai.retention.service import desk_with
from sertantai.retention.telling import PolicyNotices
from sertantai.sealing.outside.memories import require_memories
from sertantai.security.service import Security
from sertantai.web import routes, status
from sertantai.web.authentication import Authentication, know_who_lost_the_way
from sertantai.web.live.knocking import Doorkeeper
from sertantai.web.live.long_polling import DOORKEEPER
from sertantai.web.live.sockets import Sockets
from sertantai.web.page_files import PAGE_FILES
from sertantai.web.services import STATE_KEY, Services
from sertantai.web.trail_head import WithDownloads
from sertantai.web.viewing import ViewingCookies

IDLE_CONNECTION_S = 75
CONNECTIONS_WAITING_MAX = 2048


_made: Final[list[Routes]] = []
"""Routes that were made before anybody asked, by `make_routes`; each serves once."""


def make_routes() -> None:
    """What depends on nothing of a server, ahead of its start: for who starts many from one process."""
    _made.append(_routes())


def _routes() -> Routes:
    return Routes(
        routes.ALL,
        PAGE_FILES,
        [DefineMiddleware(Authentication)],
        after_exception=[know_who_lost_the_way],
    )


@asynccontextmanager
async def running(
    settings: Settings, *, durable: bool = True, apart: bool = False
) -> AsyncIterator[Litestar]:
    """The whole product, started; its ASGI application. Stops everything when the block ends. ``apart``: the
    synchroniser runs in a process of its own."""
    watch = _Watch(settings)
    async with Backend(
        settings, durable=durable, overtakes=True, apart=apart, watching=watch.begin
    ) as backend:
        security, limits, engine = watch.security, watch.limits, backend.engine
        joining = Joining(backend.database, engine, backend.organizations)
        looks = LooksIn(backend.database, engine, lambda: accounts.letters, backend.clock)

        access = Access(engine, backend.memberships.of)
        state_now = status.state_in_a_word(engine, backend.database)
        live = Live(engine, access, backend.register, backend.clock, state_now, backend.under_way)

        async def signed_out(user: UserId) -> None:
            looks.end_all_of(user)
            await engine.release(own_lists(user))

        hooks = Hooks(
            signed_in=joining.at_sign_in,
            signed_out=signed_out,
            forgotten=looks.end_all_of,
            ended=live.ended,
            before_purge=engine.flush,
            purged=lambda guest: engine.forget(own_lists(guest)),
            guest_admission=limits.charge_guest,
            trail_head=lambda: head_in_words(backend.sealer.head),
        )
        accounts = await backend.running(
            Accounts(
                backend.database,
                settings,
                backend.clock,
                security,
                settled=backend.settled,
                hooks=hooks,
                notices=backend.notices,
            )
        )
        await backend.running(_erasing(backend, looks.end_all_of))
        backend.in_background(accounts.people.tell_of_all(backend.database))
        live.know(accounts)
        await backend.running(live)
        await backend.running(looks)
        handing_over = HandingOver(engine, backend.effects, backend.clock)
        moves = MovesByOperator(engine, handing_over, Copying(engine, backend.clock))
        said = WaysSaid(engine, backend.clock)
        inviting = InvitationsByOperator(backend.database, said, backend.clock)
        operator = Operator(backend.organizations, engine, moves, _returning(backend), inviting)
        await backend.running(ExpiredGrants(backend.database, engine, backend.organizations, backend.settled))
        await backend.running(OperatorRequests(backend.database, operator, backend.clock))
        post, settled = accounts.letters, backend.settled
        await backend.running(
            EndedOrganizations(backend.database, engine, backend.memberships, post, settled)
        )
        await backend.running(RetentionNotices(backend.database, engine, post, settled))
        await backend.running(PolicyNotices(backend.database, post, security))
        names = TxtRecords(NameServers(settings.dns_servers))
        domains = Domains(backend.database, names, backend.clock, security, said)
        await backend.running(DomainChecks(domains))
        sampler = await backend.running(Sampler(status.present(engine), backend.clock, SAMPLED))
        for damage in backend.journal.damages:
            security.record(SecurityEventKind.JOURNAL_DAMAGED, details={"damage": damage.text[:2_000]})
        watch_queues({**accounts.queues, **security.queues, "feed": lambda: backend.feed.waiting})
        charge_for_threads()
        reports = reports_of(engine, backend.database, backend.clock, backend.notices, settings.data_path)
        await backend.running(ReportsSent(backend.database, access, reports, accounts.letters, security))
        if recipients := recipients_of(settings):
            where = settings.data_path, backend.clock
            await backend.running(HeadsMailed(backend.database, accounts.letters, recipients, *where))
        yield _web(
            backend, accounts, limits, security, sampler, domains, joining, looks, access, live, reports
        )


class _Watch:
    """Who hears of all that happens, and may refuse it: there before anything is performed."""

    security: Security
    limits: RateLimits

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def begin(self, backend: Backend) -> BackendHooks:
        self.security = security = await backend.running(
            Security(
                backend.database,
                self._settings,
                backend.clock,
                feed=backend.feed,
                notices=backend.notices,
            )
        )
        self.limits = await backend.running(RateLimits(self._settings, backend.clock, security))
        return BackendHooks(
            admission=self._admit,
            on_clock_ahead=security.on_clock_ahead,
            on_clock_believed=security.on_clock_believed,
            on_sealed_differs=security.on_sealed_differs,
            on_trail_unheard=security.on_trail_unheard,
            on_protection=security.on_protection,
            on_retention_failed=security.on_retention_failed,
        )

    async def _admit(self, operation: Operation, state: OwnerState) -> None:
        """Bulk operations are counted by what they touch and by what they write, before the journal."""
        by = operation.origin
        await self.limits.charge_bulk(
            by.actor,
            by.ip,
            records=records_named(operation, state),
            bytes_written=written_bytes(operation, state),
        )


def _erasing(backend: Backend, forgotten: Callable[[UserId], None]) -> Erasing:
    database, clock, erased = backend.database, backend.clock, Erased(backend.settings.data_path)
    engine = backend.engine
    eraser = Eraser(
        database,
        engine,
        backend.sealed_trail,
        erased,
        clock,
        forgotten,
        lambda person: engine.forget(own_lists(person)),
        Given(backend.settings.data_path),
    )
    log = backend.sealer.files.folder
    back = backend.erased_back
    return Erasing(database, eraser, erased, clock, backend.settled, backend.under_way, log, back)


def _returning(backend: Backend) -> Returning:
    return Returning(backend.database, backend.engine, backend.organizations, backend.clock)


def _web(
    backend: Backend,
    accounts: Accounts,
    limits: RateLimits,
    security: Security,
    sampler: Sampler,
    domains: Domains,
    joining: Joining,
    looks: LooksIn,
    access: Access,
    live: Live,
    reports: Reports,
) -> Litestar:
    engine, actions, groups = backend.engine, backend.actions, backend.groups
    guest_ticks = GuestTicks(
        engine,
        actions,
        groups,
        accounts.guest_claims,
        backend.settings.guest_records_max,
        backend.settings.guest_bytes_max,
    )
    said = WaysSaid(engine, backend.clock)
    snapshots = Snapshots(engine, backend.database)
    moments, returning = Moments(snapshots), _returning(backend)
    invitations = Invitations(
        backend.database, engine, backend.organizations, returning, accounts.letters, backend.clock, said
    )
    services = Services(
        engine,
        backend.effects,
        access,
        backend.register,
        actions,
        groups,
        Copying(engine, backend.clock),
        HandingOver(engine, backend.effects, backend.clock),
        guest_ticks,
        backend.clock,
        Trail(snapshots),
        Timeline(snapshots),
        ChangedBy(snapshots),
        moments,
        PastLists(moments, backend.clock),
        SavedViews(backend.database, backend.clock),
        *reports,
        ImportReports(backend.database, backend.clock),
        OwnAbbreviations(backend.database, backend.clock),
        backend.organizations,
        Suggestions(engine, backend.clock),
        RightsThen(engine, backend.database),
        Directory(backend.database),
        invitations,
        TakingBack(returning, invitations, backend.clock),
        Links(backend.database, engine, backend.clock, accounts.letters.url, backend.notices),
        domains,
        joining,
        looks,
        directories(backend.database, engine, backend.organizations, accounts, backend.clock, security, said),
        Providers(
            backend.database,
            engine,
            accounts.provider_settings,
            accounts.site_provider,
            said,
        ),
        said,
        backend.sealer,
        backend.memories,
        Matching(backend.under_way),
        RunningExports(backend.under_way),
        Uploads(backend.under_way),
        backend.accesses,
        backend.packs,
        KeptPacks(),
    )
    doorkeeper = Doorkeeper(
        live.credentials, live.tickets, accounts.session_cookie, backend.settings.live_origins
    )
    secret = secret_in(backend.settings.data_path / PAGE_SECRET_FILE)
    watch_queues({"exports": services.exports.queue.__len__})
    made = _made.pop() if _made else _routes()
    return made.served(
        backend.settings,
        secret=secret,
        probes=status.probes(backend),
        page_context=status.page_context(backend),
        limits=limits if limits.is_enabled else None,
        observe=status.observer(security.denials),
        clock=backend.clock,
        state={
            "accounts": accounts,
            "database": backend.database,
            "directory": backend.directory,
            "security": security,
            "sampler": sampler,
            "viewing": ViewingCookies(secret, secure_cookies=backend.settings.secure_cookies),
            STATE_KEY: services,
            RETENTION: desk_with(backend.database, backend.clock, backend.notices),
            PERSONS: PersonsDesk(
                backend.database,
                accounts,
                backend.clock,
                backend.notices,
                backend.settings,
                backend.under_way,
                backend.erased_back,
            ),
            LIVE: live,
            DOORKEEPER: doorkeeper,
        },
        sockets=Sockets(live, doorkeeper),
        added=WithDownloads(lambda: backend.sealer.head),
    )


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in flight, sync, and return."""
    logs.configure_logs(settings.log_level, settings.log_format)
    _require_fitting(settings)
    with closing(Listening(settings.host, settings.port)) as listening:
        settings = msgspec.structs.replace(settings, port=listening.port)
        async with running(settings, apart=settings.sync_process) as web:
            web.state.pages.load_all()
            collect_rarely()

            def ready(url: str) -> None:
                web.state.directory.note_public_url(public_url(settings))
                sys.stdout.write(f"Sertantai is ready on {url}\n")
                sys.stdout.flush()

            await _Server(_config(web, settings), listening, ready, web.state[LIVE]).serve()


def _require_fitting(settings: Settings) -> None:
    """Before anything is made or opened; raises `InvalidInput` for what would be found wrong later."""
    require_fitting_cost(settings.host, settings.bcrypt_cost)
    require_long_secret(settings.sister_jwt_secret)
    if settings.rate_limit_store_url is not None:
        open_store(settings.rate_limit_store_url)
    recipients_of(settings)
    try:
        require_memories(settings)
    except NotANote as error:
        raise InvalidInput(f"audit_witness_urls: {error}.", field="audit_witness_urls") from None
    try:
        TrustedProxies(settings.trusted_proxies)
    except ValueError as error:
        raise InvalidInput(f"trusted_proxies: {error}.", field="trusted_proxies") from None


def _config(web: Litestar, settings: Settings) -> uvicorn.Config:
    connections = Connections(
        room_for_connections(settings.connections_max),
        settings.connections_per_address_max,
        TrustedProxies(settings.trusted_proxies).includes,
    )
    sockets = Connections(room_for_connections(SCREENS_MAX))
    return uvicorn.Config(
        web,
        # A class is asked for, and what makes one will do.
        http=cast(Any, partial(BoundedHttp, limits=connections)),
        ws=cast(Any, partial(WebSocketProtocol, limits=sockets)),
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=CONNECTIONS_WAITING_MAX,
        timeout_keep_alive=IDLE_CONNECTION_S,
        timeout_graceful_shutdown=int(settings.shutdown_s_max),
    )


class _Server(uvicorn.Server):
    """uvicorn, telling when it is ready and leaving the signals to us: a graceful stop exits with 0."""

    def __init__(
        self, config: uvicorn.Config, listening: Listening, on_ready: Callable[[str], None], live: Live
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._on_ready = on_ready
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()  # nobody comes any more while those who are here go
        await self._live.drain()
        await super().shutdown(sockets)

    async def startup(self, sockets: Any = None) -> None:
        try:
            await super().startup(sockets)
        except OSError as error:  # another server was started at the same time, and was quicker
            raise self._listening.refusal(error) from error
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._on_ready(url_of(host, port))

    async def serve(self, sockets: Any = None) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        await self._serve(sockets or self._listening.sockets)
