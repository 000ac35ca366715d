"""All who remember the sealed log elsewhere, as the settings name them: started and stopped as one."""

from collections.abc import Callable

from sertantai.core.sealing.witnessing import parse_witnesses
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from sertantai.sealing.outside.heard import Heard
from sertantai.sealing.outside.stamps import TimeStamps, require_tsa_url
from sertantai.sealing.outside.stream import Stream, require_stream_url
from sertantai.sealing.outside.witnesses import Witnesses
from sertantai.sealing.sealer import Sealer


class Memories:
    """``on_silent`` is told of each that has been silent for a day, and why."""

    def __init__(
        self,
        sealer: Sealer,
        database: Database,
        settings: Settings,
        on_silent: Callable[[str, str], None] | None = None,
    ) -> None:
        named = parse_witnesses(settings.audit_witness_urls)
        self.witnesses = Witnesses(sealer, named, on_silent)
        url = settings.audit_tsa_url
        self.stamps = None if url is None else TimeStamps(sealer.files, url, on_silent)
        url, word = settings.audit_stream_url, settings.audit_stream_authorization
        self.stream = None if url is None else Stream(sealer, database, url, word, on_silent)
        self._services = [
            *([self.witnesses] if named else []),
            *(one for one in (self.stamps, self.stream) if one is not None),
        ]
        if named:
            sealer.before_first_head = self.witnesses.look

    @property
    def heard(self) -> list[Heard]:
        others = [one.heard for one in (self.stamps, self.stream) if one is not None]
        return [*self.witnesses.heard, *others]

    async def start(self) -> None:
        for service in self._services:
            await service.start()

    async def stop(self) -> None:
        for service in reversed(self._services):
            await service.stop()


def require_memories(settings: Settings) -> None:
    """Raises `InvalidInput` and `NotANote` for what is no address, or no key."""
    parse_witnesses(settings.audit_witness_urls)
    if settings.audit_tsa_url is not None:
        require_tsa_url(settings.audit_tsa_url)
    if settings.audit_stream_url is not None:
        require_stream_url(settings.audit_stream_url)
