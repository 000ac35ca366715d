"""Asking a provider: within bounds of bytes and time, no redirects, and no way into our own network.

A provider's address is chosen by somebody in an organization. So what its name stands for is looked at before
we connect, and we connect to that very address: nothing inside is reached unless the operator named the host.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
import httpx
import msgspec

from sertantai.accounts.providers.errors import ProviderUnavailable

FETCH_S_MAX: Final = 3.0
ANSWER_BYTES_MAX: Final = 256 * 1024
ASKING_MAX: Final = 32
"""At the same time; more are told to try again."""
_HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "sertantai"}


class InnerAddress(Exception):
    """The host's name stands for an address that is not of the public internet."""


class Fetching:
    """``inner_hosts``: names that may stand for inner addresses, and be asked without TLS."""

    def __init__(self, inner_hosts: Iterable[str] = ()) -> None:
        self._inner = frozenset(host.lower() for host in inner_hosts)
        self._asking = 0
        self._client: httpx.AsyncClient | None = None

    def may_be_asked(self, url: str) -> bool:
        """Whether an address has the form of one that we, or a browser, are sent to."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if (
            not host
            or parts.username is not None
            or parts.fragment
            or not url.isascii()
            or not url.isprintable()
        ):
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and host in self._inner)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at an address. Raises `ProviderUnavailable`."""
        status, found = await self._fetch("GET", url, headers or {}, None)
        if status != 200:
            raise ProviderUnavailable(f"status {status}")
        return found

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        return await self._fetch("POST", url, headers, form)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _fetch(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        if not self.may_be_asked(url):
            raise ProviderUnavailable("not an address that may be asked")
        if self._asking >= ASKING_MAX:
            raise ProviderUnavailable("too many are asked at the same time")
        self._asking += 1
        try:
            async with asyncio.timeout(FETCH_S_MAX):
                return await self._read(method, url, {**_HEADERS, **headers}, form)
        except TimeoutError:
            raise ProviderUnavailable("no answer in time") from None
        except InnerAddress:
            raise ProviderUnavailable("an address inside") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.NetworkError, OSError, ssl.SSLError) as error:
            raise ProviderUnavailable(type(error).__name__) from None
        finally:
            self._asking -= 1

    async def _read(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        body, length = [], 0
        async with (await self._http()).stream(method, url, headers=headers, data=form) as answer:
            async for chunk in answer.aiter_raw():
                length += len(chunk)
                if length > ANSWER_BYTES_MAX:
                    raise ProviderUnavailable("an answer too large")
                body.append(chunk)
        try:
            found = msgspec.json.decode(b"".join(body))
        except (msgspec.DecodeError, RecursionError):
            found = None
        if not isinstance(found, dict):
            if answer.status_code == 200:
                raise ProviderUnavailable("not a JSON object")
            found = {}
        return answer.status_code, found

    async def _http(self) -> httpx.AsyncClient:
        """Made when it is first needed: reading the certificates of this machine takes a while."""
        client = self._client
        if client is None:
            context = await asyncio.to_thread(ssl.create_default_context)
            client = self._client = self._client or httpx.AsyncClient(
                transport=_Transport(context, _Network(self._inner)),
                follow_redirects=False,
                trust_env=False,
                timeout=FETCH_S_MAX,
            )
        return client


class _Transport(httpx.AsyncHTTPTransport):
    def __init__(self, context: ssl.SSLContext, network: httpcore.AsyncNetworkBackend) -> None:
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=ASKING_MAX,
            max_keepalive_connections=4,
            keepalive_expiry=5.0,
            network_backend=network,
        )


class _Network(httpcore.AsyncNetworkBackend):
    """Connects to the address that it has looked at; the name stays what the certificate must be for."""

    def __init__(self, inner: frozenset[str]) -> None:
        self._inner = inner
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not addresses or not (host.lower() in self._inner or all(map(is_outside, addresses))):
            raise InnerAddress(host)
        return await self._plain.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def is_outside(address: str) -> bool:
    """Whether an address is of the public internet, whatever form it is written in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inside is not None:
            return is_outside(str(inside))
        if found in _NAT64:
            return is_outside(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
