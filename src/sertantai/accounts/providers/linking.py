"""Linking an account of before: never silently. Its password, or a mail to it, says that it is theirs."""

from urllib.parse import quote

from sertantai.accounts.errors import AccountDisabled, SecondFactorNeeded, WrongCredentials
from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.model import User
from sertantai.accounts.providers import texts
from sertantai.accounts.providers.begun import Began, BegunSignIns
from sertantai.accounts.providers.errors import SignInBroken
from sertantai.accounts.providers.identities import Identities
from sertantai.accounts.providers.sign_in import Arrived
from sertantai.accounts.sign_in import SignIn, Whereabouts
from sertantai.accounts.store import AccountStore
from sertantai.core.errors import RateLimited
from sertantai.postgres import Database, Role

PATH = "/sign-in/link"


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

    async def address(self, token: str, browser: str) -> str:
        """Whose account waits, for the form to say it again. Raises `SignInBroken`."""
        _, user = await self._waiting("link", token, browser)
        return user.email or ""

    async def by_password(self, token: str, browser: str, password: str, whereabouts: Whereabouts) -> Arrived:
        """Raises what `SignIn.with_password` does, in the end `SecondFactorNeeded`: it is linked by then."""
        began, user = await self._waiting("link", token, browser)
        try:
            proven = await self._sign_in.with_password(user.email or "", password, None, whereabouts)
        except SecondFactorNeeded as needed:
            if needed.user_id == user.user_id:
                await self._link("link", token, browser, user, whereabouts)
            raise
        if proven.user_id != user.user_id:
            raise WrongCredentials  # two accounts of before with one mailbox
        await self._link("link", token, browser, user, whereabouts)
        return Arrived(await self._fresh(user), began.wanted)

    async def send_mail(self, token: str, browser: str) -> str:
        """The address that it goes to. It is good in this browser only. Raises `RateLimited` for too many."""
        began, user = await self._waiting("link", token, browser)
        secret = await self._begun.mail_token(token, began, browser)
        if secret is None:
            raise RateLimited("Enough e-mails have been sent. Look into your mailbox.", retry_after_s=600)
        text = texts.link_account(self._letters.url(f"{PATH}?token={quote(secret)}"))
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await self._letters.put(connection, user.email or "", text)
        self._letters.put_in()
        return user.email or ""

    async def look_at_mail(self, secret: str, browser: str) -> None:
        """Raises `SignInBroken`; programs that look into e-mails open links too, and have no such browser."""
        await self._waiting("mail", secret, browser)

    async def by_mail(self, secret: str, browser: str, whereabouts: Whereabouts) -> Arrived:
        began, user = await self._waiting("mail", secret, browser)
        await self._link("mail", secret, browser, user, whereabouts)
        return Arrived(await self._fresh(user), began.wanted)

    async def _waiting(self, kind: str, token: str, browser: str) -> tuple[Began, User]:
        began = await self._begun.look_at(kind, token, browser)
        user = None if began.user_id is None else await self._store.find_user(began.user_id)
        if user is None:
            raise SignInBroken
        if user.is_disabled:
            raise AccountDisabled
        return began, user

    async def _link(self, kind: str, token: str, browser: str, user: User, whereabouts: Whereabouts) -> None:
        """Once: whoever comes second with it finds nothing. The provider has confirmed the address."""
        began = await self._begun.use(kind, token, browser)
        await self._identities.link(
            began.provider, began.issuer, began.subject, user, whereabouts.ip, confirms=True
        )

    async def _fresh(self, user: User) -> User:
        return await self._store.find_user(user.user_id) or user
