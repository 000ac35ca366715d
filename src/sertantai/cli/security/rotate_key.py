"""``sertantai security rotate-key``"""

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say
from sertantai.cli.running import run
from sertantai.process.settings import Settings


def rotate_key(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Make new keys: to sign tokens and links, and to seal second factors. Nobody is signed out."""
    say(run(_rotate(settings_of(data_dir=data_dir, database_url=database_url))))
    note("A running server uses it within seconds. What older keys have signed stays valid.")


async def _rotate(settings: Settings) -> str:
    from sertantai.cli.accounts import opened_accounts

    async with opened_accounts(settings) as accounts:
        return await accounts.rotate_keys()
