"""How many connections there may be, in all and from one address.

Each holds a descriptor, and a process that has none left can neither answer nor write its journal. So some
are kept spare: for files, for the database, and for telling those who are refused why.
"""

import resource
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from ipaddress import ip_address, ip_network
from typing import Final

CONNECTIONS_MAX: Final = 8_192
PER_ADDRESS_MAX: Final = 1_500
"""An office behind one address has hundreds of browsers, and a browser up to six connections."""
SPARE_DESCRIPTORS: Final = 256
SPARE_FRACTION_MAX: Final = 0.5
"""Where a process may have very few descriptors, this much of them is spare at most."""
REFUSED_AT_ONCE_MAX: Final = 64
"""So many are told why they are refused; further ones are hung up on."""
IPV6_BLOCK: Final = 64


class Admitted(Enum):
    YES = auto()
    NO = auto()
    """There is room to say so."""
    NOT_EVEN_TOLD = auto()


class Connections:
    """Counts those of one server. Peers that ``is_proxy`` names speak for many: only their sum is bounded."""

    def __init__(
        self,
        connections_max: int = CONNECTIONS_MAX,
        per_address_max: int = PER_ADDRESS_MAX,
        is_proxy: Callable[[str], bool] = lambda _address: False,
    ) -> None:
        self._max = connections_max
        self._per_address_max = per_address_max
        self._is_proxy = is_proxy
        self._open: Counter[str] = Counter()
        self._count = 0
        self.refused = 0
        """Being told so at present."""

    def __len__(self) -> int:
        return self._count

    def admit(self, address: str | None) -> Admitted:
        """Count one more if there is room for it; whoever is let in must `leave`."""
        whose = block_of(address)
        is_counted = address is not None and not self._is_proxy(address)
        if self._count < self._max and not (is_counted and self._open[whose] >= self._per_address_max):
            self._count += 1
            self._open[whose] += 1
            return Admitted.YES
        if not self._open[whose]:
            del self._open[whose]
        return Admitted.NO if self.refused < REFUSED_AT_ONCE_MAX else Admitted.NOT_EVEN_TOLD

    def leave(self, address: str | None) -> None:
        whose = block_of(address)
        self._count -= 1
        self._open[whose] -= 1
        if self._open[whose] <= 0:
            del self._open[whose]


def room_for_connections(wanted: int) -> int:
    """``wanted``, or as many as this process may have with enough descriptors kept spare."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    spare = min(SPARE_DESCRIPTORS, int(soft * SPARE_FRACTION_MAX))
    return max(1, min(wanted, soft - spare))


def block_of(address: str | None) -> str:
    """An IPv4 address, or what one customer of a provider has of IPv6 at least."""
    if address is None:
        return ""
    if ":" not in address:
        return address
    try:
        return str(ip_network(f"{ip_address(address.partition('%')[0])}/{IPV6_BLOCK}", strict=False))
    except ValueError:
        return address
