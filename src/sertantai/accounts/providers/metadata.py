"""What a provider says of itself, and its keys: asked seldom, kept for a while, believed within limits."""

import asyncio
from collections import OrderedDict
from typing import Any, Final

import msgspec

from sertantai.accounts.providers.errors import ProviderUnavailable
from sertantai.accounts.providers.fetching import Fetching
from sertantai.accounts.providers.public_keys import PublicKey, public_key_of
from sertantai.core.clock import Clock

END_SESSION: Final = "end_session_endpoint"
WELL_KNOWN: Final = "/.well-known/openid-configuration"
GOOD_FOR_S: Final = 3600.0
FAILED_FOR_S: Final = 15.0
"""So long nobody asks again where there was no answer."""
KEYS_AGAIN_AFTER_S: Final = 30.0
"""A key that is not known may be a new one, or made up: so often it is asked for all of them."""
KEPT_MAX: Final = 200
KEYS_MAX: Final = 100
ENDPOINT_CHARACTERS_MAX: Final = 2_000


class Metadata(msgspec.Struct, frozen=True):
    """``says_issuer``: each answer names who it is from (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    secret_in_body: bool
    says_issuer: bool
    end_session_endpoint: str | None = None


class _Known:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.metadata: Metadata | None = None
        self.keys: list[PublicKey] = []
        self.until = float("-inf")
        self.keys_at = float("-inf")
        self.failed: ProviderUnavailable | None = None


class ProviderFacts:
    """By issuer. Whoever comes while one asks waits for that answer."""

    def __init__(self, fetching: Fetching, clock: Clock) -> None:
        self._fetching = fetching
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def metadata(self, issuer: str) -> Metadata:
        """Raises `ProviderUnavailable`."""
        known = await self._fresh(issuer)
        assert known.metadata is not None, "it is fresh"
        return known.metadata

    async def keys(self, issuer: str, key_id: str | None) -> list[PublicKey]:
        """All that may have signed; asked anew for one that is not known (rotation)."""
        known = await self._fresh(issuer)
        assert known.metadata is not None, "it is fresh"
        if key_id is None or any(key.key_id == key_id for key in known.keys):
            return known.keys
        async with known.lock:
            if self._clock.monotonic() - known.keys_at >= KEYS_AGAIN_AFTER_S:
                known.keys_at = self._clock.monotonic()
                known.keys = await self._read_keys(known.metadata)
        return known.keys

    def forget(self, issuer: str) -> None:
        """Somebody has changed what is set; it is asked anew, by one after the other as ever."""
        known = self._known.get(issuer)
        if known is not None:
            known.until = float("-inf")

    async def _fresh(self, issuer: str) -> _Known:
        known = self._known.setdefault(issuer, _Known())
        self._known.move_to_end(issuer)
        while len(self._known) > KEPT_MAX:
            self._known.popitem(last=False)
        async with known.lock:
            now = self._clock.monotonic()
            if now < known.until:
                if known.failed is not None:
                    raise known.failed
                return known
            try:
                known.metadata = await self._read(issuer)
                known.keys = await self._read_keys(known.metadata)
            except ProviderUnavailable as error:
                known.failed, known.until = error, self._clock.monotonic() + FAILED_FOR_S
                raise
            known.failed, known.keys_at = None, self._clock.monotonic()
            known.until = known.keys_at + GOOD_FOR_S
        return known

    async def _read(self, issuer: str) -> Metadata:
        said = await self._fetching.get(issuer, issuer.rstrip("/") + WELL_KNOWN)
        if said.get("issuer") != issuer:
            raise ProviderUnavailable("it says that it is another issuer")
        methods = said.get("token_endpoint_auth_methods_supported")
        said_so = isinstance(methods, list) and methods and "client_secret_basic" not in methods
        userinfo = said.get("userinfo_endpoint")
        return Metadata(
            issuer,
            self._endpoint(said, "authorization_endpoint"),
            self._endpoint(said, "token_endpoint"),
            self._endpoint(said, "jwks_uri"),
            None if userinfo is None else self._endpoint(said, "userinfo_endpoint"),
            bool(said_so),
            said.get("authorization_response_iss_parameter_supported") is True,
            said[END_SESSION] if self._may_be_sent_to(said.get(END_SESSION)) else None,
        )

    def _endpoint(self, said: dict[str, Any], name: str) -> str:
        url = said.get(name)
        if not isinstance(url, str) or not self._may_be_sent_to(url):
            raise ProviderUnavailable(f"{name} is not an address that may be asked")
        return url

    def _may_be_sent_to(self, url: object) -> bool:
        if not isinstance(url, str) or len(url) > ENDPOINT_CHARACTERS_MAX:
            return False
        return self._fetching.may_be_asked(url)

    async def _read_keys(self, metadata: Metadata) -> list[PublicKey]:
        found = (await self._fetching.get(metadata.issuer, metadata.jwks_uri)).get("keys")
        if not isinstance(found, list):
            raise ProviderUnavailable("no keys")
        keys = (public_key_of(one) for one in found[:KEYS_MAX])
        return [key for key in keys if key is not None]
