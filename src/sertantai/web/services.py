"""What the routes of this room work with; the composition root puts it into the application's state."""

from typing import Any

import msgspec
from litestar import Request

from sertantai.accounts.caller import Caller
from sertantai.core.clock import Clock
from sertantai.core.errors import NotSignedIn
from sertantai.core.ids import OperationId
from sertantai.core.operations import Origin
from sertantai.engine.engine import Engine
from sertantai.http.idempotency_key import KEY_FIELD, operation_id_for, parse_key
from sertantai.lists.actions import Actions
from sertantai.lists.exporting.running import RunningExports
from sertantai.lists.groups import Groups
from sertantai.lists.guest_ticks import GuestTicks
from sertantai.lists.importing.matching import Matching
from sertantai.records.register import Register

STATE_KEY = "selections"

AnyRequest = Request[Any, Any, Any]


class Services(msgspec.Struct, frozen=True):
    engine: Engine
    register: Register
    actions: Actions
    groups: Groups
    guest_ticks: GuestTicks
    clock: Clock
    matching: Matching = msgspec.field(default_factory=Matching)
    exports: RunningExports = msgspec.field(default_factory=RunningExports)


def services(request: AnyRequest) -> Services:
    found: Services = request.app.state[STATE_KEY]
    return found


def caller(request: AnyRequest) -> Caller:
    """The signed-in caller; the routes' guards have seen to it that there is one."""
    found: Caller | None = request.scope.get("user")
    if found is None:
        raise NotSignedIn("Sign in first.")
    return found


def origin(who: Caller, source: str = "hand") -> Origin:
    session = None if who.session_id is None else str(who.session_id)
    return Origin(who.user_id, session, who.ip, who.user_agent, source)


def idempotent_id(request: AnyRequest, who: Caller) -> OperationId | None:
    """The operation id that the request's ``Idempotency-Key`` stands for, so that a retry is one change."""
    raw = request.headers.get(KEY_FIELD)
    return None if raw is None else operation_id_for(who.user_id, parse_key(raw.encode("latin-1")))
