"""``sertantai audit keys``"""

import getpass
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.audit.sentences import of_standing
from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say, say_json
from sertantai.cli.running import notices_of, opened_database, require_data_directory, require_journal, run
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.core.sealing.notes import Key
    from sertantai.sealing.notices import Notices


def audit_keys_show(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """The public key that heads of the sealed log are signed with, newest first: give it to whoever
    checks."""
    from sertantai.sealing.log import KEYS_FILE, keys_of, newest_log
    from sertantai.sealing.vouching import standings

    settings = settings_of(data_dir=data_dir)
    require_data_directory(settings)
    folder = newest_log(settings.data_path)
    if not (folder / KEYS_FILE).exists():
        raise NotFound("Nothing is sealed in this data directory yet.")
    keys = [str(key) for key in reversed(keys_of(folder))]
    if as_json:
        say_json(keys)
        return
    say("\n".join(keys))
    for one in standings(folder):
        if said := of_standing(one):
            note(f"{said}.")


def audit_keys_rotate(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    compromised: Annotated[
        str | None,
        typer.Option(
            metavar="SINCE",
            help="Since when somebody else may have the key that signs now (2026-03-01T09:00Z). Heads after "
            "that count only where a witness or a time stamp says that they were there before.",
        ),
    ] = None,
    earlier: Annotated[
        str | None,
        typer.Option(
            "--key",
            help="With --compromised: an earlier key of the log that it is about, as `keys show` prints it; "
            "then the one that signs now stays.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have another key sign the sealed log. The old one vouches for it, and signs too for 30 days."""
    from sertantai.audit.queries import parse_moment

    since = None if compromised is None else parse_moment(compromised, "--compromised")
    if earlier is not None and since is None:
        raise InvalidInput("--key says which key was compromised: use --compromised, too.")
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    require_journal(settings)
    key = str(run(_rotate(settings, since, earlier)))
    if as_json:
        say_json({"key": key})
        return
    say(key)
    if earlier is None:
        note(
            "A running server signs with it within seconds, else the next one does. Give it to anyone who "
            "checks."
        )
    if since is not None:
        note(
            "The word of a compromised key counts for nothing: run `sertantai audit keys vouch` now if you "
            "have a recovery key on paper."
        )


def audit_keys_recovery(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Make a recovery key, shown once, to be put on paper: it can vouch for the next key of the sealed log
    when the one that signs is lost. An earlier recovery key counts no more."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    require_journal(settings)
    key, paper = run(_make_recovery(settings))
    if as_json:
        say_json({"key": str(key), "paper": paper})
        return
    say(paper)
    note(
        "Write it down, or print it, and lock it away: it is kept nowhere and is not shown again. "
        "`sertantai audit keys vouch` asks for it. The log tells of it by its public key:\n"
        f"{key}"
    )


def audit_keys_vouch(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Vouch with the recovery key, from paper or standard input, for the key that signs the sealed log now,
    or is to sign next: after a restore elsewhere, or when a key was compromised."""
    from sertantai.core.sealing.recovery import NotAPaperKey, from_paper

    settings = settings_of(data_dir=data_dir, database_url=database_url)
    require_journal(settings)
    try:
        seed = from_paper(_paper())
    except NotAPaperKey as error:
        raise InvalidInput(f"This is no recovery key: {error}.") from None
    key = str(run(_vouch(settings, seed)))
    if as_json:
        say_json({"key": key})
        return
    say(key)
    note("The recovery key vouches for it. Make another one, as this one was typed into a computer.")


def _paper() -> str:
    """Never an argument: arguments are seen by everybody on the machine."""
    if sys.stdin.isatty():
        return getpass.getpass("Recovery key: ")
    from sertantai.core.sealing.recovery import PAPER_CHARACTERS_MAX

    return sys.stdin.readline(PAPER_CHARACTERS_MAX + 1)


async def _rotate(settings: Settings, compromised: datetime | None, earlier: str | None) -> "Key":
    """The key that is to sign from now on."""
    from sertantai.sealing.keys import signer_in
    from sertantai.sealing.log import newest_log, origin_of
    from sertantai.sealing.rotating import rotate, tell_compromised

    notices = _notices_of_the_log(settings)
    async with opened_database(settings) as database:
        signing = signer_in(settings.data_path, origin_of(newest_log(settings.data_path))).key
        if earlier is None or compromised is None or earlier == str(signing):
            return await rotate(database, settings.data_path, notices, compromised)
        await tell_compromised(database, settings.data_path, notices, earlier, compromised)
        return signing


async def _make_recovery(settings: Settings) -> "tuple[Key, str]":
    from sertantai.sealing.rotating import make_recovery

    notices = _notices_of_the_log(settings)
    async with opened_database(settings) as database:
        return await make_recovery(database, settings.data_path, notices)


async def _vouch(settings: Settings, seed: bytes) -> "Key":
    from sertantai.sealing.rotating import vouch

    notices = _notices_of_the_log(settings)
    async with opened_database(settings) as database:
        return await vouch(database, settings.data_path, notices, seed)


def _notices_of_the_log(settings: Settings) -> "Notices":
    from sertantai.sealing.log import KEYS_FILE, newest_log

    notices = notices_of(settings)
    if notices is None or not (newest_log(settings.data_path) / KEYS_FILE).exists():
        raise NotFound("Nothing is sealed in this data directory yet.")
    return notices
