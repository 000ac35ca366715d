"""What a personal token needs for a route: said where the route is, as ``opt=FOR_READING``, or with others
as ``opt={**FOR_READING, **SHAPE.opt}``. A route that says nothing is closed to tokens.

It is asked for tokens that are no session: personal ones and a sister's. Whoever has signed in, by a browser
or a program, may do everything.

A change whose answer says more of a list than what was sent, or that copies what somebody cannot see into
a place where they can, is `FOR_BOTH`: it needs the scope to read too.
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar.handlers import BaseRouteHandler

from sertantai.accounts.caller import TokenScope
from sertantai.http.guards import TOKENS

Needed = tuple[TokenScope, ...]

FOR_READING: Final[Mapping[str, Any]] = {TOKENS: (TokenScope.READ,)}
FOR_CHANGING: Final[Mapping[str, Any]] = {TOKENS: (TokenScope.SELECT,)}
FOR_BOTH: Final[Mapping[str, Any]] = {TOKENS: (TokenScope.READ, TokenScope.SELECT)}
VIEWED: Final = "viewed"
"""A handler with ``opt={"viewed": True}`` is answered while somebody looks as somebody else (`viewing`)."""
LOOKED_AT: Final[Mapping[str, Any]] = {**FOR_READING, VIEWED: True}
"""What may be looked at so is open to tokens that read."""
NO_TOKEN: Final = None
"""Only for somebody who has signed in."""


def scopes_of(method: str, handler: BaseRouteHandler | None) -> Needed | None:
    """The scopes that a token needs, all of them; None: no token does. OPTIONS tells methods only."""
    if method == "OPTIONS":
        return ()
    return NO_TOKEN if handler is None else handler.opt.get(TOKENS, NO_TOKEN)
