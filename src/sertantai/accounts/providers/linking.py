"""Linking an account of before: never silently. Its password, or a mail to it, says that it is theirs."""

from typing import Final
from urllib.parse import quote

import msgspec

from sertantai.accounts.errors import SecondFactorNeeded, WrongCredentials
from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.model import User
from sertantai.accounts.providers import texts
from sertantai.accounts.providers.begun import Began, BegunSignIns
from sertantai.accounts.providers.errors import SignInBroken
from sertantai.accounts.providers.identities import Identities
from sertantai.accounts.providers.provider import Provider
from sertantai.accounts.providers.sign_in import Arrived, admissible
from sertantai.accounts.sign_in import SignIn, Whereabouts
from sertantai.accounts.store import AccountStore
from sertantai.core.errors import RateLimited
from sertantai.postgres import Database, Role

PATH: Final = "/sign-in/link"
BY_PASSWORD: Final = "link"  # noqa: S105  # the name of a way
BY_MAIL: Final = "mail"


class Waiting(msgspec.Struct, frozen=True):
    """An account of before, and the sign-in in this browser that would be linked with it.

    ``kind``: with what, `BY_PASSWORD` or `BY_MAIL`.
    """

    kind: str
    token: str
    browser: str
    began: Began
    user: User

    @property
    def wanted(self) -> str:
        return self.began.wanted

    @property
    def is_unconfirmed(self) -> bool:
        """Then its mailbox ends what opened it until now."""
        return self.user.confirmed_at is None

    def still(self, provider: Provider) -> "Linkable":
        """``provider``: the one of ``began``, as it is set now: it may speak for the account no more.

        Raises `SignInBroken` and what `admissible` does.
        """
        if (self.began.provider, self.began.issuer) != (provider.id, provider.issuer):
            raise SignInBroken
        admissible(provider, self.user)
        return Linkable(self.kind, self.token, self.browser, self.began, self.user)


class Linkable(Waiting, frozen=True):
    """Of which the provider still speaks."""


class Linking:
    def __init__(
        self,
        database: Database,
        store: AccountStore,
        begun: BegunSignIns,
        identities: Identities,
        sign_in: SignIn,
        letters: Letters,
    ) -> None:
        self._database = database
        self._store = store
        self._begun = begun
        self._identities = identities
        self._sign_in = sign_in
        self._letters = letters

    @property
    def can_mail(self) -> bool:
        return self._letters.are_sent

    async def waiting(self, kind: str, token: str, browser: str) -> Waiting:
        """What waits to be linked; ``kind``: link or mail. It is not used by that. Raises `SignInBroken`;
        programs that look into e-mails open links too, and have no such browser."""
        began = await self._begun.look_at(kind, token, browser)
        user = None if began.user_id is None else await self._store.find_user(began.user_id)
        if user is None:
            raise SignInBroken
        return Waiting(kind, token, browser, began, user)

    async def by_password(self, waiting: Linkable, password: str, whereabouts: Whereabouts) -> Arrived:
        """Raises what `SignIn.with_password` does, in the end `SecondFactorNeeded`: it is linked by then."""
        user = waiting.user
        try:
            proven = await self._sign_in.with_password(user.email or "", password, None, whereabouts)
        except SecondFactorNeeded as needed:
            if needed.user_id == user.user_id:
                await self._link(waiting, whereabouts)
            raise
        if proven.user_id != user.user_id:
            raise WrongCredentials  # two accounts of before with one mailbox
        await self._link(waiting, whereabouts)
        return Arrived(await self._fresh(user), waiting.wanted)

    async def send_mail(self, waiting: Linkable) -> str:
        """The address that it goes to. It is good in this browser only. Raises `RateLimited` for too many."""
        email = waiting.user.email or ""
        secret = await self._begun.mail_token(waiting.token, waiting.began, waiting.browser)
        if secret is None:
            raise RateLimited("Enough e-mails have been sent. Look into your mailbox.", retry_after_s=600)
        text = texts.link_account(self._letters.url(f"{PATH}?token={quote(secret)}"))
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await self._letters.put(connection, email, text)
        self._letters.put_in()
        return email

    async def by_mail(self, waiting: Linkable, whereabouts: Whereabouts) -> Arrived:
        """Who shows the mailbox; see `Identities.link` for what becomes of an account that nobody had
        confirmed."""
        await self._link(waiting, whereabouts)
        return Arrived(await self._fresh(waiting.user), waiting.wanted)

    async def _link(self, waiting: Linkable, whereabouts: Whereabouts) -> None:
        """Once: whoever comes second with it finds nothing. The provider has confirmed the address."""
        began = await self._begun.use(waiting.kind, waiting.token, waiting.browser)
        await self._identities.link(
            began.provider,
            began.issuer,
            began.subject,
            waiting.user,
            whereabouts.ip,
            by_mail=waiting.kind == BY_MAIL,
        )

    async def _fresh(self, user: User) -> User:
        return await self._store.find_user(user.user_id) or user
