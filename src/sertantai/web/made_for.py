"""For whom a page was made: its scripts say so with each request.

Cookies are a browser's, pages are a tab's: while a page stands open somebody else may sign in in another tab.
What its scripts send then is not done in the name of who has signed in, and they are not shown what is that
person's. It proves nothing of anybody: without it a request is answered as ever.
"""

from typing import Final

from sertantai.accounts.caller import Caller
from sertantai.core.errors import Conflict, NotSignedIn

HEADER: Final = b"x-sertantai-user"


class SignedInAsAnother(Conflict):
    """A page of one user's, in a browser in which another one has signed in since."""

    code = "signed_in_as_another"

    def __init__(self) -> None:
        super().__init__("You are signed in as somebody else in another tab.")


def require_who_it_was_made_for(stated: bytes, caller: Caller | None) -> None:
    """Raise `SignedInAsAnother`, or `NotSignedIn` where nobody with an account is there any more."""
    if caller is not None and str(caller.user_id).encode() == stated.strip().lower():
        return
    if caller is None or caller.is_guest:
        raise NotSignedIn("You have been signed out. Sign in again to carry on.")
    raise SignedInAsAnother
