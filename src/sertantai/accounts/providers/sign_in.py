"""Signing in with a provider, step by step: out to it, back with a code, and who that is here.

Whoever comes back is taken for somebody only when the provider speaks for their address: it is confirmed, and
of a domain that is the provider's. An account of before is linked once its password, or a mail, says so too.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from sertantai.accounts.errors import AccountDisabled, EmailTaken, SignInDelayed
from sertantai.accounts.model import ADMIN_ROLE, User
from sertantai.accounts.providers import begun, id_tokens
from sertantai.accounts.providers.begun import Began, BegunSignIns
from sertantai.accounts.providers.errors import (
    AddressNotSpokenFor,
    AdministratorsByPassword,
    ProviderRefused,
    ProviderUnavailable,
    SignInBroken,
)
from sertantai.accounts.providers.fetching import Fetching
from sertantai.accounts.providers.id_tokens import Expected, Identity
from sertantai.accounts.providers.identities import Identities
from sertantai.accounts.providers.metadata import Metadata, ProviderFacts
from sertantai.accounts.providers.provider import Provider
from sertantai.accounts.provisioned import ProvisionedAccounts
from sertantai.accounts.sign_in import Whereabouts, address_block
from sertantai.accounts.store import AccountStore
from sertantai.accounts.throttling.throttle import Key, KeyKind, networks_of
from sertantai.accounts.throttling.throttling import Throttling
from sertantai.core.clock import Clock
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.http.aside import aside

SCOPE: Final = " ".join(("openid", "email"))
CODE_CHARACTERS_MAX: Final = 4_000


class Answer(msgspec.Struct, frozen=True):
    """What a browser brings back from a provider."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""


class Arrived(msgspec.Struct, frozen=True):
    """Who has proved themselves, and where they wanted to go."""

    user: User
    wanted: str


class ToLink(msgspec.Struct, frozen=True):
    """There is an account with this address: its password, or a mail, is to say that it is theirs."""

    token: str
    email: str
    wanted: str


class ProviderSignIn:
    def __init__(
        self,
        store: AccountStore,
        begun_sign_ins: BegunSignIns,
        identities: Identities,
        provisioned: ProvisionedAccounts,
        fetching: Fetching,
        throttling: Throttling,
        clock: Clock,
        events: SecurityEvents,
    ) -> None:
        self._store = store
        self._begun = begun_sign_ins
        self._identities = identities
        self._provisioned = provisioned
        self._fetching = fetching
        self.facts = ProviderFacts(fetching, clock)
        self._throttling = throttling
        self._clock = clock
        self._events = events

    async def begin(self, provider: Provider, wanted: str, browser: str, redirect_uri: str) -> str:
        """Where the browser goes. Raises `ProviderUnavailable`."""
        metadata = await self.facts.metadata(provider.issuer)
        state = await self._begun.begin(provider, wanted, browser)
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": begun.nonce_of(browser, state),
            "code_challenge": begun.challenge_of(begun.verifier_of(browser, state)),
            "code_challenge_method": "S256",
        }
        return _with_query(metadata.authorization_endpoint, asked)

    async def ends_at(self, provider: Provider) -> str | None:
        """Where its user signs out there (OpenID Connect RP-Initiated Logout 1.0); None: it has no such page.

        Without a token of it, which nobody keeps here: so it asks them itself. Raises `ProviderUnavailable`.
        """
        address = (await self.facts.metadata(provider.issuer)).end_session_endpoint
        return None if address is None else _with_query(address, {"client_id": provider.client_id})

    async def complete(
        self, provider: Provider, answer: Answer, browser: str, redirect_uri: str, whereabouts: Whereabouts
    ) -> Arrived | ToLink:
        """Raises `ProviderRefused` and what `_arrived` does; whoever fails often from one address waits.

        Without a good state it counts as nobody's try: any page can have a browser ask for this address.
        """
        keys = [Key(KeyKind.ADDRESS, network) for network in networks_of(address_block(whereabouts.ip))]
        wait_s = await self._throttling.wait_s(keys)
        if wait_s > 0:
            raise SignInDelayed(wait_s)
        try:
            began = await self._begun.finish(answer.state, browser)
        except SignInBroken as error:
            self._note_failed(error.reason, whereabouts)
            raise
        try:
            identity = await self._identity(provider, began, answer, browser, redirect_uri)
            return await self._arrived(provider, began, identity, browser, whereabouts)
        except (ProviderRefused, AddressNotSpokenFor, AdministratorsByPassword, AccountDisabled) as error:
            await self._throttling.failed(keys)
            reason = error.reason if isinstance(error, ProviderRefused) else error.code
            self._note_failed(reason, whereabouts)
            raise

    def _note_failed(self, reason: str, whereabouts: Whereabouts) -> None:
        details = {"reason": reason, "way": "provider"}
        self._events.record(SecurityEventKind.SIGN_IN_FAILED, None, whereabouts.ip, details)

    # ---------------------------------------------------------------------------------- what it says

    async def _identity(
        self, provider: Provider, began: Began, answer: Answer, browser: str, redirect_uri: str
    ) -> Identity:
        metadata = await self.facts.metadata(provider.issuer)
        # Whose answer this is, before anything is sent to anybody (RFC 9207; an address for each provider).
        if (began.provider, began.issuer) != (provider.id, provider.issuer):
            raise ProviderRefused("the answer of another provider")
        if answer.iss != provider.issuer and (answer.iss or metadata.says_issuer):
            raise ProviderRefused("the answer of another issuer")
        if answer.error or not 0 < len(answer.code) <= CODE_CHARACTERS_MAX:
            raise ProviderRefused(
                "it did not sign in", "Your organisation’s sign-in was not completed. Start again."
            )
        said = await self._exchange(provider, metadata, answer, browser, redirect_uri)
        token = said.get("id_token")
        keys = await self.facts.keys(provider.issuer, id_tokens.key_id_of(token))
        nonce = begun.nonce_of(browser, answer.state)
        expected = Expected(provider.issuer, provider.client_id, nonce, self._clock.now())
        claims = await aside(id_tokens.verify, token, keys, expected)
        if "email" not in claims:
            claims = await self._with_userinfo(metadata, said.get("access_token"), claims)
        return id_tokens.identity_of(claims, provider.issuer)

    async def _exchange(
        self, provider: Provider, metadata: Metadata, answer: Answer, browser: str, redirect_uri: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": answer.code,
            "redirect_uri": redirect_uri,
            "code_verifier": begun.verifier_of(browser, answer.state),
        }
        headers = {}
        if provider.client_secret is None:
            form["client_id"] = provider.client_id
        elif metadata.secret_in_body:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        else:
            headers["authorization"] = _basic(provider.client_id, provider.client_secret)
        status, said = await self._fetching.post(metadata.issuer, metadata.token_endpoint, form, headers)
        if status >= 500:
            raise ProviderUnavailable(f"status {status}")
        if status != 200:
            raise ProviderRefused("the code was not taken")
        return said

    async def _with_userinfo(
        self, metadata: Metadata, access_token: object, claims: dict[str, Any]
    ) -> dict[str, Any]:
        """Many keep the address for a question of its own. Whose answer that is must be said in it."""
        if metadata.userinfo_endpoint is None or not isinstance(access_token, str):
            return claims
        if not access_token.isascii() or not access_token.isprintable():
            return claims
        bearer = {"authorization": f"Bearer {access_token}"}
        said = await self._fetching.get(metadata.issuer, metadata.userinfo_endpoint, bearer)
        if said.get("sub") != claims["sub"]:
            raise ProviderRefused("facts of somebody else")
        return {**claims, "email": said.get("email"), "email_verified": said.get("email_verified")}

    # ---------------------------------------------------------------------------------- who that is here

    async def _arrived(
        self, provider: Provider, began: Began, identity: Identity, browser: str, whereabouts: Whereabouts
    ) -> Arrived | ToLink:
        known = await self._identities.find(provider.id, identity)
        if known is not None:
            return Arrived(admissible(provider, known), began.wanted)
        if identity.email is None or not provider.speaks_for(identity.email):
            raise AddressNotSpokenFor(provider.name)
        found = await self._store.find_by_email(identity.email)
        if not found:
            try:
                made = await self._identities.make(provider.id, identity, identity.email, whereabouts.ip)
                return Arrived(made, began.wanted)
            except EmailTaken:
                found = await self._store.find_by_email(identity.email)
        if not found:
            raise ProviderRefused("made at the same moment")
        user = admissible(provider, found[0].user)
        by_directory = await self._provisioned.of(user.user_id)
        if by_directory is not None and by_directory.organization == provider.id and len(found) == 1:
            # Whose directory has made the account says who is who there.
            issuer, subject = identity.issuer, identity.subject
            await self._identities.link(provider.id, issuer, subject, user, whereabouts.ip, by_mail=False)
            return Arrived(user, began.wanted)
        waiting = msgspec.structs.replace(began, subject=identity.subject, user_id=user.user_id)
        return ToLink(await self._begun.to_link(waiting, browser), user.email or "", began.wanted)


def admissible(provider: Provider, user: User) -> User:
    """An account that the provider may speak for; raises `AccountDisabled` and others."""
    if user.is_disabled:
        raise AccountDisabled(user.user_id)
    if not provider.speaks_for(user.email):
        raise AddressNotSpokenFor(provider.name)
    if user.role == ADMIN_ROLE and not provider.is_site:
        raise AdministratorsByPassword
    return user


def _with_query(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749, 2.3.1: each is encoded as in a form before."""
    joined = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(joined.encode()).decode()
