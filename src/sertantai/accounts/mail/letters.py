"""Mail to an address, whether anybody has an account with it or not: what is done is the same."""

from collections.abc import Callable

from sertantai.accounts.mail.links import MailLinks
from sertantai.accounts.mail.texts import MailText
from sertantai.postgres import Connection


class Letters:
    def __init__(self, links: MailLinks, on_mail: Callable[[], None]) -> None:
        self._links = links
        self._on_mail = on_mail

    @property
    def are_sent(self) -> bool:
        """Whether there is a mail server; without one only their subjects are kept."""
        return self._links.has_server

    def url(self, path: str) -> str:
        return self._links.url(path)

    async def put(self, connection: Connection, recipient: str, text: MailText) -> None:
        """As part of a transaction; `put_in` once it is committed."""
        await self._links.put_to(connection, recipient, text)

    def put_in(self) -> None:
        """What was put is to be sent."""
        self._on_mail()
