"""Accounts as the rest of the program sees them: one object that puts the parts together."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sertantai.accounts.caller import Caller
from sertantai.accounts.guests.claims import GuestClaims
from sertantai.accounts.guests.guests import Guests
from sertantai.accounts.guests.purge import GuestPurge
from sertantai.accounts.hooks import Hooks
from sertantai.accounts.keys.purpose_tokens import Purpose
from sertantai.accounts.keys.sealing import Sealer
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.accounts.mail.confirmation import Confirmation
from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.mail.links import MailLinks, Post
from sertantai.accounts.mail.outbox import Outbox
from sertantai.accounts.mail.requests import MailRequests
from sertantai.accounts.mail.sender import MailSender, SmtpServer, SmtpTransport, Transport
from sertantai.accounts.model import USER_ROLE, SessionKind, SignedIn, User
from sertantai.accounts.password_changes import PasswordChanges
from sertantai.accounts.passwords.common_passwords import common_passwords
from sertantai.accounts.passwords.credentials import Credentials
from sertantai.accounts.passwords.hash_forms import HashForms
from sertantai.accounts.passwords.hasher import PasswordHasher, require_fitting_cost
from sertantai.accounts.people_told import PeopleTold, Way
from sertantai.accounts.providers.begun import BegunSignIns
from sertantai.accounts.providers.fetching import Fetching
from sertantai.accounts.providers.identities import Identities
from sertantai.accounts.providers.linking import Linking
from sertantai.accounts.providers.provider_settings import ProviderSettings, site_provider
from sertantai.accounts.providers.sign_in import ProviderSignIn
from sertantai.accounts.provisioned import ProvisionedAccounts
from sertantai.accounts.retention import Retention, kept_by
from sertantai.accounts.second_factor.resealing import Resealing
from sertantai.accounts.second_factor.second_factors import SecondFactors
from sertantai.accounts.sessions import sister_tokens
from sertantai.accounts.sessions.api_tokens import PREFIX as API_TOKEN_PREFIX
from sertantai.accounts.sessions.api_tokens import TOKEN_CHARACTERS, ApiTokens
from sertantai.accounts.sessions.kept_sessions import KeptSessions
from sertantai.accounts.sessions.known_devices import known_device, recognise_device, remember_device
from sertantai.accounts.sessions.news import SessionNews
from sertantai.accounts.sessions.pending_revocations import PendingRevocations
from sertantai.accounts.sessions.sessions import Sessions, caller, plain_ip
from sertantai.accounts.sign_in import SignIn, Whereabouts
from sertantai.accounts.sign_up import SignUp
from sertantai.accounts.store import AccountStore
from sertantai.accounts.throttling.throttle import KeyKind, SignInThrottle, ThrottleRules
from sertantai.accounts.throttling.throttling import Throttling
from sertantai.core.clock import Clock
from sertantai.core.email_keys import email_key
from sertantai.core.ids import SessionId, UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.http.csrf import session_cookie
from sertantai.http.limits.shared_counts import shared_counts
from sertantai.postgres import Database
from sertantai.postgres.settled_time import SettledTime
from sertantai.process.listening import public_url
from sertantai.process.settings import Settings
from sertantai.sealing.beside import notices_beside
from sertantai.sealing.notices import Notices

KEYS_FOLDER: Final = "keys"
SEALING_FOLDER: Final = "keys/sealing"
REVOCATIONS_FILE: Final = "revocations"
KEPT_SESSIONS_FILE: Final = "sessions"
FIRST_DELAY_S: Final = 2.0
NEVER: Final = 1_000_000_000

FROM_HERE: Final = Whereabouts()
"""The command line."""


class Accounts:
    """Users, passwords, second factors, sessions and tokens. `start` it before use.

    It works degraded while PostgreSQL is away: sessions and tokens seen lately go on, everything else
    raises `DatabaseUnavailable`.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        events: SecurityEvents,
        transport: Transport | None = None,
        *,
        settled: SettledTime | None = None,
        hooks: Hooks = Hooks(),  # noqa: B008  # it is frozen
        notices: Notices | None = None,
    ) -> None:
        """``transport`` sends mail in place of the settings' server; ``notices`` are our own."""
        require_fitting_cost(settings.host, settings.bcrypt_cost)
        sister_tokens.require_long_secret(settings.sister_jwt_secret)
        self._clock, self._events = clock, events
        self._sister_secret = settings.sister_jwt_secret
        self.people = people = PeopleTold(notices or notices_beside(settings, clock))
        self._store = store = AccountStore(database, people)
        self.secure_cookies = settings.secure_cookies
        self.session_cookie = session_cookie(secure=settings.secure_cookies)
        self.keys = keys = SigningKeys(settings.data_path / KEYS_FOLDER, clock)
        self._hooks = hooks
        self._live = live = LiveSessions(
            clock, entries_max=settings.session_cache_max, recheck_s=settings.session_recheck_s
        )
        live.forgotten, live.told = hooks.forgotten, hooks.ended
        self._kept = KeptSessions(settings.data_path / KEPT_SESSIONS_FILE, live, clock)
        self.news = SessionNews(database, live)
        self.pending = PendingRevocations(settings.data_path / REVOCATIONS_FILE, store)
        self.sessions = Sessions(store, keys, live, clock, _session_lifetimes(settings), self.pending)
        self.api_tokens = ApiTokens(
            database, live, clock, events, lifetime_days_max=settings.api_token_lifetime_days_max
        )
        self._hasher = hasher = PasswordHasher(
            cost=settings.bcrypt_cost,
            threads=settings.bcrypt_threads,
            waiting_max=settings.bcrypt_waiting_max,
        )
        self.outbox = Outbox(database)
        transport = transport or _smtp_transport(settings)
        said = settings.mail_from, clock, hooks.trail_head, events
        self._sender = MailSender(self.outbox, transport, *said) if transport else None
        self._links = links = MailLinks(
            database, keys, clock, events, Post(public_url(settings), transport is not None)
        )
        self.mail = MailRequests(links, self._on_mail, clock)
        self.letters = Letters(links, self._on_mail)
        self.throttle = SignInThrottle(_throttle_rules(settings))
        self._shared = shared_counts(settings.rate_limit_store_url, clock, events)
        throttling = Throttling(self.throttle, self._shared, clock)
        common = common_passwords()
        forms = HashForms(database, settings.password_hashes)
        credentials = Credentials(
            store, hasher, forms, clock, events, common, rehash=settings.password_rehash_at_sign_in
        )
        self.credentials = credentials
        self.passwords = PasswordChanges(
            database, store, hasher, forms, links, live, throttling, clock, events, common, self._on_mail
        )
        self.provisioned = ProvisionedAccounts(database, live, clock, events, people)
        self.set_disabled = self.provisioned.set_disabled
        self.confirmation = Confirmation(
            database,
            links,
            clock,
            events,
            self._on_mail,
            people,
            comes_first=settings.email_confirmation_required,
        )
        self.sealing_keys = SigningKeys(settings.data_path / SEALING_FOLDER, clock)
        sealer = Sealer(self.sealing_keys)
        self.second_factors = SecondFactors(database, sealer, clock, events, people)
        self.resealing = Resealing(database, sealer, clock)
        needs_confirmation = settings.email_confirmation_required
        self.sign_in = SignIn(
            store,
            credentials,
            self.second_factors,
            self.mail,
            keys,
            throttling,
            clock,
            events,
            confirmation_required=needs_confirmation,
        )
        self.sign_up = SignUp(
            store, credentials, self.mail, throttling, confirmation_required=needs_confirmation
        )
        self.fetching = Fetching(settings.sign_in_inner_hosts, settings.dns_servers)
        begun, identities = BegunSignIns(database, clock), Identities(database, live, clock, events, people)
        self.provider_sign_in = ProviderSignIn(
            store, begun, identities, self.provisioned, self.fetching, throttling, clock, events
        )
        self.linking = Linking(database, store, begun, identities, self.sign_in, self.letters)
        self.provider_settings = ProviderSettings(
            database, sealer, self.provider_sign_in.facts, identities, clock, events
        )
        self.site_provider = site_provider(settings)
        self.guests = Guests(
            store,
            self.sessions,
            clock,
            enabled=settings.guests_enabled,
            lifetime=timedelta(days=settings.guest_lifetime_days),
            admission=hooks.guest_admission,
        )
        self.guest_claims = GuestClaims(database, live, clock)
        self.guest_purge = GuestPurge(database, live, clock, people, settled, hooks)
        self._retention = Retention(database, clock, settled, kept_by(settings))

    @property
    def queues(self) -> dict[str, Callable[[], int]]:
        """What waits, for the metrics."""
        return {
            "passwords": lambda: self._hasher.waiting,
            "session look-ups": lambda: self.sessions.lookups_waiting,
            "mail requests": lambda: self.mail.waiting,
            "revocations": lambda: len(self.pending),
        }

    async def start(self) -> None:
        self.keys.open()
        self.sealing_keys.open()
        await self.pending.start()
        await self._kept.start()
        await self._hasher.start()
        await self.news.start()
        await self.mail.start()
        if self._sender is not None:
            await self._sender.start()
        await self._retention.start()
        await self.resealing.start()
        await self.guest_purge.start()

    async def stop(self) -> None:
        await self.guest_purge.stop()
        await self.resealing.stop()
        await self._retention.stop()
        if self._sender is not None:
            await self._sender.stop()
        await self.mail.stop()
        await self.news.stop()
        await self._kept.stop()
        await self.pending.stop()
        await self._hasher.stop()
        await self.fetching.close()
        if self._shared is not None:
            await self._shared.stop()

    # ------------------------------------------------------------------------------------------ users

    async def register(
        self, email: str, password: str, *, role: str = USER_ROLE, confirmed: bool = False
    ) -> User:
        """A new user, made by somebody who may: see `Credentials.register`. People use ``sign_up``."""
        return await self.credentials.register(
            email, password, role=role, confirmed=confirmed, way=Way.OPERATOR
        )

    async def authenticate(
        self, email: str, password: str, *, code: str | None = None, whereabouts: Whereabouts = FROM_HERE
    ) -> User:
        """See `SignIn.with_password`."""
        return await self.sign_in.with_password(email, password, code, whereabouts)

    async def request_password_reset(self, email: str) -> None:
        """Send a link to whoever has that address; the caller learns nothing, except that we cannot."""
        self.mail.reset_password(await self.credentials.find(email))

    async def reset_link(self, user: User) -> str:
        """A link with which somebody sets a new password, for an operator on the host to hand over."""
        link = await self._links.by_hand(user, Purpose.RESET_PASSWORD)
        self._events.record(
            SecurityEventKind.PASSWORD_RESET_REQUESTED, user.user_id, None, {"by": "operator"}
        )
        return link

    async def find_user(self, user_id: UserId) -> User | None:
        return await self._store.find_user(user_id)

    async def list_users(self, after: User | None = None, limit: int = 500) -> list[User]:
        """Users with an address, oldest first; go on after the last one."""
        return await self._store.list_users(after, limit)

    # ---------------------------------------------------------------------------- sessions and tokens

    async def open_session(
        self, user: User, kind: SessionKind, ip: str | None = None, user_agent: str | None = None
    ) -> SignedIn:
        """A new session; its token is shown once."""
        signed_in = await self.sessions.open(user, kind, ip, user_agent)
        self._events.record(SecurityEventKind.SIGNED_IN, user.user_id, ip, {"kind": kind.value})
        await self._hooks.signed_in(user, signed_in.session)
        return signed_in

    def known_device(self, cookie: str) -> str | None:
        """The browser's id if somebody has signed in with it before."""
        return known_device(self.keys, cookie, self._clock.now())

    def device_cookie(self, user: User, cookie: str, ip: str | None) -> str | None:
        """What makes this browser a known one of the user; ``cookie`` is what it sent."""
        account = email_key(user.email or "")
        if account is None:
            return None
        if recognise_device(self.keys, cookie, account, self._clock.now()) is None:
            self._events.record(SecurityEventKind.NEW_DEVICE, user.user_id, ip)
        return remember_device(self.keys, account, cookie, self._clock.now())

    async def resolve_bearer(
        self, token: str, ip: str | None = None, user_agent: str | None = None
    ) -> Caller:
        """Whom a bearer token of any kind speaks for; raises `TokenRefused`, `DatabaseUnavailable`."""
        token_hash = digest(token)
        live = self.sessions.recalled(token_hash) or await self.sessions.remembered(
            token_hash, lambda now: self._read(token, token_hash, now, ip)
        )
        return caller(live, ip, user_agent)

    async def _read(self, token: str, token_hash: bytes, now: datetime, ip: str | None) -> LiveSession | None:
        if token.startswith(API_TOKEN_PREFIX):
            if len(token) != TOKEN_CHARACTERS:
                return None
            return await self.api_tokens.read(token_hash, now, plain_ip(ip))
        if self._sister_secret is not None and sister_tokens.is_sisters(token):
            return await self.api_tokens.read_sister(sister_tokens.verify(self._sister_secret, token, now))
        return await self.sessions.read_bearer(token, now)

    def is_confirmed(self, token: str) -> bool:
        """False: whom a token speaks for was only remembered, as PostgreSQL did not say."""
        return self._live.is_confirmed(digest(token))

    async def resolve_cookie(
        self, token: str, ip: str | None = None, user_agent: str | None = None
    ) -> Caller:
        """Whom a session cookie speaks for; raises `TokenRefused`, `DatabaseUnavailable`."""
        return await self.sessions.resolve_cookie(token, ip, user_agent)

    def note_misuse(self, ip: str | None, user_id: UserId | None = None) -> None:
        """A token was refused, or was not made for what it was used for."""
        self._events.record(SecurityEventKind.TOKEN_MISUSED, user_id, ip)

    async def revoke(self, user_id: UserId, session_id: SessionId) -> bool:
        """End one session of that user, everywhere; False if there was none."""
        ended = await self.sessions.revoke(user_id, session_id)
        if ended:
            self._events.record(
                SecurityEventKind.SESSION_REVOKED, user_id, None, {"session_id": str(session_id)}
            )
        return ended

    async def sign_out(self, caller: Caller) -> None:
        """End the caller's session and run the hook; a token that is no session stays as it is.

        With PostgreSQL away the session ends all the same: see `PendingRevocations`. Raises `Unavailable`
        only if it would live on.
        """
        if caller.session_id is not None:
            await self.sessions.end(caller.user_id, caller.session_id)
        self._events.record(SecurityEventKind.SIGNED_OUT, caller.user_id, caller.ip)
        await self._hooks.signed_out(caller.user_id)

    async def sign_out_unknown(self, cookie: str) -> None:
        """End the session of a cookie of which nobody could say whose it is."""
        await self.sessions.end_unknown(cookie)

    async def rotate_keys(self) -> str:
        """Sign and seal with new keys from now on; returns the id of what signs. Nobody is signed out.

        What is sealed is sealed anew. Raises `DatabaseUnavailable`; the keys are new all the same, and the
        server seals anew when it can.
        """
        lifetimes = self.sessions.lifetime_of
        made = self.keys.rotate(max(lifetimes.values()))
        self.sealing_keys.add()
        self._events.record(SecurityEventKind.SIGNING_KEY_ROTATED)
        await self.resealing.sweep()
        return made.key_id

    def _on_mail(self) -> None:
        if self._sender is not None:
            self._sender.wake()


def _session_lifetimes(settings: Settings) -> dict[SessionKind, timedelta]:
    return {
        SessionKind.COOKIE: timedelta(hours=settings.session_lifetime_h),
        SessionKind.BEARER: timedelta(hours=settings.bearer_lifetime_h),
    }


def _throttle_rules(settings: Settings) -> dict[KeyKind, ThrottleRules]:
    def rules(free: int) -> ThrottleRules:
        allowed = free if settings.rate_limits_enabled else NEVER
        return ThrottleRules(
            allowed, FIRST_DELAY_S, settings.sign_in_delay_s_max, settings.sign_in_forgotten_s
        )

    account = rules(settings.sign_in_free_failures)
    address = rules(settings.sign_in_free_failures_per_address)
    return {KeyKind.ACCOUNT: account, KeyKind.KNOWN: account, KeyKind.ADDRESS: address}


def _smtp_transport(settings: Settings) -> Transport | None:
    if settings.smtp_host is None:
        return None
    return SmtpTransport(
        SmtpServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_username,
            settings.smtp_password,
            settings.mail_from,
        )
    )
