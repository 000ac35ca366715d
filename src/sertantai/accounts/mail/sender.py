"""Sends what waits in the outbox through SMTP, and tries again when that fails."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from html import escape
from typing import Final, Protocol

import aiosmtplib
from msgspec import Struct

from sertantai.accounts.mail.outbox import Mail, Outbox
from sertantai.core.clock import Clock
from sertantai.core.email_keys import ascii_domain
from sertantai.core.errors import SertantaiError
from sertantai.core.sealing.notes import HEAD_SAID
from sertantai.core.security_events import NoSecurityEvents, SecurityEventKind, SecurityEvents
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger

log = logger(__name__)

SMTP_TIMEOUT_S: Final = 20.0
TAKEN_FOR: Final = timedelta(minutes=2)
ATTEMPTS_MAX: Final = 128
"""In five days, as mail servers do it among themselves: once an hour from the ninth on."""
PAUSE_MIN_S: Final = 15.0
PAUSE_MAX_S: Final = 3600.0
LOOK_EVERY_S: Final = 60.0
"""Another server may have put mail into the outbox, or have died with one."""


class SmtpServer(Struct, frozen=True):
    host: str
    port: int
    security: str
    username: str | None
    password: str | None
    sender: str


class Transport(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """Hand one message over; raises `MailRefused`."""


class MailRefused(Exception):
    """The mail server did not take it. ``is_final``: it never will."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


class SmtpTransport:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, message: EmailMessage) -> None:
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                timeout=SMTP_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise MailRefused(
                _reason(error), is_final=all(one.code >= 500 for one in error.recipients)
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailRefused(_reason(error), is_final=False) from error


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class MailSender(BackgroundService):
    """Background service: one mail at a time, in the order they are due."""

    task_name = "mail-sender"

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        sender: str,
        clock: Clock,
        head: Callable[[], str] = str,
        events: SecurityEvents | None = None,
    ) -> None:
        """``head``: the newest of the sealed log, in words, which each mail ends with. ``events``: told when
        mail is given up because the mail server is away, once until it takes one again."""
        self._events = NoSecurityEvents() if events is None else events
        self._is_away_told = False
        self._head = head
        self._outbox = outbox
        self._transport = transport
        self._sender = sender
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is new mail."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self.send_one():
                    pass
                pause_s = await self._pause_s()
            except SertantaiError as error:
                log.warning("outbox_unreadable", reason=error.message)
                pause_s = LOOK_EVERY_S
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _pause_s(self) -> float:
        due = await self._outbox.next_at()
        if due is None:
            return LOOK_EVERY_S
        return min(LOOK_EVERY_S, max(0.1, (due - self._clock.now()).total_seconds()))

    async def send_one(self) -> bool:
        """Send the mail that is due longest; False: none is due."""
        now = self._clock.now()
        mail = await self._outbox.take_due(now, now + TAKEN_FOR)
        if mail is None:
            return False
        try:
            await self._transport.send(as_message(mail, self._sender, self._head()))
        except MailRefused as refused:
            await self._note_failure(mail, refused)
        except ValueError as error:
            # An address that no header can hold, such as one with a line end: it must not hold up the others.
            await self._note_failure(mail, MailRefused(_reason(error), is_final=True))
        except Exception as error:  # whatever one mail meets: the others are sent
            log.exception("mail_not_sent", mail_id=str(mail.mail_id))
            await self._note_failure(mail, MailRefused(type(error).__name__, is_final=False))
        else:
            self._is_away_told = False
            await self._outbox.sent(mail.mail_id, self._clock.now())
        return True

    async def _note_failure(self, mail: Mail, refused: MailRefused) -> None:
        is_over = refused.is_final or mail.attempts >= ATTEMPTS_MAX
        pause_s = min(PAUSE_MAX_S, PAUSE_MIN_S * 2**mail.attempts)
        again_at = None if is_over else self._clock.now() + timedelta(seconds=pause_s)
        log.warning("mail_not_sent", mail_id=str(mail.mail_id), reason=str(refused), given_up=is_over)
        await self._outbox.failed(mail.mail_id, again_at, str(refused))
        if is_over and not refused.is_final and not self._is_away_told:
            self._is_away_told = True
            details = {"waited_since": mail.created_at.isoformat(), "tries": mail.attempts}
            self._events.record(SecurityEventKind.MAIL_NOT_SENT, details=details)


def last_line(head: str) -> str:
    """Whoever keeps the mail keeps the head; empty where there is none."""
    return f"{HEAD_SAID}{head}" if head else ""


def as_message(mail: Mail, sender: str, head: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = _for_mail_servers(sender)
    message["To"] = _for_mail_servers(mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = make_msgid(mail.mail_id.hex, "sertantai")
    message["Auto-Submitted"] = "auto-generated"
    last = last_line(head)
    message.set_content(f"{mail.body}\n-- \n{last}\n" if last else mail.body)
    if mail.html:
        html = f"{mail.html}<p><small>{escape(last)}</small></p>" if last else mail.html
        message.add_alternative(html, subtype="html")
    return message


def _for_mail_servers(mailbox: str) -> str | Address:
    """With its domain in ASCII: the only form that every mail server takes."""
    name, address = parseaddr(mailbox)
    if address.isascii():
        return mailbox
    return Address(display_name=name, addr_spec=ascii_domain(address))
