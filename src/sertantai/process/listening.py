"""The address and port to listen on, taken before anything else is done: who cannot have it hears at once."""

import errno
import socket
from typing import Final

from sertantai.core.errors import Unavailable
from sertantai.process.settings import Settings

_NO_SUCH_ADDRESS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_FIRST_FREE_FOR_ALL: Final = 1_024


class CannotListen(Unavailable):
    """Nobody can reach a server there; the message says why and what to do."""

    code = "cannot_listen"


class Listening:
    """Sockets bound to ``host`` and ``port``, on which nobody listens yet. Close it."""

    def __init__(self, host: str, port: int) -> None:
        """Raises `CannotListen`."""
        self._host, self._port = host, port
        self.sockets: list[socket.socket] = []
        missing: OSError | None = None
        try:
            for family, address in _addresses(host, port):
                try:
                    self._bind(family, address)
                except OSError as error:
                    if error.errno not in _NO_SUCH_ADDRESS:
                        raise
                    missing = error  # of a name with several addresses one will do
            if not self.sockets and missing is not None:
                raise missing
        except OSError as error:
            self.close()
            raise self.refusal(error) from error

    @property
    def port(self) -> int:
        """Of 0 the free one that was found."""
        port: int = self.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        for bound in self.sockets:
            bound.close()

    def refusal(self, error: OSError) -> CannotListen:
        """In words, what keeps us from listening here."""
        host, port = self._host, self._port
        if error.errno == errno.EADDRINUSE:
            return CannotListen(
                f"Port {port} on {host} is in use by another program. Stop that one, or choose another port "
                "with --port; 0 picks a free one."
            )
        if error.errno in (errno.EACCES, errno.EPERM):
            return CannotListen(
                f"This user may not listen on port {port}. Choose one from {_FIRST_FREE_FOR_ALL} on with "
                "--port, and put a proxy in front of it."
            )
        if error.errno in _NO_SUCH_ADDRESS:
            return CannotListen(f"{host} is not an address of this machine. Choose another with --host.")
        return CannotListen(f"Nobody can listen on port {port} of {host}: {error.strerror or error}.")

    def _bind(self, family: int, address: tuple[object, ...]) -> None:
        bound = socket.socket(family, socket.SOCK_STREAM)
        self.sockets.append(bound)
        try:
            bound.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # after a restart old connections linger
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            first = self.sockets[0]
            if address[1] == 0 and first is not bound:  # one free port for all addresses of a name
                address = (address[0], first.getsockname()[1], *address[2:])
            bound.bind(address)
        except OSError:
            self.sockets.remove(bound)
            bound.close()
            raise


def url_of(host: str, port: int) -> str:
    """How addresses of a server there begin."""
    host = host.strip("[]")
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def public_url(settings: Settings) -> str:
    """How links begin: with the address at which people reach the server, else with where it listens."""
    return settings.public_url or url_of(settings.host, settings.port)


def _addresses(host: str, port: int) -> list[tuple[int, tuple[object, ...]]]:
    try:
        found = socket.getaddrinfo(
            host.strip("[]") or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError) as error:
        raise CannotListen(
            f"{host} is not an address or name of this machine. Choose another with --host."
        ) from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))
