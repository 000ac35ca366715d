"""``sertantai audit keys``"""

from typing import TYPE_CHECKING

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say, say_json
from sertantai.cli.running import notices_of, opened_database, require_data_directory, require_journal, run
from sertantai.core.errors import NotFound
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.core.sealing.notes import Key


def audit_keys_show(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """The public key that heads of the sealed log are signed with, newest first: give it to whoever
    checks."""
    from sertantai.sealing.log import KEYS_FILE, keys_of, newest_log
    from sertantai.sealing.vouching import not_vouched_for

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
    for key in not_vouched_for(folder):
        note(f"The key before did not vouch for {key}: it was lost, or is elsewhere.")


def audit_keys_rotate(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Have another key sign the sealed log. The old one vouches for it, and signs too for 30 days."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    require_journal(settings)
    key = str(run(_rotate(settings)))
    if as_json:
        say_json({"key": key})
        return
    say(key)
    note(
        "A running server signs with it within seconds, else the next one does. Give it to anyone who checks."
    )


async def _rotate(settings: Settings) -> "Key":
    from sertantai.sealing.log import KEYS_FILE, newest_log
    from sertantai.sealing.rotating import rotate

    notices = notices_of(settings)
    if notices is None or not (newest_log(settings.data_path) / KEYS_FILE).exists():
        raise NotFound("Nothing is sealed in this data directory yet.")
    async with opened_database(settings) as database:
        return await rotate(database, settings.data_path, notices)
