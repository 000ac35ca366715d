"""What an address is counted as: itself, or the networks that one customer of a provider may have."""

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

IPV6_BLOCKS: Final = ((64, 1), (56, 2), (48, 4))
"""What one customer of a provider may have, and how many times the allowance each is given: counting single
addresses, or blocks of one size only, would count nothing for whoever has a larger one."""
NOWHERE: Final = "nowhere"
KEPT_MAX: Final = 4_096
"""Addresses whose networks are remembered: reading one takes longer than counting it."""


@lru_cache(KEPT_MAX)
def address_keys(ip: str | None) -> tuple[str, ...]:
    """What a request is counted for: an IPv4 address, or the networks of an IPv6 address, narrowest first."""
    if ip is None:
        return (NOWHERE,)
    if ":" not in ip:
        return (ip,)
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return (ip,)
    return tuple(str(ip_network(f"{address}/{bits}", strict=False)) for bits, _ in IPV6_BLOCKS)
