"""What a person may ask for, and an administrator for them: one way for command, API and page.

What is held about somebody, a file of it to take away, their erasure, and coming back from it.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from sertantai.accounts.model import User
from sertantai.accounts.service import Accounts
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, Forbidden, NotFound, Unavailable
from sertantai.core.ids import UserId
from sertantai.persons.asking import Erasures
from sertantai.persons.given import Given, GivenFile
from sertantai.persons.held import export_to, held_of
from sertantai.persons.letters import to_be_erased
from sertantai.persons.model import DAYS, Erasure, ErasureRefused, Obstacle, Plan
from sertantai.persons.parts import Held
from sertantai.persons.wording import IMPORTING, OPERATOR, Voice, in_words
from sertantai.postgres import Connection, Database, Role
from sertantai.process.data_directory import PAGE_SECRET_FILE
from sertantai.process.secret_file import secret_in
from sertantai.process.settings import Settings
from sertantai.process.under_way import UnderWay, WorkKind
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Notices

STATE_KEY: Final = "persons"
WRITTEN_AT_ONCE_MAX: Final = 2
TRY_AGAIN_S: Final = 10.0
KEY_CHARACTERS: Final = 43


class Proof(msgspec.Struct, frozen=True):
    """A certificate as data. ``head``: the newest signed head of the sealed log; ``backup_kept_days``: None
    where nobody has said for how long backups are kept."""

    erasure: Erasure
    head: str | None
    backup_kept_days: int | None = None


class PersonsDesk:
    """All methods raise `DatabaseUnavailable`."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        clock: Clock,
        notices: Notices | None,
        settings: Settings,
        under_way: UnderWay,
        back: Mapping[UUID | None, str] | None = None,
    ) -> None:
        """``back``: who was erased, is there again after a restore, and is not erased yet: with why."""
        self.back = {} if back is None else back
        self._database = database
        self._accounts = accounts
        self.clock = clock
        self._notices = notices
        self._settings = settings
        self.backup_kept_days = settings.backup_kept_days or None
        self.under_way = under_way
        self._given = Given(settings.data_path)
        self.writing: set[tuple[UserId, UserId]] = set()
        """For whom a file is being written, and about whom."""
        self.erasures = Erasures(database, clock, notices)

    # ------------------------------------------------------------------------------ what is held

    async def held(self, person: UserId) -> list[Held]:
        return await held_of(self._database, person, self._settings)

    async def write(self, person: UserId, by: UserId) -> GivenFile:
        """All that is held, as a file that ``by`` may fetch for seven days; the one of before goes.

        Raises `Conflict` while it is being written already, `Unavailable` while others' are.
        """
        pair = (by, person)
        if pair in self.writing:
            raise Conflict("This file is being made already. It is there in a moment.")
        if len(self.writing) >= WRITTEN_AT_ONCE_MAX:
            raise Unavailable(
                "Others are taking their data away just now. Try again in a moment.",
                retry_after_s=TRY_AGAIN_S,
            )
        self.writing.add(pair)
        try:
            file = await asyncio.to_thread(self._given.new, by, person, self.clock.now())
            where = file.path, self._database, person, self.clock
            await export_to(*where, self._notices, self._settings, by)
            await asyncio.to_thread(self._given.only, file)
        finally:
            self.writing.discard(pair)
        return file

    async def file_of(self, person: UserId, by: UserId) -> GivenFile | None:
        """What is there for ``by`` to fetch."""
        return await asyncio.to_thread(self._given.of, by, person, self.clock.now())

    async def file(self, id: UUID, by: UserId) -> GivenFile:
        """Raises `NotFound`."""
        found = await asyncio.to_thread(self._given.find, by, id, self.clock.now())
        if found is None:
            raise NotFound("There is no such file, or its seven days are over. Make a new one.")
        return found

    # ----------------------------------------------------------------------------------- erasing

    async def plan(self, user: User) -> Plan:
        """What would go, and what is in the way; nothing is done."""
        found = await self.erasures.plan(user.user_id, user.email or "")
        busy = [Obstacle(IMPORTING)] if self._is_importing(user.user_id) else []
        return msgspec.structs.replace(found, in_the_way=[*found.in_the_way, *busy])

    async def erase(
        self,
        user: User,
        reason: str,
        *,
        days: int = DAYS,
        by: UserId | None = None,
        ip: str | None = None,
        voice: Voice = OPERATOR,
    ) -> Erasure:
        """Shuts them out, in the same transaction; they are written to. Raises `InvalidInput`,
        `ErasureRefused`."""
        if self._is_importing(user.user_id):
            raise ErasureRefused(in_words([Obstacle(IMPORTING)], user.email or "", voice))
        asked: list[Erasure] = []
        letters = self._accounts.letters

        async def first(connection: Connection) -> None:
            of_whom = user.user_id, user.email or ""
            erasure = await self.erasures.ask_in(connection, *of_whom, reason, days, by, voice)
            asked.append(erasure)
            if user.email:
                links = letters.url("/sign-in"), letters.url(self.certificate_path(erasure.id))
                await letters.put(connection, user.email, to_be_erased(erasure, *links))

        await self._accounts.set_disabled(user.user_id, disabled=True, ip=ip, by=by, first=first)
        letters.put_in()
        return asked[-1]

    async def undo(self, user: User, *, by: UserId | None = None, ip: str | None = None) -> Erasure:
        """They stay, and may sign in again, unless they were shut out before. Who has asked for it undoes it:
        an administrator's is not for the person to undo. Raises `NotFound`, `Forbidden`."""
        waiting = await self.erasures.waiting(user.user_id)
        if waiting is not None and by == user.user_id and not waiting.is_own:
            raise Forbidden("An administrator asked for this erasure, and can undo it. Ask them.")
        taken: list[Erasure] = []

        async def first(connection: Connection) -> None:
            of_whom = user.user_id, user.email or ""
            taken.append(await self.erasures.take_back_in(connection, *of_whom, by))

        if waiting is not None and user.disabled_at is not None and user.disabled_at < waiting.asked_at:
            # Shut out before: for that there was another reason.
            async with self._database.transaction(Role.ACCOUNTS, user.user_id) as connection:
                await first(connection)
        else:
            await self._accounts.set_disabled(user.user_id, disabled=False, ip=ip, by=by, first=first)
        return taken[-1]

    async def proof(self, id: UUID) -> Proof:
        """Raises `NotFound`."""
        erasure = await self.erasures.of(id)
        head = TrailFiles(newest_log(self._settings.data_path)).newest_note()
        return Proof(erasure, head, self.backup_kept_days)

    def certificate_path(self, id: UUID) -> str:
        """The address of a page that says what became of an erasure, for who has no account any more."""
        return f"/erasures/{id}/{self.key_of(id)}"

    def key_of(self, id: UUID) -> str:
        secret = secret_in(self._settings.data_path / PAGE_SECRET_FILE)
        return hmac.new(secret, b"erasure " + id.bytes, hashlib.sha256).hexdigest()[:KEY_CHARACTERS]

    def require_key(self, id: UUID, key: str) -> None:
        """Raises `NotFound`."""
        if not hmac.compare_digest(key.encode(errors="replace"), self.key_of(id).encode()):
            raise NotFound("There is no such page. Was the whole link copied?")

    def _is_importing(self, person: UserId) -> bool:
        return any(one.kind is WorkKind.IMPORT for one in self.under_way.of(person))
