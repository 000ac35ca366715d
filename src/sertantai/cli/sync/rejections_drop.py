"""``sertantai sync rejections drop``"""

from uuid import UUID

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import notices_of, opened_database, run
from sertantai.cli.sync.chosen_rejections import ChosenIds, Everything, chosen
from sertantai.process.settings import Settings


def rejections_drop(
    ids: ChosenIds = None,
    everything: Everything = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give refused operations up. They stay in `sync rejections list --all`."""
    wanted = chosen(ids, everything)
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    count = run(_drop(settings, wanted))
    say(f"{count} operations dropped")


async def _drop(settings: Settings, ids: list[UUID] | None) -> int:
    from sertantai.sync.rejections import Rejections

    async with opened_database(settings) as database:
        return await Rejections(database, notices_of(settings)).drop(ids)
