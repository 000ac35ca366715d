"""The rules that the database itself keeps (policies, triggers, functions, privileges), held against what
they were when the server last set them up.

Whoever owns the tables can hide rows from pages by a policy, or make a function that refuses do nothing, and
`audit verify`, which reads as another, would find everything there. What was set up is remembered as hashes
beside the keys of the data directory, for one revision of the schema and one major version of PostgreSQL,
each of which words its rules in its own way. The first start believes what it finds.
"""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from sertantai.audit.guarding import rules_sql as sql
from sertantai.postgres import Database
from sertantai.postgres.migrations.run import VERSION_TABLE
from sertantai.postgres.roles import Role
from sertantai.process.logs import logger
from sertantai.process.private_files import make_private_folder
from sertantai.process.summed_files import FileDamaged, read_summed, write_summed
from sertantai.sealing.keys import KEYS_FOLDER, RULES_FILE

log = logger(__name__)

BELIEVED: Final = "The next start believes what it finds in the database."
SAID_MAX: Final = 20
"""Rules that are named one by one."""


class _Kept(msgspec.Struct, frozen=True):
    """``rules``: a hash of each by what it is called. ``differed``: what did before the schema was changed,
    which nobody has accepted yet."""

    revision: str
    major: int
    rules: dict[str, str]
    differed: list[str] = []


class DatabaseRules:
    def __init__(self, database: Database, data_path: Path) -> None:
        self._database = database
        self._path = data_path / KEYS_FOLDER / RULES_FILE

    async def differing(self) -> list[str]:
        """What is not as it was set up, in sentences. Raises `DatabaseUnavailable`."""
        kept = await asyncio.to_thread(self._read)
        if kept is None:
            return []
        now = await self._now()
        if now is None or (now.revision, now.major) != (kept.revision, kept.major):
            return kept.differed
        return [*kept.differed, *await asyncio.to_thread(_differing, kept.rules, now.rules)]

    async def before_migration(self) -> list[str]:
        """As `differing`, which the next `after_migration` keeps: what is set up anew would hide it."""
        return await self.differing() if self._path.exists() else []

    async def after_migration(self, differed: list[str]) -> None:
        """Remembers what was set up, where that is new. Raises `DatabaseUnavailable`, `OSError`."""
        kept, now = await asyncio.to_thread(self._read), await self._now()
        if now is None or (kept and (kept.revision, kept.major) == (now.revision, now.major)):
            return
        await asyncio.to_thread(self._write, msgspec.structs.replace(now, differed=differed))
        log.debug("database_rules_remembered", revision=now.revision, rules=len(now.rules))

    async def accept(self) -> None:
        """From now on they are to be as they are. Raises `DatabaseUnavailable`, `OSError`."""
        now = await self._now()
        if now is not None:
            await asyncio.to_thread(self._write, now)

    async def _now(self) -> _Kept | None:
        """None: no schema is there yet."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            if not await connection.fetchval(VERSION_TABLE):
                return None
            at = await connection.fetchrow(sql.REVISION_KEPT)
            rows = await connection.fetch(sql.RULES_KEPT)
        assert at is not None, "one row, whatever the schema is"
        rules = {row["rule"]: sha256((row["said"] or "").encode()).hexdigest() for row in rows}
        return _Kept(at["revision"], at["major"], rules)

    def _read(self) -> _Kept | None:
        """None: nothing was remembered yet, or not so that it can be read."""
        try:
            return msgspec.json.decode(read_summed(self._path, BELIEVED), type=_Kept)
        except FileNotFoundError:
            return None
        except (FileDamaged, msgspec.MsgspecError):
            log.warning("what is remembered of the database's rules cannot be read", path=str(self._path))
            return None

    def _write(self, kept: _Kept) -> None:
        make_private_folder(self._path.parent)
        write_summed(self._path, msgspec.json.encode(kept))


def _differing(then: dict[str, str], now: dict[str, str]) -> list[str]:
    found = [f"{rule} was added" for rule in sorted(now.keys() - then.keys())]
    found += [f"{rule} is gone" for rule in sorted(then.keys() - now.keys())]
    found += [f"{rule} was changed" for rule in sorted(then) if rule in now and now[rule] != then[rule]]
    said = [f"A rule of the database is not what the server set up: {one}." for one in found[:SAID_MAX]]
    if len(found) > SAID_MAX:
        said.append(f"{len(found) - SAID_MAX:,} more rules of the database are not what the server set up.")
    return said
