"""What a provider's host stands for: addresses of the public internet, and no others.

Its name is chosen by somebody in an organization, and their DNS may take its time: it is asked without a
thread, which nobody could take back, so that it delays nobody but them.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import dns.exception

from sertantai.process.name_servers import NameServers

NAME_S_MAX: Final = 2.0
INNER_AT_ONCE_MAX: Final = 4
"""Names that the operator has given, which this machine's own files may know."""
ADDRESSES_MAX: Final = 50


class InnerAddress(Exception):
    """The host's name stands for an address that is not of the public internet."""


class HostNames:
    """``inner``: names that may stand for inner addresses."""

    def __init__(self, inner: Iterable[str], servers: NameServers) -> None:
        self._inner = frozenset(host.lower() for host in inner)
        self._servers = servers
        self._threads = ThreadPoolExecutor(INNER_AT_ONCE_MAX, thread_name_prefix="inner-names")

    def is_inner(self, host: str) -> bool:
        return host.lower() in self._inner

    async def address(self, host: str) -> str:
        """One to connect to. Raises `InnerAddress` if any of them is inside, and `OSError`."""
        if self.is_inner(host):
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._threads, socket.getaddrinfo, host, 0)
            return str(found[0][4][0])
        addresses = [host] if _is_address(host) else await self._asked(host)
        if not addresses or not all(map(is_outside, addresses)):
            raise InnerAddress(host)
        return addresses[0]

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def _asked(self, host: str) -> list[str]:
        """IPv4 first: where there is no IPv6, connecting to it would take all the time there is."""
        try:
            found = await self._servers.resolver().resolve_name(host, lifetime=NAME_S_MAX, search=False)
        except dns.exception.DNSException as error:
            raise OSError(type(error).__name__) from None
        return sorted(list(found.addresses())[:ADDRESSES_MAX], key=lambda address: ":" in address)


_WHOLE_IPV6: Final = ipaddress.ip_network("2000::/3")
"""What is given out of IPv6; all else is for use inside, or for another address written in it."""
_NOT_OUTSIDE: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # a cloud's own services, for the machines in it
            "192.0.0.0/24",
            "192.88.99.0/24",
            "2001::/23",  # with Teredo, which holds another address
            "2002::/16",  # 6to4, likewise
        ),
    )
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def is_outside(address: str) -> bool:
    """Whether an address is of the public internet, whatever form it is written in."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_outside(str(found.ipv4_mapped))
        if found in _NAT64:
            return is_outside(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found.scope_id is not None or found not in _WHOLE_IPV6:
            return False
    return found.is_global and not found.is_multicast and not any(found in one for one in _NOT_OUTSIDE)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
