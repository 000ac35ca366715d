"""What `sertantai doctor` looks at. Each check is a function; what it finds says what to do about it."""

import os
import platform
import resource
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeVar

import msgspec

from sertantai.cli import sql
from sertantai.core.errors import SertantaiError
from sertantai.process.data_directory import (
    LOCK_FILE,
    PAGE_SECRET_FILE,
    DataDirectory,
    DataDirectoryBusy,
    DataDirectoryMissing,
    open_to_others,
    read_holder,
    require_whole,
)
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.postgres.logins import Standing

FSYNC_SAMPLES = 20
FSYNC_BYTES = 4_096
FSYNC_S_SLOW = 0.02
FSYNC_S_UNTRUE = 0.000_02
"""No disk is this fast: something answers before the bytes are safe."""
DISK_BYTES_MIN = 1_000_000_000
DISK_BYTES_LOW = 5_000_000_000
OPEN_FILES_MIN = 4_096
CLOCK_SKEW_S_MAX = 2.0
FOREIGN_EMAILS_MAX = 100_000
SHOWN_MAX = 5
MEMORY_FILE_SYSTEMS = frozenset({"tmpfs", "ramfs", "overlay"})


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


_Of = TypeVar("_Of")


class Finding(msgspec.Struct, frozen=True):
    """``advice`` is what to do; None when all is well."""

    check: str
    verdict: Verdict
    found: str
    advice: str | None = None


def examine_machine(settings: Settings) -> list[Finding]:
    """All that needs no database."""
    path = settings.data_path
    checks: list[Callable[[Path], Finding]] = [
        _data_directory,
        _permissions,
        _holder,
        _space,
        _fsync,
        _keys,
        _sealed_log,
    ]
    found = [_tried(check, path) for check in checks]
    return [_versions(), _open_files(), *found, _tried(_journal, settings)]


def _tried(check: Callable[[_Of], Finding], of: _Of) -> Finding:
    try:
        return check(of)
    except (OSError, SertantaiError) as error:
        name = check.__name__.strip("_").replace("_", " ")
        return Finding(name, Verdict.FAILED, str(error), "Fix this first.")


def _versions() -> Finding:
    from importlib import metadata

    found = f"Sertantai {metadata.version('sertantai')}, Python {platform.python_version()} on {sys.platform}"
    return Finding("versions", Verdict.OK, found)


def _open_files() -> Finding:
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)  # `serve` takes all it may have
    found = f"{limit:,} at most"
    if limit >= OPEN_FILES_MIN or limit == resource.RLIM_INFINITY:
        return Finding("open files", Verdict.OK, found)
    advice = (
        f"Raise the limit for thousands of clients: ulimit -Hn {OPEN_FILES_MIN}, or LimitNOFILE= in systemd."
    )
    return Finding("open files", Verdict.WARNING, found, advice)


def _data_directory(path: Path) -> Finding:
    if not path.exists():
        return Finding("data directory", Verdict.OK, f"{path} does not exist yet; serve creates it")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        advice = f"Make the user that runs Sertantai its owner: chown -R USER {path}"
        return Finding("data directory", Verdict.FAILED, f"{path} cannot be written", advice)
    require_whole(path)
    return Finding("data directory", Verdict.OK, str(path))


def _permissions(path: Path) -> Finding:
    if not path.exists():
        return Finding("permissions", Verdict.OK, "nothing to read yet")
    found = open_to_others(path)
    if not found:
        return Finding("permissions", Verdict.OK, "readable by their owner only")
    modes = [f"{one} ({stat.S_IMODE(one.lstat().st_mode):o})" for one in found[:SHOWN_MAX]]
    more = f" and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    advice = (
        "It holds lists, notes and keys. The server corrects this when it starts, or run: "
        f"chmod -R go-rwx {path}"
    )
    return Finding("permissions", Verdict.FAILED, f"open to other users: {', '.join(modes)}{more}", advice)


def _holder(path: Path) -> Finding:
    if not (path / LOCK_FILE).exists():
        return Finding("lock", Verdict.OK, "no process is using the data directory")
    directory = DataDirectory(path, purpose="command")
    try:
        with directory:
            return Finding("lock", Verdict.OK, "no process is using the data directory")
    except DataDirectoryBusy:
        holder = read_holder(path)
        who = f"process {holder.pid} ({holder.command_line})" if holder else "a process"
        return Finding("lock", Verdict.OK, f"{who} is using the data directory")


def _space(path: Path) -> Finding:
    free = shutil.disk_usage(_existing(path)).free
    found = f"{free / 1e9:.1f} GB free"
    if free < DISK_BYTES_MIN:
        return Finding("disk space", Verdict.FAILED, found, "Free some space, or move the data directory.")
    if free < DISK_BYTES_LOW:
        return Finding("disk space", Verdict.WARNING, found, "Free some space soon.")
    return Finding("disk space", Verdict.OK, found)


def _fsync(path: Path) -> Finding:
    place = _existing(path)
    took = median(_fsync_samples(place))
    system = _file_system(place)
    found = f"{took * 1000:.2f} ms on {system}"
    if system in ("tmpfs", "ramfs"):
        advice = "This is memory: a power cut loses everything. Put the data directory on a disk."
        return Finding("fsync", Verdict.FAILED, found, advice)
    if took < FSYNC_S_UNTRUE:
        advice = (
            "No disk is this fast: the file system or the virtual machine may lie about fsync. Mount without "
            "nobarrier, do not use eatmydata, and set the disk's cache mode to none or writethrough."
        )
        return Finding("fsync", Verdict.WARNING, found, advice)
    if took > FSYNC_S_SLOW:
        advice = "Every change waits this long. Use an SSD with power-loss protection."
        return Finding("fsync", Verdict.WARNING, found, advice)
    return Finding("fsync", Verdict.OK, found)


def _fsync_samples(folder: Path) -> list[float]:
    samples = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(FSYNC_SAMPLES):
            file.write(os.urandom(FSYNC_BYTES))
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            samples.append(time.perf_counter() - started)
    return samples


def _file_system(path: Path) -> str:
    """The type of the file system that ``path`` is on, from the longest mount point above it."""
    best, kind = "", "an unknown file system"
    resolved = str(path.resolve())
    for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        _, mount, name, *_ = line.split()
        if len(mount) >= len(best) and (resolved + "/").startswith(mount.rstrip("/") + "/"):
            best, kind = mount, name
    return kind


def _keys(path: Path) -> Finding:
    keys = path / "keys"
    if not keys.is_dir():
        return Finding("keys", Verdict.OK, "none yet; serve creates them")
    seen = [k.name for k in [keys, *keys.rglob("*")] if stat.S_IMODE(k.stat().st_mode) & 0o077]
    if seen:
        found = f"others may read {', '.join(seen[:SHOWN_MAX])}"
        advice = f"Anyone who has read them can sign tokens: chmod -R go-rwx {keys}, and create new ones."
        return Finding("keys", Verdict.FAILED, found, advice)
    if damaged := _damaged_keys(path):
        return Finding("keys", Verdict.FAILED, " ".join(damaged[:SHOWN_MAX]), "Do what is said of each.")
    return Finding("keys", Verdict.OK, "whole, and readable by their owner only")


def _damaged_keys(path: Path) -> list[str]:
    from sertantai.accounts.keys.signing_keys import damaged_keys
    from sertantai.process.secret_file import read_secret
    from sertantai.process.summed_files import FileDamaged

    found = damaged_keys(path / "keys")
    if (path / PAGE_SECRET_FILE).exists():
        try:
            read_secret(path / PAGE_SECRET_FILE)
        except FileDamaged as error:
            found.append(error.message)
    return found


def _sealed_log(path: Path) -> Finding:
    from sertantai.sealing.damaged import faults_in

    damaged = [fault.said for fault in faults_in(path)]
    if damaged:
        advice = "Do what is said of each, and then: sertantai audit fsck"
        return Finding("files of the sealed log", Verdict.FAILED, " ".join(damaged[:SHOWN_MAX]), advice)
    return Finding("files of the sealed log", Verdict.OK, "none is damaged")


def _journal(settings: Settings) -> Finding:
    from sertantai.journal.chosen import journal_of, of_no_stand_by

    if (said := of_no_stand_by(settings)) is not None:
        advice = (
            "Name stand-bys in synchronous_standby_names, or say what it is: SERTANTAI_JOURNAL_DURABILITY"
        )
        return Finding("journal", Verdict.FAILED, said, advice)
    journal = journal_of(settings)
    report = journal.inspect()
    if report is None:
        return Finding("journal", Verdict.OK, "none yet; serve creates it")
    found = f"operations {report.first} to {report.last}, {report.file_bytes:,} bytes"
    damages = journal.damages()
    if damages:
        lost = any(damage.is_loss for damage in damages)
        advice = "Investigate it, then give a reason: sertantai journal accept"
        texts = " ".join(damage.text for damage in damages)
        return Finding("journal", Verdict.FAILED if lost else Verdict.WARNING, texts, advice)
    return Finding("journal", Verdict.OK, found)


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


async def examine_database(settings: Settings) -> list[Finding]:
    """Reaches the database as a command does: the running server's, or one started for the moment."""
    from sertantai.audit.guarding.database_rules import DatabaseRules
    from sertantai.cli.running import opened_database
    from sertantai.postgres import Role
    from sertantai.postgres.logins import standing

    started = datetime.now(UTC)
    try:
        async with opened_database(settings, migrated=False) as database:
            changed = await DatabaseRules(database, settings.data_path).differing()
            async with database.transaction(Role.AUDITOR, readonly=True) as connection:
                row = await connection.fetchrow(sql.SERVER)
                weak = [r["rolname"] for r in await connection.fetch(sql.WEAK_ROLES)]
                unguarded = [r["relname"] for r in await connection.fetch(sql.UNGUARDED)]
                login = await standing(
                    connection,
                    two_wanted=settings.database_url is None or settings.database_migration_url is not None,
                )
                emails = [r["email"] for r in await connection.fetch(sql.FOREIGN_EMAILS, FOREIGN_EMAILS_MAX)]
    except DataDirectoryMissing:
        return [Finding("database", Verdict.OK, "none yet; serve creates it")]
    except SertantaiError as error:
        advice = "Check PostgreSQL and --database-url, and run the server once to migrate."
        return [Finding("database", Verdict.FAILED, error.message, advice)]
    assert row is not None
    return [
        _version(row["version"]),
        _schema(row["revision"]),
        _durability(dict(row)),
        _roles(weak),
        _login(login),
        _guards(unguarded),
        _rules(changed),
        _same_mailboxes(emails),
        _clock(started, row["now"]),
    ]


def _version(number: int) -> Finding:
    major = number // 10_000
    if major < 15:
        return Finding("database", Verdict.FAILED, f"PostgreSQL {major}", "PostgreSQL 15 or newer is needed.")
    return Finding("database", Verdict.OK, f"PostgreSQL {major}.{number % 10_000}")


def _schema(revision: str) -> Finding:
    from sertantai.postgres.migrations import head_revision

    if revision == head_revision():
        return Finding("schema", Verdict.OK, f"revision {revision}")
    advice = "The server brings it up to date when it starts."
    return Finding("schema", Verdict.WARNING, f"revision {revision}, not {head_revision()}", advice)


def _durability(row: dict[str, object]) -> Finding:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if row[name] == "off"]
    if off:
        advice = "Turn them on in postgresql.conf; without them a power cut loses or damages data."
        return Finding("database durability", Verdict.FAILED, f"off: {', '.join(off)}", advice)
    return Finding("database durability", Verdict.OK, "fsync, full_page_writes, synchronous_commit are on")


def _roles(weak: list[str]) -> Finding:
    if weak:
        advice = "Row level security must apply to them: ALTER ROLE … NOSUPERUSER NOBYPASSRLS."
        return Finding("database roles", Verdict.FAILED, f"too powerful: {', '.join(weak)}", advice)
    return Finding("database roles", Verdict.OK, "subject to row level security")


def _login(found: "Standing") -> Finding:
    if found.harmless:
        return Finding("database user", Verdict.OK, f"{found.login} cannot change what is kept for ever")
    return Finding("database user", Verdict.WARNING, found.warning, found.mending)


def _guards(unguarded: list[str]) -> Finding:
    """What somebody switched off and on again leaves no mark here; that is what `audit verify` is for."""
    if unguarded:
        advice = "Only their owner can switch them off. Find out who did, and run: sertantai audit verify"
        found = f"not what they were made: {', '.join(unguarded[:SHOWN_MAX])}"
        return Finding("guards of the trail", Verdict.FAILED, found, advice)
    return Finding("guards of the trail", Verdict.OK, "on every table that is kept for ever")


def _rules(changed: list[str]) -> Finding:
    if changed:
        advice = "Find out who did it, and correct it. What was meant is accepted by: sertantai audit accept"
        return Finding("rules of the database", Verdict.FAILED, " ".join(changed[:SHOWN_MAX]), advice)
    return Finding("rules of the database", Verdict.OK, "as the server set them up")


def _same_mailboxes(emails: list[str]) -> Finding:
    """Accounts of before domains were compared in one form: ``bücher.de`` is ``xn--bcher-kva.de``."""
    from sertantai.core.email_keys import email_key

    mailboxes: dict[str, list[str]] = {}
    for email in emails:
        mailboxes.setdefault(email_key(email) or email, []).append(email)
    twice = [" = ".join(sorted(same)) for same in mailboxes.values() if len(same) > 1]
    if twice:
        advice = (
            "Both work, each with its own password. Ask the owner to move what is in one to the other, then "
            "run sertantai users disable for the one that is not wanted, spelled as above."
        )
        return Finding(
            "accounts", Verdict.WARNING, f"two for one mailbox: {', '.join(sorted(twice))}", advice
        )
    return Finding("accounts", Verdict.OK, "one for each mailbox")


def _clock(started: datetime, database_now: datetime) -> Finding:
    now = datetime.now(UTC)
    skew = max((database_now - now).total_seconds(), (started - database_now).total_seconds(), 0.0)
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC, within {skew:.1f} s of the database's"
    if skew > CLOCK_SKEW_S_MAX:
        return Finding("clock", Verdict.WARNING, found, "Synchronise both clocks with NTP (chrony).")
    return Finding("clock", Verdict.OK, found)
