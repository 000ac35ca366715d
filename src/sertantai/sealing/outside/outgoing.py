"""Asking somebody outside: within bounds of bytes and time, without redirects and proxies.

Where it is, only the operator says, in settings.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    import httpx

ANSWER_BYTES_MAX: Final = 64 * 1024
ANSWER_S_MAX: Final = 10.0


class NoAnswer(Exception):
    """Or none that can be read; the message says why, in a few words."""


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes


class Outgoing:
    """Close it. ``transport``: another way than the network."""

    def __init__(self, transport: "httpx.AsyncBaseTransport | None" = None) -> None:
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._closed = False

    async def post(
        self, url: str, body: bytes, content_type: str, more: Mapping[str, str] | None = None
    ) -> Answer:
        """``more``: headers. Raises `NoAnswer`."""
        import httpx

        client = await self._http()
        headers = {"content-type": content_type, "accept-encoding": "identity", "user-agent": "sertantai"}
        headers |= more or {}
        found = bytearray()
        try:
            async with (
                asyncio.timeout(ANSWER_S_MAX),
                client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                async for chunk in answer.aiter_raw():
                    found += chunk
                    if len(found) > ANSWER_BYTES_MAX:
                        raise NoAnswer("the answer is too large")
        except TimeoutError:
            raise NoAnswer("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NoAnswer(f"no answer ({type(error).__name__})") from None
        return Answer(answer.status_code, bytes(found))

    async def close(self) -> None:
        self._closed = True
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _http(self) -> "httpx.AsyncClient":
        """Made when it is first needed: reading the certificates of this machine takes a while."""
        import httpx

        if self._closed:
            raise NoAnswer("nobody is asked any more")
        client = self._client
        if client is None:
            context = await asyncio.to_thread(ssl.create_default_context)
            client = self._client = self._client or httpx.AsyncClient(
                verify=context,
                transport=self._transport,
                follow_redirects=False,
                trust_env=False,
                timeout=ANSWER_S_MAX,
            )
        return client
