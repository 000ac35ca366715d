"""``/api/v1/live/tickets``: what stands in the address of a handshake in the place of a token."""

from datetime import datetime

import msgspec
from litestar import Response, post

from sertantai.core.errors import NotSignedIn
from sertantai.http.asgi import Scope
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import signed_in
from sertantai.live.service import STATE_KEY as LIVE
from sertantai.live.service import Live
from sertantai.web.live.knocking import Doorkeeper
from sertantai.web.live.long_polling import DOORKEEPER
from sertantai.web.requests import caller_of
from sertantai.web.token_scopes import FOR_READING


class Ticket(msgspec.Struct, frozen=True):
    """The only answer that holds it."""

    ticket: str
    expires_at: datetime


@post("/live/tickets", guards=[signed_in], opt=FOR_READING, summary="A ticket for one live connection")
async def make_ticket(request: AnyRequest) -> Response[Ticket]:
    """For clients that can send nothing but an address: `token=` of one handshake within a minute. The
    connection is that of whatever asked for it, and ends with it."""
    doorkeeper: Doorkeeper = request.app.state[DOORKEEPER]
    live: Live = request.app.state[LIVE]
    scope: Scope = request.scope  # type: ignore[assignment]  # see asgi.py
    proof = doorkeeper.proof(scope)
    if proof is None:
        raise NotSignedIn("Sign in first.")
    ticket, until = live.tickets.make(proof, caller_of(request).user_id)
    return Response(Ticket(ticket, until), status_code=201, headers={"Cache-Control": "no-store"})


ROUTES = [make_ticket]
