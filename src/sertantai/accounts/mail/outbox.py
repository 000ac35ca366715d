"""Mail that waits to be sent: written in one transaction with what it is about, so both are or neither is."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from sertantai.accounts.mail import sql
from sertantai.accounts.mail.texts import MailText
from sertantai.core.ids import UserId
from sertantai.postgres import Connection, Database, Role
from sertantai.process.new_ids import new_id

ERROR_CHARACTERS_MAX: Final = 500
SHOWN_MAX: Final = 100
KEPT: Final = timedelta(days=7)


class Mail(Struct, frozen=True):
    mail_id: UUID
    recipient: str
    subject: str
    body: str
    created_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    next_attempt_at: datetime | None = None
    last_error: str | None = None
    html: str = ""


async def put_mail(
    connection: Connection,
    user_id: UserId | None,
    recipient: str,
    text: MailText,
    now: datetime,
    *,
    is_sent: bool,
) -> UUID:
    """Part of a transaction. ``is_sent``: there is a mail server; else its text is not kept, as nobody may
    read it: a link in it is as good as a password."""
    mail_id = new_id()
    due, body, html = (now, text.body, text.html) if is_sent else (None, "", "")
    await connection.execute(sql.INSERT_MAIL, mail_id, user_id, recipient, text.subject, body, now, due, html)
    return mail_id


class Outbox:
    """What the sender and the administrators' page need."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: datetime, taken_until: datetime) -> Mail | None:
        """The mail that has been due longest, taken from other servers until then."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.TAKE_DUE_MAIL, now, taken_until)
        if row is None:
            return None
        return Mail(
            UUID(int=row["id"].int),
            row["recipient"],
            row["subject"],
            row["body"],
            row["created_at"],
            row["attempts"],
            html=row["html"],
        )

    async def sent(self, mail_id: UUID, now: datetime) -> None:
        """Its text, which holds a link as good as a password, is not kept."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(sql.MAIL_SENT, mail_id, now)

    async def failed(self, mail_id: UUID, again_at: datetime | None, error: str) -> None:
        """To be tried again at ``again_at``; None: given up."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(sql.MAIL_FAILED, mail_id, again_at, error[:ERROR_CHARACTERS_MAX])

    async def next_at(self) -> datetime | None:
        """When the next mail is due; None: there is none."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            found: datetime | None = await connection.fetchval(sql.NEXT_MAIL_AT)
        return found

    async def list(self) -> "list[Mail]":
        """The newest mails, for administrators: without their texts, which are for their recipients."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.LIST_MAIL, SHOWN_MAX)
        return [
            Mail(
                UUID(int=row["id"].int),
                row["recipient"],
                row["subject"],
                "",
                row["created_at"],
                row["attempts"],
                row["sent_at"],
                row["next_attempt_at"],
                row["last_error"],
            )
            for row in rows
        ]
