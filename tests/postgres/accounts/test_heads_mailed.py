"""Heads go out by mail once a day, to whom the operator named, as `audit verify --head` takes them."""

from pathlib import Path

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.notes import Head, is_signed, parse_note
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from sertantai.reporting.heads_mailed import RECIPIENTS_MAX, HeadsMailed, recipients_of
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import HeadSigner, verifies
from tests.postgres.accounts.conftest import Opener
from tests.postgres.accounts.test_mail_sender import Postbox

DAY_S = 86_400


def log_in(folder: Path, number: int) -> HeadSigner:
    signer = HeadSigner(f"example.org/trail/{number}", bytes([number]) * 32)
    files = TrailFiles(folder / "trail" / str(number))
    files.make()
    files.keep_head(signer.sign(Head(signer.key.name, number, bytes(32))))
    return signer


async def test_each_day_once_all_heads_go_to_all_recipients(
    open_accounts: Opener, database: Database, tmp_path: Path
) -> None:
    postbox, clock = Postbox(), ManualClock()
    accounts = await open_accounts(postbox)
    assert accounts._sender is not None
    await accounts._sender.stop()  # the test sends by hand
    people = ("auditor@example.org", "archive@example.org")

    def mailing() -> HeadsMailed:
        return HeadsMailed(database, accounts.letters, people, tmp_path, clock)

    (tmp_path / "trail").mkdir()
    assert not await mailing().mail_what_is_due(), "nothing is sealed yet"
    signers = [log_in(tmp_path, number) for number in (1, 2)]
    assert await mailing().mail_what_is_due()
    assert not await mailing().mail_what_is_due(), "nor after a restart"
    while await accounts._sender.send_one():
        pass
    assert {message["To"] for message in postbox.taken} == set(people)
    text = postbox.taken[0].get_content().replace("\r\n", "\n")
    notes = [part for part in text.split("--------\n") if "\n\n— " in part]
    for signer, note in zip(signers, notes, strict=True):
        assert is_signed(parse_note(note), signer.key, verifies)
    clock.advance(DAY_S)
    assert await mailing().mail_what_is_due()


def test_who_gets_heads_is_looked_at_when_the_server_starts() -> None:
    many = tuple(f"a{number}@example.org" for number in range(RECIPIENTS_MAX + 1))
    assert recipients_of(Settings(audit_head_recipients=many[:-1], smtp_host="mail")) == many[:-1]
    assert recipients_of(Settings()) == ()
    for wrong in (
        Settings(audit_head_recipients=many, smtp_host="mail"),
        Settings(audit_head_recipients=many[:1]),
        Settings(audit_head_recipients=("nobody",), smtp_host="mail"),
    ):
        with pytest.raises(InvalidInput, match="audit_head_recipients"):
            recipients_of(wrong)
