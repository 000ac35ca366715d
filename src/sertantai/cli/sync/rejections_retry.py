"""``sertantai sync rejections retry``"""

from uuid import UUID

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import opened_database, run
from sertantai.cli.sync.chosen_rejections import ChosenIds, Everything, chosen
from sertantai.process.settings import Settings


def rejections_retry(
    ids: ChosenIds = None,
    everything: Everything = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Have refused operations tried again, by the running server within seconds, else when one starts."""
    wanted = chosen(ids, everything)
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    count = run(_retry(settings, wanted))
    say(f"{count} operations will be tried again by the server")


async def _retry(settings: Settings, ids: list[UUID] | None) -> int:
    from sertantai.sync.rejections import Rejections

    async with opened_database(settings) as database:
        return await Rejections(database).request_retry(ids)
