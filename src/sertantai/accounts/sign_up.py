"""Getting an account, with or without a confirmed address."""

from sertantai.accounts.errors import EmailTaken, SignInDelayed
from sertantai.accounts.mail.requests import MailRequests
from sertantai.accounts.model import User
from sertantai.accounts.passwords.credentials import Credentials
from sertantai.accounts.sign_in import Whereabouts, address_block
from sertantai.accounts.store import AccountStore
from sertantai.accounts.throttling.throttle import Key, KeyKind, networks_of
from sertantai.accounts.throttling.throttling import Throttling


class SignUp:
    def __init__(
        self,
        store: AccountStore,
        credentials: Credentials,
        mail: MailRequests,
        throttling: Throttling,
        *,
        confirmation_required: bool,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._mail = mail
        self._throttling = throttling
        self.confirmation_required = confirmation_required

    async def register(self, email: str, password: str, whereabouts: Whereabouts) -> User | None:
        """The new user; None where the address must be confirmed first.

        None is the answer also when there is an account already: its owner gets a mail that says so, and
        nobody else learns of it. Without confirmation that cannot be hidden: `EmailTaken`, which counts
        as a failed try from this address, so that trying many takes long.
        """
        keys = [Key(KeyKind.ADDRESS, network) for network in networks_of(address_block(whereabouts.ip))]
        wait_s = await self._throttling.wait_s(keys)
        if wait_s > 0:
            raise SignInDelayed(wait_s)
        try:
            user = await self._credentials.register(email, password, ip=whereabouts.ip)
        except EmailTaken:
            if not self.confirmation_required:
                await self._throttling.failed(keys)
                raise
            # Not counted: who is made to wait after addresses that are taken, and only after those, knows it.
            await self._tell_owner(email)
            return None
        if not self.confirmation_required:
            return user
        self._mail.confirm_email(user)
        return None

    async def _tell_owner(self, email: str) -> None:
        found = await self._store.find_by_email(email)
        if not found:
            return
        user = found[0].user
        if user.confirmed_at is None:
            self._mail.confirm_email(user)
        else:
            self._mail.already_registered(user)
