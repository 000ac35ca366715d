"""``sertantai security rotate-key``"""

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say
from sertantai.cli.running import run
from sertantai.settings import Settings


def rotate_key(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Make a new key to sign tokens and links with. Nobody is signed out: older keys still verify."""
    say(run(_rotate(settings_of(data_dir=data_dir, database_url=database_url))))
    note("A running server verifies with it at once and signs with it after its next start.")


async def _rotate(settings: Settings) -> str:
    from sertantai.cli.accounts import opened_accounts

    async with opened_accounts(settings) as accounts:
        return accounts.rotate_signing_key()
