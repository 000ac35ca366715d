"""What the DNS says of a domain in text: asked with a bound on time, and on how much is read."""

from typing import Final

import dns.exception
import dns.rdatatype
import dns.resolver

from sertantai.core.errors import Unavailable
from sertantai.process.name_servers import NameServers

ANSWER_S_MAX: Final = 5.0
TEXTS_MAX: Final = 50
"""Of one name; what is more is not looked at."""


class DnsUnavailable(Unavailable):
    """It says neither that a record is there nor that it is not."""

    code = "dns_unavailable"

    def __init__(self) -> None:
        super().__init__("The DNS gives no answer at the moment. Try again in a minute.", retry_after_s=60)


class TxtRecords:
    def __init__(self, servers: NameServers) -> None:
        self._servers = servers

    async def of(self, name: str) -> list[str]:
        """The texts at a name; none where there are none, or no such name. Raises `DnsUnavailable`."""
        try:
            found = await self._servers.resolver().resolve(
                name, dns.rdatatype.TXT, lifetime=ANSWER_S_MAX, search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError):
            raise DnsUnavailable from None
        texts = list(found.rrset or ())[:TEXTS_MAX]
        return [b"".join(one.strings).decode("ascii", "replace") for one in texts]
