"""What handlers take from a request: who asks, for whose lists, from where; and the cookies of a sign-in."""

from collections.abc import Awaitable
from datetime import date
from typing import Any, Final

from litestar import Response
from litestar.datastructures import Cookie

from sertantai.accounts.caller import Caller
from sertantai.accounts.model import SignedIn, User
from sertantai.accounts.service import Accounts
from sertantai.accounts.sessions.known_devices import DEVICE_COOKIE, LIFETIME
from sertantai.accounts.sign_in import Whereabouts
from sertantai.core.errors import InvalidInput, NotSignedIn, SertantaiError
from sertantai.core.ids import OperationId
from sertantai.core.operations import Origin
from sertantai.core.rights import Right
from sertantai.http.caller import AnyConnection
from sertantai.http.csrf import CSRF_COOKIE, session_cookie
from sertantai.http.guards import SessionNeeded
from sertantai.http.idempotency_key import KEY_FIELD, operation_id_for, parse_key
from sertantai.http.pages.time_zone import reader_zone
from sertantai.lists.access import Allowed, Asking, Lists, ViewingAs
from sertantai.records.finding.abbreviations import Abbreviations
from sertantai.web.services import AnyRequest, Services, services

COOKIE_PATH: Final = "/"
VERSION_DIGITS_MAX: Final = 18


def accounts_of(connection: AnyConnection) -> Accounts:
    accounts: Accounts = connection.app.state.accounts
    return accounts


def reader_today(request: AnyRequest) -> date:
    """The day that it is where the reader of a page is."""
    return services(request).clock.now().astimezone(reader_zone(request)).date()


def caller_of(connection: AnyConnection) -> Caller:
    """The caller of a route that is guarded by ``signed_in`` or ``admin``."""
    caller = connection.scope.get("user")
    if not isinstance(caller, Caller):
        raise NotSignedIn("Sign in first.")
    return caller


def asked(request: AnyRequest, source: str = "hand", *, keyed: bool = False) -> Asking:
    """Who asks. ``keyed``: with the operation that an ``Idempotency-Key`` stands for, so that a retry is one
    change; it is read only where something is done under it."""
    who = caller_of(request)
    # Only what is posted takes away many laws; each tick would pay for the look.
    seen = version_seen(request) if request.method == "POST" else None
    return asking_of(who, source, _key(request, who) if keyed else None, seen)


def asking_of(
    who: Caller, source: str = "hand", key: OperationId | None = None, seen: int | None = None
) -> Asking:
    session = None if who.session_id is None else str(who.session_id)
    actor, viewing = who.user_id, None
    if who.viewing is not None:
        organization, actor = who.viewing
        viewing = ViewingAs(organization, who.user_id)
    return Asking(Origin(actor, session, who.ip, who.user_agent, source), key, seen, viewing)


def version_seen(request: AnyRequest) -> int | None:
    """Which version of a list the caller has seen, as far as they say."""
    wanted = request.headers.get("if-unmodified-since-version")
    if wanted is None:
        return None
    if not wanted.isdecimal() or len(wanted) > VERSION_DIGITS_MAX:
        raise InvalidInput("If-Unmodified-Since-Version: it is not a version.", field="version")
    return int(wanted)


def allowed(
    request: AnyRequest, reference: str, right: Right, source: str = "hand", *, keyed: bool = False
) -> Awaitable[Allowed]:
    """The list that a request names, if whoever asks may do that with it."""
    return services(request).access.list_of(asked(request, source, keyed=keyed), reference, right)


async def allowed_to_read(request: AnyRequest, reference: str) -> Allowed:
    """As `allowed`; of an organization's list that a program reads it is told once a day."""
    found = await allowed(request, reference, Right.READ)
    if found.access is not None and "authorization" in request.headers:
        services(request).accesses.read(found.actor, found.group.id, found.owner)
    return found


def lists_of(request: AnyRequest, source: str = "hand", *, keyed: bool = False) -> Awaitable[Lists]:
    """The lists of whoever asks."""
    return services(request).access.lists_of(asked(request, source, keyed=keyed))


def organization_of(
    request: AnyRequest, reference: str, source: str = "hand", *, keyed: bool = False
) -> Awaitable[Lists]:
    """The lists of the organization that a request names by slug or UUID; to whoever is no member there is
    none."""
    return services(request).access.lists_in(asked(request, source, keyed=keyed), reference)


def _key(request: AnyRequest, who: Caller) -> OperationId | None:
    raw = request.headers.get(KEY_FIELD)
    return None if raw is None else operation_id_for(who.user_id, parse_key(raw.encode("latin-1")))


def own_words(request: AnyRequest) -> Awaitable[Abbreviations]:
    """What the caller means by abbreviations of their own, or of their organizations."""
    return words_of(services(request), caller_of(request))


async def words_of(service: Services, who: Caller) -> Abbreviations:
    try:
        shared = [lists.owner for lists in await service.access.organizations_of(asking_of(who))]
    except SertantaiError:  # searching goes on without what is not known now
        shared = []
    return await service.abbreviations.ready(who.user_id, shared)


def guest_caller_of(connection: AnyConnection) -> Caller | None:
    """The caller, if it is a guest."""
    caller = connection.scope.get("user")
    return caller if isinstance(caller, Caller) and caller.is_guest else None


def session_caller_of(connection: AnyConnection) -> Caller:
    """The same, for what only somebody who has signed in may do; raises `SessionNeeded`."""
    caller = caller_of(connection)
    if caller.session_id is None:
        raise SessionNeeded
    return caller


async def user_of(connection: AnyConnection) -> User:
    """The user of `session_caller_of`, fresh from the database."""
    user = await accounts_of(connection).find_user(session_caller_of(connection).user_id)
    if user is None:
        raise NotSignedIn("This account no longer exists.")
    return user


def ip_of(connection: AnyConnection) -> str | None:
    return connection.client.host if connection.client else None


def user_agent_of(connection: AnyConnection) -> str | None:
    return connection.headers.get("user-agent")


def whereabouts_of(connection: AnyConnection) -> Whereabouts:
    return Whereabouts(ip_of(connection), connection.cookies.get(DEVICE_COOKIE, ""))


def with_session(response: Response[Any], signed_in: SignedIn, *, secure: bool) -> Response[Any]:
    """Hand the session to the browser; the CSRF cookie of before belongs to no one now."""
    lifetime = signed_in.expires_at - signed_in.session.created_at
    name = session_cookie(secure=secure)
    response.set_cookie(_cookie(name, signed_in.token, int(lifetime.total_seconds()), secure=secure))
    response.delete_cookie(CSRF_COOKIE, path=COOKIE_PATH)
    return response


def with_known_device(response: Response[Any], request: AnyRequest, user: User) -> Response[Any]:
    """Remember that this browser is one of the user's."""
    accounts = accounts_of(request)
    value = accounts.device_cookie(user, request.cookies.get(DEVICE_COOKIE, ""), ip_of(request))
    if value is not None:
        age_s = int(LIFETIME.total_seconds())
        response.set_cookie(_cookie(DEVICE_COOKIE, value, age_s, secure=accounts.secure_cookies))
    return response


def without_session(response: Response[Any], *, secure: bool) -> Response[Any]:
    """Take the session from the browser. It stays a known device."""
    # Not `delete_cookie`: a browser ignores what names a `__Host-` cookie and is not secure itself.
    response.set_cookie(_cookie(session_cookie(secure=secure), "", 0, secure=secure))
    response.delete_cookie(CSRF_COOKIE, path=COOKIE_PATH)
    return response


def _cookie(name: str, value: str, max_age_s: int, *, secure: bool) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        path=COOKIE_PATH,
        max_age=max_age_s,
        secure=secure,
        httponly=True,
        samesite="lax",
    )
