"""Asking a provider: within bounds of bytes and time, no redirects, and no way into our own network.

A provider's address is chosen by somebody in an organization. So what its name stands for is looked at before
we connect, and we connect to that very address: nothing inside is reached unless the operator named the host.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
import httpx
import msgspec

from sertantai.accounts.providers.errors import ProviderUnavailable
from sertantai.accounts.providers.host_names import HostNames, InnerAddress
from sertantai.process.name_servers import NameServers

FETCH_S_MAX: Final = 3.0
ANSWER_BYTES_MAX: Final = 256 * 1024
ASKING_MAX: Final = 32
"""At the same time; more are told to try again."""
ASKING_OF_ONE_MAX: Final = 8
"""Of one issuer, however slow it is: others are asked meanwhile."""
_HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "sertantai"}


class Fetching:
    """``inner_hosts``: names that may stand for inner addresses, and be asked without TLS.

    ``issuer`` of a question is whose it is: of each so many are asked at the same time.
    """

    def __init__(self, inner_hosts: Iterable[str] = (), servers: Sequence[str] = ()) -> None:
        self._names = HostNames(inner_hosts, NameServers(servers))
        self._asking = Counter[str]()
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
        return parts.scheme == "https" or (parts.scheme == "http" and self._names.is_inner(host))

    async def get(self, issuer: str, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at an address. Raises `ProviderUnavailable`."""
        status, found = await self._fetch(issuer, "GET", url, headers or {}, None)
        if status != 200:
            raise ProviderUnavailable(f"status {status}")
        return found

    async def post(
        self, issuer: str, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        return await self._fetch(issuer, "POST", url, headers, form)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        self._names.close()

    async def _fetch(
        self, issuer: str, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        if not self.may_be_asked(url):
            raise ProviderUnavailable("not an address that may be asked")
        if self._asking.total() >= ASKING_MAX or self._asking[issuer] >= ASKING_OF_ONE_MAX:
            raise ProviderUnavailable("too many are asked at the same time")
        self._asking[issuer] += 1
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
            self._asking[issuer] -= 1
            if not self._asking[issuer]:
                del self._asking[issuer]

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
                transport=_Transport(context, _Network(self._names)),
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
            # One that was kept may be closed under the next question, and some are not to be asked twice.
            max_keepalive_connections=0,
            network_backend=network,
        )


class _Network(httpcore.AsyncNetworkBackend):
    """Connects to the address that it has looked at; the name stays what the certificate must be for."""

    def __init__(self, names: HostNames) -> None:
        self._names = names
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._names.address(host)
        return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
