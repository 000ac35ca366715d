"""Notices of a command, which works beside the server or without it."""

from sertantai.core.clock import Clock
from sertantai.process.settings import Settings
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Notices, notices_in


def notices_beside(settings: Settings, clock: Clock) -> Notices | None:
    """None where the database is elsewhere and its server's data directory is not this one: what is told with
    another key would look as if somebody had forged it."""
    folder = newest_log(settings.data_path)
    if settings.database_url is not None and not folder.is_dir():
        return None
    return notices_in(settings.data_path, folder, clock)
