"""The heads of the sealed log by e-mail, once a day: anyone who saves one of them remembers it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.mail.texts import MailText
from sertantai.core.clock import Clock
from sertantai.core.email_addresses import parse_email
from sertantai.core.errors import InvalidInput
from sertantai.postgres import Database, Role
from sertantai.process.background import RegularTurns
from sertantai.process.private_files import write_whole
from sertantai.process.settings import Settings
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import TRAIL_FOLDER

MAILED_FILE: Final = "mailed"
RECIPIENTS_MAX: Final = 20
SETTING: Final = "audit_head_recipients"


class HeadsMailed(RegularTurns):
    """On each day of UTC once, as a file beside the logs says; twice where a crash comes in between."""

    task_name = "heads-mailed"
    every_s: ClassVar[float] = 600.0

    def __init__(
        self, database: Database, post: Letters, recipients: Sequence[str], data_path: Path, clock: Clock
    ) -> None:
        self._database = database
        self._post = post
        self._recipients = recipients
        self._folder = data_path / TRAIL_FOLDER
        self._clock = clock

    async def turn(self) -> None:
        await self.mail_what_is_due()

    async def mail_what_is_due(self) -> bool:
        """Whether there was anything. Raises `DatabaseUnavailable`: it is due at the next turn, too."""
        today, mailed = f"{self._clock.now():%Y-%m-%d}", self._folder / MAILED_FILE
        notes = await asyncio.to_thread(newest_notes, self._folder)
        if not notes or (mailed.exists() and mailed.read_text() >= today):
            return False
        text = _letter(today, notes)
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            for recipient in self._recipients:
                await self._post.put(connection, recipient, text)
        await asyncio.to_thread(write_whole, mailed, today.encode())
        self._post.put_in()
        return True


def newest_notes(folder: Path) -> list[str]:
    """The newest head of each log, oldest log first."""
    logs = sorted(folder.glob("[0-9]*"), key=lambda path: int(path.name))
    return [note for path in logs if (note := TrailFiles(path).newest_note()) is not None]


def recipients_of(settings: Settings) -> tuple[str, ...]:
    """Raises `InvalidInput` for what is no address, for too many, and where no mail is sent at all."""
    given = settings.audit_head_recipients
    if len(given) > RECIPIENTS_MAX:
        raise InvalidInput(f"{SETTING}: {RECIPIENTS_MAX} at most.", field=SETTING)
    if given and settings.smtp_host is None:
        raise InvalidInput(f"{SETTING}: it needs a mail server, smtp_host.", field=SETTING)
    try:
        return tuple(map(parse_email, given))
    except InvalidInput as error:
        raise InvalidInput(f"{SETTING}: {error.message}", field=SETTING) from None


def _letter(day: str, notes: Sequence[str]) -> MailText:
    return MailText(
        f"Heads of the sealed log, {day}",
        f"""This is the newest signed head of the history of decisions. It says how many
entries there are, and has one fingerprint of them all; nothing of what they say.

Save this e-mail. If the history is ever replaced by an older one, rewritten or cut, this head shows it:
put what is between the lines into head.txt, and have an administrator run

sertantai audit verify --head head.txt

{"".join(f"--------{chr(10)}{note}--------{chr(10)}" for note in notes)}""",
    )
