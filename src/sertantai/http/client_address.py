"""Who is at the other end, behind the proxies that we trust and no others.

A forwarded header is believed only as far as trusted proxies vouch for it: the list in
``X-Forwarded-For`` is read from the right, and the first address that is not one of our proxies is
the client. Whatever a client wrote to its left is ignored.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

FORWARDED_HOPS_MAX: Final = 20
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def plain_address(text: str) -> str | None:
    """An address as it is kept, counted and compared: without its zone (``fe80::1%eth0``), which is this
    machine's business and nothing that PostgreSQL takes. None: it is no address.
    """
    address = _parse(text)
    return None if address is None else str(address)


class TrustedProxies:
    """The networks whose forwarded headers are believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        """``networks``: addresses or CIDR ranges; raises ValueError for anything else."""
        self._networks: tuple[Network, ...] = tuple(ip_network(text, strict=False) for text in networks)
        self.includes = lru_cache(maxsize=1024)(self._includes)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def _includes(self, text: str) -> bool:
        address = _parse(text)
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )

    def client_address(self, peer: str, forwarded_for: str | None) -> str:
        """The client's address: ``peer`` itself unless it is a proxy of ours that names another."""
        if not forwarded_for or not self.includes(peer):
            return peer
        nearest = peer
        for hop in reversed(forwarded_for.split(",")[-FORWARDED_HOPS_MAX:]):
            address = _parse(_without_port(hop.strip()))
            if address is None:
                return nearest
            nearest = str(address)
            if not self.includes(nearest):
                return nearest
        return nearest


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


class AllowedHosts:
    """The host names that this server answers to; none means any. ``*.example.org`` covers subdomains."""

    def __init__(self, names: Iterable[str]) -> None:
        lowered = [name.lower() for name in names]
        self._exact = frozenset(name for name in lowered if not name.startswith("*."))
        self._suffixes = tuple(name[1:] for name in lowered if name.startswith("*."))
        self._any = not lowered or "*" in lowered

    def includes(self, host_header: str) -> bool:
        """Whether a ``Host`` header, with or without port, names us."""
        if self._any:
            return True
        host = host_header.lower()
        if not host.endswith("]"):
            host = host.rpartition(":")[0] or host
        return host in self._exact or bool(self._suffixes and host.endswith(self._suffixes))
