"""Mail leaves through SMTP, is tried again when it does not, and is not kept once it has left."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage

import asyncpg
import pytest

from sertantai.accounts.mail.outbox import Outbox
from sertantai.accounts.mail.sender import ATTEMPTS_MAX, MailRefused, MailSender, SmtpServer, SmtpTransport
from sertantai.accounts.retention import Retention
from sertantai.accounts.service import Accounts
from sertantai.core.clock import ManualClock
from sertantai.core.security_events import SecurityEventKind
from sertantai.postgres import Database
from tests.fixtures.smtp_sink import SmtpSink
from tests.postgres.accounts.conftest import PASSWORD, Opener

EMAIL = "ann@example.org"
SENDER = "Sertantai <laws@example.org>"


class Postbox:
    """Takes mail, or refuses it as told."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refusals: list[Exception] = []
        self.arrived = asyncio.Event()

    async def send(self, message: EmailMessage) -> None:
        self.arrived.set()
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken.append(message)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
async def written(open_accounts: Opener, database: Database) -> Accounts:
    """Accounts with one mail in the outbox that waits to be sent, and nobody who sends it."""
    accounts = await open_accounts(Postbox())
    assert accounts._sender is not None  # the tests send by hand
    await accounts._sender.stop()
    await accounts.register(EMAIL, PASSWORD)
    await accounts.request_password_reset(EMAIL)
    await accounts.mail.done()
    return accounts


async def test_the_service_sends_what_is_written_without_being_asked(open_accounts: Opener) -> None:
    postbox = Postbox()
    accounts = await open_accounts(postbox)
    await accounts.register(EMAIL, PASSWORD)
    await accounts.request_password_reset(EMAIL)
    await asyncio.wait_for(postbox.arrived.wait(), 60)
    (message,) = postbox.taken
    assert message["To"] == EMAIL
    assert "/reset-password?token=" in message.get_content()


async def test_what_has_left_is_not_kept(written: Accounts, outbox: Outbox, clock: ManualClock) -> None:
    sender = MailSender(outbox, Postbox(), SENDER, clock)
    assert await sender.send_one()
    assert not await sender.send_one()
    (mail,) = await outbox.list()
    assert (mail.body, mail.sent_at, mail.next_attempt_at) == ("", clock.now(), None)


async def test_a_refusal_is_tried_again_later_and_later(
    written: Accounts, outbox: Outbox, clock: ManualClock
) -> None:
    postbox = Postbox()
    postbox.refusals = [MailRefused("busy", is_final=False) for _ in range(2)]
    sender = MailSender(outbox, postbox, SENDER, clock)
    assert await sender.send_one()
    assert not await sender.send_one(), "not at once"
    waits = []
    while not postbox.taken:
        (mail,) = await outbox.list()
        assert mail.last_error == "busy"
        assert mail.next_attempt_at is not None
        waits.append(mail.next_attempt_at - clock.now())
        clock.advance(waits[-1].total_seconds())
        await sender.send_one()
    assert waits == [timedelta(seconds=30), timedelta(seconds=60)]


async def test_a_final_refusal_is_not_tried_again(
    written: Accounts, outbox: Outbox, clock: ManualClock
) -> None:
    postbox = Postbox()
    postbox.refusals = [MailRefused("no such mailbox", is_final=True)]
    sender = MailSender(outbox, postbox, SENDER, clock)
    await sender.send_one()
    (mail,) = await outbox.list()
    assert (mail.next_attempt_at, mail.last_error) == (None, "no such mailbox")


async def test_an_address_that_no_header_can_hold_is_given_up_and_does_not_hold_up_others(
    written: Accounts,
    outbox: Outbox,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """In a foreign table there may be anything; nothing of it becomes a header of its own."""
    await superuser.execute("UPDATE mail_outbox SET recipient = E'ann@example.org\\nBcc: all@example.org'")
    postbox = Postbox()
    sender = MailSender(outbox, postbox, SENDER, clock)
    assert await sender.send_one()
    assert not await sender.send_one()
    (mail,) = await outbox.list()
    assert (postbox.taken, mail.next_attempt_at) == ([], None)
    assert mail.last_error is not None


async def test_whatever_one_mail_meets_it_is_tried_again_later(
    written: Accounts, outbox: Outbox, clock: ManualClock
) -> None:
    postbox = Postbox()
    postbox.refusals = [RuntimeError("a fault")]
    sender = MailSender(outbox, postbox, SENDER, clock)
    assert await sender.send_one()
    (mail,) = await outbox.list()
    assert mail.last_error == "RuntimeError"
    clock.advance(timedelta(minutes=1).total_seconds())
    assert await sender.send_one()
    assert len(postbox.taken) == 1


class Heard:
    def __init__(self) -> None:
        self.kinds: list[SecurityEventKind] = []

    def record(self, kind: SecurityEventKind, *_: object, **details: object) -> None:
        assert EMAIL not in str(details)
        self.kinds.append(kind)


async def test_a_mail_server_that_is_away_for_a_week_is_told_once_and_new_mail_goes_when_it_is_back(
    written: Accounts, outbox: Outbox, clock: ManualClock
) -> None:
    """For five days it is tried; others are not held up, and what is given up is told."""
    postbox, heard, begun = Postbox(), Heard(), clock.now()
    postbox.refusals = [MailRefused(f"no connection for {EMAIL}", is_final=False)] * (3 * ATTEMPTS_MAX)
    sender = MailSender(outbox, postbox, SENDER, clock, events=heard)
    tries = 0
    while await sender.send_one():
        tries += 1
        if tries == ATTEMPTS_MAX - 1:
            assert clock.now() - begun > timedelta(days=4)
            assert heard.kinds == []
            await written.request_password_reset(EMAIL)
            await written.mail.done()
        clock.advance(3600)
    assert tries == 2 * ATTEMPTS_MAX
    assert heard.kinds == [SecurityEventKind.MAIL_NOT_SENT], "once, until it takes mail again"
    assert [mail.next_attempt_at for mail in await outbox.list()] == [None, None]
    postbox.refusals.clear()
    clock.advance(7 * 86_400)
    await written.request_password_reset(EMAIL)
    await written.mail.done()
    assert await sender.send_one()
    assert [message["To"] for message in postbox.taken] == [EMAIL]


async def test_a_mail_taken_by_a_server_that_died_is_due_again(
    written: Accounts, outbox: Outbox, clock: ManualClock
) -> None:
    until = clock.now() + timedelta(minutes=2)
    assert await outbox.take_due(clock.now(), until) is not None
    assert await outbox.take_due(clock.now(), until) is None
    clock.advance(120)
    assert await outbox.take_due(clock.now(), until) is not None


async def test_it_speaks_smtp(written: Accounts, outbox: Outbox, clock: ManualClock) -> None:
    sink = SmtpSink()
    async with sink.listening() as port:
        server = SmtpServer("127.0.0.1", port, "none", None, None, SENDER)
        assert await MailSender(outbox, SmtpTransport(server), SENDER, clock).send_one()
    (message,) = sink.messages
    assert (message["From"], message["To"]) == (SENDER, EMAIL)
    assert message["Auto-Submitted"] == "auto-generated"
    (mail,) = await outbox.list()
    assert mail.sent_at is not None


@pytest.mark.parametrize(("is_there", "is_final"), [(True, True), (False, False)])
async def test_it_tells_a_mailbox_that_is_not_there_from_a_server_that_is_not(
    is_there: bool, is_final: bool
) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, EMAIL, "x"
    async with SmtpSink(takes=False).listening() as port:
        server = SmtpServer("127.0.0.1", port if is_there else 1, "none", None, None, SENDER)
        with pytest.raises(MailRefused) as refused:
            await SmtpTransport(server).send(message)
    assert refused.value.is_final is is_final


async def test_old_mail_links_and_sessions_go(
    written: Accounts, outbox: Outbox, clock: ManualClock, database: Database
) -> None:
    clock.advance(timedelta(days=8).total_seconds())
    await Retention(database, clock).sweep()
    assert await outbox.list() == []
