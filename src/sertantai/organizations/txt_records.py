"""What the DNS says of a domain in text: asked with a bound on time, and on how much is read."""

from collections.abc import Sequence
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import dns.resolver

from sertantai.core.errors import InvalidInput, Unavailable

ANSWER_S_MAX: Final = 5.0
TEXTS_MAX: Final = 50
"""Of one name; what is more is not looked at."""
DNS_PORT: Final = 53


class DnsUnavailable(Unavailable):
    """It says neither that a record is there nor that it is not."""

    code = "dns_unavailable"

    def __init__(self) -> None:
        super().__init__("The DNS gives no answer at the moment. Try again in a minute.", retry_after_s=60)


class TxtRecords:
    """``servers``: addresses, or with a port ``127.0.0.1:5353``; none: those of this machine."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = [_server(one) for one in servers]
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def of(self, name: str) -> list[str]:
        """The texts at a name; none where there are none, or no such name. Raises `DnsUnavailable`."""
        try:
            found = await self._asking().resolve(
                name, dns.rdatatype.TXT, lifetime=ANSWER_S_MAX, search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError):
            raise DnsUnavailable from None
        texts = list(found.rrset or ())[:TEXTS_MAX]
        return [b"".join(one.strings).decode("ascii", "replace") for one in texts]

    def _asking(self) -> dns.asyncresolver.Resolver:
        """Made when it is first asked: a machine without DNS can do all else."""
        if self._resolver is None:
            try:
                made = dns.asyncresolver.Resolver(configure=not self._servers)
            except (dns.exception.DNSException, OSError):
                raise DnsUnavailable from None
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
