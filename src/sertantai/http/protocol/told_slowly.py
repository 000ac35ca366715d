"""The way to a client that is told something for hours, or piece by piece, as whoever tells it sees it."""

from typing import Final, Protocol, cast

from sertantai.http.asgi import Scope

CONNECTION: Final = "connection"
"""In the state of a request: its `Way`."""


class Way(Protocol):
    def be_narrow(self) -> None:
        """From now on no more than a little waits on it, here or in the kernel."""

    async def drained(self) -> None:
        """Returns once the kernel has taken all, or the client is gone."""

    def hang_up(self) -> None:
        """What waits is lost."""


class _Unbound:
    """Where there is no connection of ours."""

    def be_narrow(self) -> None: ...

    async def drained(self) -> None: ...

    def hang_up(self) -> None: ...


def way_of(scope: Scope) -> Way:
    return cast("Way | None", scope["state"].get(CONNECTION)) or _Unbound()
