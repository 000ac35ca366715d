"""Servers of the DNS: those of this machine, or those that the settings name."""

from collections.abc import Sequence
from typing import Final

import dns.asyncresolver
import dns.nameserver

from sertantai.core.errors import InvalidInput

DNS_PORT: Final = 53


class NameServers:
    """``servers``: addresses, or with a port ``127.0.0.1:5353``; none: those of this machine."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = [_server(one) for one in servers]
        self._resolver: dns.asyncresolver.Resolver | None = None

    def resolver(self) -> dns.asyncresolver.Resolver:
        """Made when it is first asked for: a machine without DNS can do all else.

        Raises `dns.exception.DNSException`, `OSError`.
        """
        if self._resolver is None:
            made = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                made.nameservers = [dns.nameserver.Do53Nameserver(*server) for server in self._servers]
            self._resolver = made
        return self._resolver


def _server(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        return text, DNS_PORT
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise InvalidInput(f"dns_servers: {text[:60]!r} is not an address.", field="dns_servers")
    return host.strip("[]"), int(port)
